//! Client programs that only Debian and its kin have: their package is downloaded and unpacked, not
//! installed, so nobody needs to be root.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::run::announce;

/// Unpacks `package` into `folder`, if it is not there yet.
///
/// The file `checksums` pins what runs of it rather than its archive, because Ubuntu builds the
/// same code again. Where apt is missing, reaches nothing or has other code, the package is left
/// out, and that is said.
pub fn fetch(package: &str, checksums: &Path, folder: &Path) -> Result<()> {
    if is_pinned(folder, checksums) {
        return Ok(());
    }
    announce(&format!("getting {package} from apt"));
    let scratch = folder.with_extension("new");
    for old in [folder, &scratch] {
        if old.exists() {
            fs::remove_dir_all(old)?;
        }
    }
    let files = scratch.join("files");
    fs::create_dir_all(&files).with_context(|| files.display().to_string())?;
    let left_out = match download(package, &scratch)? {
        None => Some("apt is not here or does not get it"),
        Some(archive) if !unpacks(&archive, &files) => Some("dpkg does not unpack it"),
        Some(_) if !is_pinned(&files, checksums) => Some("its code is not what the tests know"),
        Some(_) => None,
    };
    match left_out {
        Some(why) => announce(&format!("  {why}: {package} is left out")),
        None => fs::rename(&files, folder)?,
    }
    Ok(fs::remove_dir_all(&scratch)?)
}

/// The archive of a package: by the machine's lists of packages if they are of use, else by lists
/// that are fetched into `folder` for this alone.
fn download(package: &str, folder: &Path) -> Result<Option<PathBuf>> {
    let (lists, cache) = (folder.join("lists"), folder.join("cache"));
    fs::create_dir_all(lists.join("partial"))?;
    fs::create_dir_all(cache.join("archives/partial"))?;
    let own = [
        format!("Dir::State::lists={}", lists.display()),
        format!("Dir::Cache={}", cache.display()),
    ];
    let words = ["download", package];
    if !succeeds(apt(folder, &[], &words).stderr(Stdio::null())) {
        // A source that is not reached fails the update, though others may be good.
        succeeds(apt(folder, &own, &["update"]).stderr(Stdio::null()));
        succeeds(&mut apt(folder, &own, &words));
    }
    let mut entries = fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path()));
    Ok(entries.find(|path| path.extension().is_some_and(|kind| kind == "deb")))
}

/// `apt-get` in `folder`, with settings of ours.
fn apt(folder: &Path, settings: &[String], words: &[&str]) -> Command {
    let patience = ["Acquire::http::Timeout=20", "Acquire::https::Timeout=20"];
    // For root: else apt becomes a user who may not write here.
    let ours = ["APT::Sandbox::User=root", "Acquire::Languages=none"];
    let mut command = Command::new("apt-get");
    command.arg("-qq").args(words).current_dir(folder).stdin(Stdio::null());
    for setting in patience.into_iter().chain(ours).chain(settings.iter().map(String::as_str)) {
        command.args(["-o", setting]);
    }
    command
}

fn unpacks(archive: &Path, folder: &Path) -> bool {
    succeeds(Command::new("dpkg-deb").arg("-x").arg(archive).arg(folder))
}

/// Whether each file that `checksums` names is in `folder` and has the bytes that it says.
fn is_pinned(folder: &Path, checksums: &Path) -> bool {
    let mut check = Command::new("sha256sum");
    check.args(["--check", "--strict", "--status"]).arg(checksums).current_dir(folder);
    folder.exists() && succeeds(check.stderr(Stdio::null()))
}

/// Whether the program is here and does not fail.
fn succeeds(command: &mut Command) -> bool {
    command.status().is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::is_pinned;
    use crate::target;
    use std::fs;

    #[test]
    #[cfg(target_os = "linux")]
    fn only_the_code_that_is_pinned_is_taken() {
        let folder = target("tests").join(format!("{}-pinned", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let checksums = folder.join("checksums");
        let sum = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        fs::write(&checksums, format!("# a comment\n{sum}  program\n")).unwrap();
        assert!(!is_pinned(&folder, &checksums), "it is not there");
        fs::write(folder.join("program"), "abc").unwrap();
        assert!(is_pinned(&folder, &checksums));
        fs::write(folder.join("program"), "abd").unwrap();
        assert!(!is_pinned(&folder, &checksums), "it is another");
        fs::remove_dir_all(&folder).unwrap();
    }
}
