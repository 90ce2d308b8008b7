//! Repositories (`chacra_repos`).

use assay_db::{Db, Result, params};

/// The sha1 that was changed last below a project and ref, for the path
/// `{project}/{ref}/latest/...`: the one whose repository was, when distribution and version are
/// given, otherwise the one whose files were.
pub async fn newest_sha1(db: Db, path: &[String]) -> Result<Option<String>> {
    const OF_FILES: &str = "
        SELECT sha1
          FROM chacra_levels
         WHERE project_id = (SELECT id FROM chacra_projects WHERE name = ?1)
           AND ref = ?2 AND depth = 3 AND files > 0
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
            let at = rest.iter().position(|part| part == crate::domain::names::FLAVORS);
            let flavor = at.and_then(|at| rest.get(at + 1));
            db.text(OF_REPOS, params![project, reference, distro, version, flavor]).await
        }
        [project, reference, _, rest @ ..] => {
            db.text(OF_FILES, params![project, reference, rest.first()]).await
        }
        _ => Ok(None),
    }
}
