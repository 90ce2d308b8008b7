//! A URL of either tree that names a whole level, as the two sides of a copy.

use super::names;
use super::places::{Folder, Place, Slice};

/// A level from a sha1 down to a file. What is deeper than the URL is `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefix {
    /// The project.
    pub project: String,
    /// The branch or tag.
    pub reference: String,
    /// The commit.
    pub sha1: String,
    /// The distribution.
    pub distro: Option<String>,
    /// Its release.
    pub distro_version: Option<String>,
    /// The architecture.
    pub arch: Option<String>,
    /// The flavor.
    pub flavor: Option<String>,
    /// The file.
    pub name: Option<String>,
}

impl Prefix {
    /// Reads the decoded and checked parts of a URL's path, the tree's name first; and below
    /// `/packages/` the slice that its query chooses.
    pub fn parse(path: &[String], slice: Slice) -> Option<Self> {
        let (tree, rest) = path.split_first()?;
        match tree.as_str() {
            "binaries" => Self::of_binaries(rest),
            "packages" => Self::of_packages(rest, slice),
            _ => None,
        }
    }

    fn of_binaries(path: &[String]) -> Option<Self> {
        let [project, reference, sha1, rest @ ..] = path else { return None };
        let mut place = rest.iter().take(3).cloned();
        let (distro, distro_version, arch) = (place.next(), place.next(), place.next());
        let (flavor, name) = match rest.get(3..).unwrap_or_default() {
            [] => (None, None),
            [word, flavor] if word == names::FLAVORS => (Some(flavor.clone()), None),
            [word, flavor, name] if word == names::FLAVORS => {
                (Some(flavor.clone()), Some(name.clone()))
            }
            [name] if name != names::FLAVORS => (Some("default".into()), Some(name.clone())),
            _ => return None,
        };
        Some(Self {
            project: project.clone(),
            reference: reference.clone(),
            sha1: sha1.clone(),
            distro,
            distro_version,
            arch,
            flavor,
            name,
        })
    }

    fn of_packages(path: &[String], slice: Slice) -> Option<Self> {
        let mut parts = path.iter().cloned();
        let prefix = Self {
            project: parts.next()?,
            reference: slice.reference,
            sha1: slice.sha1,
            distro: parts.next(),
            distro_version: parts.next(),
            arch: parts.next(),
            flavor: Some(slice.flavor),
            name: parts.next(),
        };
        parts.next().is_none().then_some(prefix)
    }

    /// The parts below `/binaries/`, without the file.
    pub fn path(&self) -> Vec<String> {
        let above = [&self.project, &self.reference, &self.sha1].into_iter();
        let below = [&self.distro, &self.distro_version, &self.arch].into_iter().flatten();
        let flavor = self.flavor.iter().flat_map(|flavor| [names::FLAVORS, flavor]);
        above.chain(below).cloned().chain(flavor.map(str::to_owned)).collect()
    }

    /// Whether both name levels of one depth. Files of one flavor may keep it, but those of all
    /// cannot come together in one.
    pub fn is_as_deep_as(&self, other: &Self) -> bool {
        self.distro.is_some() == other.distro.is_some()
            && self.distro_version.is_some() == other.distro_version.is_some()
            && self.arch.is_some() == other.arch.is_some()
            && (self.flavor.is_some() || other.flavor.is_none())
            && self.name.is_some() == other.name.is_some()
    }

    /// Where a file of the other side goes on this one.
    pub fn place_of(&self, from: Place) -> Place {
        let or = |own: &Option<String>, theirs: String| own.clone().unwrap_or(theirs);
        let folder = from.folder;
        Folder {
            project: self.project.clone(),
            slice: Slice {
                reference: self.reference.clone(),
                sha1: self.sha1.clone(),
                flavor: or(&self.flavor, folder.slice.flavor),
            },
            distro: or(&self.distro, folder.distro),
            distro_version: or(&self.distro_version, folder.distro_version),
            arch: or(&self.arch, folder.arch),
        }
        .file(or(&self.name, from.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(path: &str) -> Option<Prefix> {
        let parts: Vec<String> = path.split('/').map(str::to_owned).collect();
        Prefix::parse(&parts, Slice::default())
    }

    #[test]
    fn a_level_has_a_depth() {
        let depth = |path| parse(path).unwrap();
        assert!(depth("binaries/p/r/s/d/v").is_as_deep_as(&depth("binaries/q/r/s/d/w")));
        assert!(depth("packages/p").is_as_deep_as(&depth("binaries/p/r/s")));
        assert!(!depth("binaries/p/r/s").is_as_deep_as(&depth("packages/p")));
        assert!(!depth("binaries/p/r/s/d").is_as_deep_as(&depth("binaries/p/r/s/d/v")));
        assert!(depth("binaries/p/r/s/d/v/a/n").is_as_deep_as(&depth("packages/p/d/v/a/n")));
        assert!(
            depth("binaries/p/r/s/d/v/a/n")
                .is_as_deep_as(&depth("binaries/p/r/s/d/v/a/flavors/f/n"))
        );
    }

    #[test]
    fn what_is_above_a_sha1_is_no_level() {
        for path in ["binaries/p/r", "repos/p/r/s", "packages", "binaries/p/r/s/d/v/a/flavors"] {
            assert_eq!(parse(path), None, "{path}");
        }
    }

    #[test]
    fn a_file_keeps_what_the_other_side_does_not_say() {
        let from = Folder {
            project: "p".into(),
            slice: Slice::default(),
            distro: "d".into(),
            distro_version: "v".into(),
            arch: "a".into(),
        }
        .file("n");
        let to = parse("binaries/q/r/s/e").unwrap().place_of(from);
        assert_eq!(to.slug(), "q/r/s/e/v/a/flavors/default/n");
    }
}
