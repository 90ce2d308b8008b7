//! Which texts can be a part of a URL: a project, a version, a file name.

/// Parts are this long at most, in bytes.
const LONGEST: usize = 255;

/// Whether a text can be a part: 1 to 255 bytes, not `.` or `..`, no slash of either kind, no
/// control character.
pub fn is_part(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len())
        && text != "."
        && text != ".."
        && !text.chars().any(|c| matches!(c, '/' | '\\') || c.is_control())
}

/// The word that stands before a flavor in a URL, so nothing else can have this name.
pub const FLAVORS: &str = "flavors";

/// The word that selects the long form of the specification's tree, so no distribution can have
/// this name.
pub const DISTRIBUTIONS: &str = "distributions";

/// Whether a text can be the name of a file.
pub fn is_file_name(text: &str) -> bool {
    is_part(text) && text != FLAVORS
}

/// How a file of this name is read as a package, if it is one.
pub fn package_kind(name: &str) -> Option<PackageKind> {
    let (_, ending) = name.rsplit_once('.')?;
    match ending {
        "deb" | "ddeb" | "udeb" => Some(PackageKind::Deb),
        "rpm" => Some(PackageKind::Rpm),
        _ => None,
    }
}

/// The type of the repository that a file of this name makes: all but rpm is deb.
pub fn repo_type(name: &str) -> &'static str {
    if name.ends_with(".rpm") { "rpm" } else { "deb" }
}

/// The two kinds of packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackageKind {
    /// Debian's.
    Deb,
    /// Red Hat's.
    Rpm,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_short_and_has_no_slash() {
        for good in ["a", "...", "a b", "--force", "ü", "distributions", &"x".repeat(255)] {
            assert!(is_part(good), "{good}");
        }
        for bad in ["", ".", "..", "a/b", "a\\b", "a\0", "a\n", "\u{7f}", &"x".repeat(256)] {
            assert!(!is_part(bad), "{bad}");
        }
        assert!(!is_file_name("flavors"));
    }

    #[test]
    fn a_package_is_known_by_its_ending() {
        assert_eq!(package_kind("a_1_amd64.udeb"), Some(PackageKind::Deb));
        assert_eq!(package_kind("a-1.src.rpm"), Some(PackageKind::Rpm));
        assert_eq!(package_kind("deb"), None);
        assert_eq!(repo_type("a.rpm"), "rpm");
        assert_eq!(repo_type("a.zip"), "deb");
    }
}
