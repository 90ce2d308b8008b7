//! `cargo xtask up`: builds everything, then becomes the server.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::arguments::{Runtime, Up};
use crate::{build, manifest, say, tools, workspace};

/// Builds the application and serves it until Ctrl-C.
pub fn up(up: Up) -> Result<()> {
    if up.runtime == Runtime::Spin {
        tools::spin()?;
    }
    build::components(up.quiet)?;
    if up.runtime == Runtime::Host {
        build::host(up.quiet)?;
    }
    let state_dir = up.state_dir.clone().unwrap_or_else(|| workspace().join(".spin"));
    if !up.quiet {
        say(&overview(&up, &state_dir)?)?;
    }
    // Replaces this process, so that Ctrl-C and every other signal reach the server itself.
    let mut server = command(&up, state_dir);
    let program = server.get_program().display().to_string();
    Err(server.exec()).with_context(|| format!("cannot start {program}"))
}

/// The server with its arguments.
pub fn command(up: &Up, state_dir: PathBuf) -> Command {
    let manifest = up.manifest.clone().unwrap_or_else(|| workspace().join("spin.toml"));
    let mut arguments: Vec<OsString> = match up.runtime {
        Runtime::Host => vec!["--manifest".into(), manifest.into()],
        Runtime::Spin => vec!["up".into(), "--from".into(), manifest.into()],
    };
    arguments.extend(["--listen".into(), up.listen.clone().into()]);
    arguments.extend(["--state-dir".into(), state_dir.into()]);
    for variable in &up.variables {
        arguments.extend(["--variable".into(), variable.into()]);
    }
    arguments.extend(up.quiet.then(|| "--quiet".into()));
    arguments.extend(up.rest.iter().cloned());
    let mut server = match up.runtime {
        Runtime::Host => Command::new(build::host_program()),
        Runtime::Spin => Command::new("spin"),
    };
    server.args(arguments);
    server
}

/// What is where: a line for each component, with all of its roots.
fn overview(up: &Up, state_dir: &Path) -> Result<String> {
    let line = |name: &str, text: &str| format!("  {name:12} {text}");
    let mut lines = vec![String::new()];
    for component in manifest::components(workspace())? {
        let paths: Vec<_> = component.paths().collect();
        lines.push(line(&component.name, &format!("http://{}{}", up.listen, paths.join(" "))));
    }
    lines.push(line("data", &state_dir.display().to_string()));
    lines.push(line("stop", "Ctrl-C"));
    lines.push(String::new());
    Ok(lines.join("\n") + "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(up: &Up) -> Vec<String> {
        let command = command(up, "/data".into());
        command.get_args().map(|word| word.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn both_servers_are_told_the_same() {
        let variables = vec!["paddles_lab_hosts=*".to_owned()];
        let host = words(&Up { variables: variables.clone(), ..Up::default() });
        let spin = words(&Up { variables, runtime: Runtime::Spin, ..Up::default() });
        assert_eq!(host[2..], spin[3..]);
        assert_eq!(host[2..4], ["--listen", "127.0.0.1:3000"]);
        assert_eq!(host[6..], ["--variable", "paddles_lab_hosts=*"]);
    }

    #[test]
    fn the_overview_names_every_area_and_the_data() {
        let text = overview(&Up::default(), "/data".as_ref()).unwrap();
        assert!(text.contains("  paddles      http://127.0.0.1:3000/runs/ /jobs/ "), "{text}");
        assert!(text.contains("  data         /data\n"), "{text}");
    }
}
