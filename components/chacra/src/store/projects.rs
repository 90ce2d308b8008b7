//! Projects (`chacra_projects`), which are the specification's packages.

use assay_db::{Db, Result, params};

/// Whether there is a project of this name.
pub async fn exists(db: Db, name: &str) -> Result<bool> {
    db.any("SELECT 1 FROM chacra_projects WHERE name = ?1", params![name]).await
}

/// Makes a project; false when it is there already.
pub async fn create(db: Db, name: &str) -> Result<bool> {
    const SQL: &str = "
        INSERT INTO chacra_projects (name, created, modified)
        VALUES (?1, ?2, ?2)
            ON CONFLICT (name) DO NOTHING
        RETURNING id";
    db.any(SQL, params![name, assay_web::time::now()]).await
}

/// Removes a project. Without `recursive` only one that holds no files; false when nothing was
/// removed.
pub async fn delete(db: Db, name: &str, recursive: bool) -> Result<bool> {
    const SQL: &str = "
        DELETE FROM chacra_projects
         WHERE name = ?1
           AND (?2 OR NOT EXISTS (
                   SELECT 1
                     FROM chacra_binaries
                    WHERE project_id = (SELECT id FROM chacra_projects WHERE name = ?1)))
        RETURNING id";
    db.any(SQL, params![name, recursive]).await
}

/// The names of all projects, a JSON array.
pub async fn names(db: Db) -> Result<Option<String>> {
    const SQL: &str = "
        -- scan: the answer names every project
        SELECT json_group_array(name) FROM (SELECT name FROM chacra_projects ORDER BY name)";
    db.text(SQL, []).await
}
