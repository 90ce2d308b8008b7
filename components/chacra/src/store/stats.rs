//! How much is stored.

use assay_db::{Db, Result};

/// The counts as one JSON object. `stored_bytes` is what the key-value store holds, `logical_bytes`
/// what the files have together.
pub async fn all(db: Db) -> Result<Option<String>> {
    const SQL: &str = "
        -- scan: counts of whole tables, asked for by people
        SELECT json_object(
            'projects', (SELECT count(*) FROM chacra_projects),
            'binaries', (SELECT count(*) FROM chacra_binaries),
            'repos', (SELECT count(*) FROM chacra_repos),
            'blobs', (SELECT count(*) FROM chacra_blobs WHERE live = 1),
            'stored_bytes', (SELECT coalesce(sum(bytes), 0) FROM chacra_chunks)
                          + (SELECT coalesce(sum(bytes), 0) FROM chacra_dead_chunks),
            'logical_bytes', (SELECT coalesce(sum(size), 0) FROM chacra_binaries),
            'uploads_open', (SELECT count(*) FROM chacra_uploads))";
    db.text(SQL, []).await
}
