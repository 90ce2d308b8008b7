//! Where a file is, and the two URLs that it has.

use assay_web::links::segment;
use assay_web::query::Query;

use super::names;
use super::queries::with_literal_space;

/// The part of a URL that stands for the newest `sha1`; only reads know it.
pub const LATEST: &str = "latest";

/// The flavor of a file whose URL names none.
pub const DEFAULT_FLAVOR: &str = "default";

/// What `/packages/` leaves out: of all the versions of a project, one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slice {
    /// The branch or tag.
    pub reference: String,
    /// The commit.
    pub sha1: String,
    /// The flavor of the build.
    pub flavor: String,
}

impl Default for Slice {
    fn default() -> Self {
        Self { reference: "default".into(), sha1: "head".into(), flavor: DEFAULT_FLAVOR.into() }
    }
}

impl Slice {
    /// The query by which a URL of `/packages/` chooses it; empty for the usual one.
    pub fn query(&self) -> String {
        if *self == Self::default() {
            return String::new();
        }
        let query = Query::default().with(&[
            ("ref", Some(&self.reference)),
            ("sha1", Some(&self.sha1)),
            ("flavor", Some(&self.flavor)),
        ]);
        format!("?{}", with_literal_space(&query))
    }
}

/// A folder of files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// The project, which is the specification's package.
    pub project: String,
    /// Version and flavor.
    pub slice: Slice,
    /// The distribution.
    pub distro: String,
    /// Its release.
    pub distro_version: String,
    /// The architecture.
    pub arch: String,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where it is.
    pub folder: Folder,
    /// Its name.
    pub name: String,
}

impl Folder {
    /// The file of this name in it.
    pub fn file(self, name: impl Into<String>) -> Place {
        Place { folder: self, name: name.into() }
    }

    /// Its URL below `/binaries/`.
    pub fn slug(&self) -> String {
        let slice = &self.slice;
        let (distro, version) = (&self.distro, &self.distro_version);
        let place = [&self.project, &slice.reference, &slice.sha1, distro, version, &self.arch];
        format!("{}/flavors/{}", joined(&place), segment(&slice.flavor))
    }

    /// The URL of its repository below `/repos/` and `/r/`.
    pub fn repo_slug(&self) -> String {
        let slice = &self.slice;
        let place =
            [&self.project, &slice.reference, &slice.sha1, &self.distro, &self.distro_version];
        format!("{}/flavors/{}", joined(&place), segment(&slice.flavor))
    }

    /// Its path below `/packages/`; [`Slice::query`] chooses its slice.
    pub fn package_slug(&self) -> String {
        joined(&[&self.project, &self.distro, &self.distro_version, &self.arch])
    }
}

impl Place {
    /// Why no file can be put here, if so: it would be called as a word of URLs is.
    pub fn problem(&self) -> Option<String> {
        let folder = &self.folder;
        if !names::is_file_name(&self.name) {
            let name = self.name.escape_debug();
            return Some(format!("'{name}' cannot be the name of a file"));
        }
        if folder.distro == names::DISTRIBUTIONS {
            return Some("'distributions' is a word of URLs, not a distribution".into());
        }
        (folder.slice.sha1 == LATEST).then(|| "'latest' is a word for reads, not a sha1".into())
    }

    /// Its URL below `/binaries/`.
    pub fn slug(&self) -> String {
        format!("{}/{}", self.folder.slug(), segment(&self.name))
    }

    /// Its path below `/packages/`; [`Slice::query`] chooses its slice.
    pub fn package_slug(&self) -> String {
        format!("{}/{}", self.folder.package_slug(), segment(&self.name))
    }
}

fn joined(parts: &[&String]) -> String {
    parts.iter().map(|part| segment(part)).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_urls_are_no_names() {
        let place = |sha1: &str, distro: &str, name: &str| {
            let slice = Slice { sha1: sha1.into(), ..Slice::default() };
            let [project, distro, distro_version, arch] =
                ["p", distro, "v", "a"].map(str::to_owned);
            Folder { project, slice, distro, distro_version, arch }.file(name)
        };
        assert_eq!(place("head", "debian", "latest").problem(), None);
        assert_eq!(place("head", "releases", "distributions").problem(), None);
        for (place, word) in [
            (place("latest", "debian", "f"), "latest"),
            (place("head", "distributions", "f"), "distributions"),
            (place("head", "debian", "flavors"), "flavors"),
            (place("head", "debian", "../x"), "../x"),
        ] {
            assert!(place.problem().unwrap().starts_with(&format!("'{word}' ")));
        }
    }

    #[test]
    fn a_file_has_a_url_in_each_tree() {
        let place = Folder {
            project: "p q".into(),
            slice: Slice::default(),
            distro: "debian".into(),
            distro_version: "12".into(),
            arch: "amd64".into(),
        }
        .file("a+b.deb");
        assert_eq!(place.slug(), "p%20q/default/head/debian/12/amd64/flavors/default/a+b.deb");
        assert_eq!(place.package_slug(), "p%20q/debian/12/amd64/a+b.deb");
        assert_eq!(place.folder.repo_slug(), "p%20q/default/head/debian/12/flavors/default");
    }
}
