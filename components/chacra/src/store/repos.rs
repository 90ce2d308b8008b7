//! Repositories (`chacra_repos`).

use assay_db::{Db, Result, params};

use crate::domain::names::FLAVORS;
use crate::domain::places::DEFAULT_FLAVOR;

/// The sha1 that was changed last below a project and ref, for the path
/// `{project}/{ref}/latest/...`: the one whose repository was, when distribution and version are
/// given, otherwise the one of the newest file (`chacra_binaries_latest`).
pub async fn newest_sha1(db: Db, path: &[String]) -> Result<Option<String>> {
    const OF_FILES: &str = "
        SELECT sha1
          FROM chacra_binaries
         WHERE project_id = (SELECT id FROM chacra_projects WHERE name = ?1)
           AND ref = ?2
           AND (?3 IS NULL OR distro = ?3)
         ORDER BY modified DESC, id DESC
         LIMIT 1";
    const OF_REPOS: &str = "
        SELECT sha1
          FROM chacra_repos
         WHERE project_id = (SELECT id FROM chacra_projects WHERE name = ?1)
           AND ref = ?2 AND distro = ?3 AND distro_version = ?4
           AND (?5 IS NULL OR flavor = ?5)
         ORDER BY modified DESC, id DESC
         LIMIT 1";
    match path {
        [project, reference, _, distro, version, rest @ ..] => {
            db.text(OF_REPOS, params![project, reference, distro, version, flavor(rest)]).await
        }
        [project, reference, _, rest @ ..] => {
            db.text(OF_FILES, params![project, reference, rest.first()]).await
        }
        _ => Ok(None),
    }
}

/// The flavor that a URL means by what follows the version; `None` for lists of all flavors.
fn flavor(rest: &[String]) -> Option<&str> {
    match rest {
        [_arch, word, flavor, ..] if word == FLAVORS => Some(flavor),
        [_arch, name] if name != FLAVORS => Some(DEFAULT_FLAVOR),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_flavor_is_of_the_default_one() {
        for (rest, wanted) in [
            ("", None),
            ("amd64", None),
            ("amd64/flavors", None),
            ("flavors/f.deb", Some("default")),
            ("amd64/f.deb", Some("default")),
            ("amd64/flavors/debug", Some("debug")),
            ("flavors/flavors/debug/f.deb", Some("debug")),
        ] {
            let rest: Vec<String> = rest.split_terminator('/').map(str::to_owned).collect();
            assert_eq!(flavor(&rest), wanted, "{rest:?}");
        }
    }
}
