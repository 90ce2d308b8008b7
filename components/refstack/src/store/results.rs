//! Results: making, showing, changing and removing one. Lists are in [`super::result_lists`].

use assay_db::{Db, FromRow, Result, Row, params};

use super::uploads::{batch_params, pack};
use crate::asker::Asker;
use crate::uploads::Upload;

/// What a result is made of beside its upload.
#[derive(Debug, Default)]
pub struct NewResult<'a> {
    /// Its UUID.
    pub id: &'a str,
    /// Of which cloud.
    pub cpid: Option<&'a str>,
    /// The test that it ends.
    pub test_id: Option<i64>,
    /// By what the same bytes for that test are known again.
    pub fingerprint: Option<&'a str>,
    /// Whose it is.
    pub owner: Option<&'a str>,
    /// Whether the owner is an admin.
    pub admin: bool,
    /// `meta.shared`.
    pub shared: Option<&'a str>,
    /// `meta.guideline`.
    pub guideline: Option<&'a str>,
    /// `meta.target`.
    pub target: Option<&'a str>,
    /// The hash of the token of an anonymous one.
    pub token_hash: Option<&'a str>,
}

/// Makes an upload a result. `false` when the test is not there or has these bytes already; then
/// the upload is still loose.
pub async fn create(db: Db, new: &NewResult<'_>, upload: Upload) -> Result<bool> {
    const SQL: &str = include_str!("result_create.sql");
    let unfolded = upload.rest.is_some();
    let [first, layout, bytes, passed_names, passed_uuids] = batch_params(upload.rest);
    let size = i64::try_from(upload.size).unwrap_or(i64::MAX);
    let params = params![
        new.id,
        upload.id,
        new.cpid,
        upload.run.duration_seconds,
        assay_web::time::now(),
        upload.run.format,
        upload.run.truncated,
        size,
        upload.sha256,
        new.test_id,
        new.owner,
        new.admin,
        new.shared,
        new.guideline,
        new.target,
        new.token_hash,
        summary(&upload.run.summary).to_string(),
        new.fingerprint,
        upload.content.as_deref().map(pack),
        upload.run.names.layout,
        upload.run.names.bytes,
        unfolded,
        first,
        layout,
        bytes,
        passed_names,
        passed_uuids,
    ];
    db.any(SQL, params).await
}

/// The counts of a run as JSON.
pub fn summary(summary: &assay_subunit::Summary) -> serde_json::Value {
    serde_json::json!({
        "total": summary.total,
        "passed": summary.passed,
        "failed": summary.failed,
        "skipped": summary.skipped,
        "xfail": summary.xfail,
        "uxsuccess": summary.uxsuccess,
        "incomplete": summary.incomplete,
        "enumerated": summary.enumerated,
        "setup_failures": summary.setup_failures,
    })
}

/// The result that a test has of these bytes. Index: `refstack_result_once`.
pub async fn of_same_bytes(db: Db, test_id: i64, fingerprint: &str) -> Result<Option<String>> {
    const SQL: &str = "SELECT id FROM refstack_result WHERE test_id = ?1 AND fingerprint = ?2";
    db.text(SQL, params![test_id, fingerprint]).await
}

/// Who reads a result: an account, an admin, or whoever holds its token.
#[derive(Clone, Debug, Default)]
pub struct Reader {
    /// The account and its rights.
    pub asker: Asker,
    /// The hash of the token that was sent.
    pub token_hash: Option<String>,
}

/// What a reader is to a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// An admin.
    Foundation,
    /// Whoever it belongs to, or holds its token.
    Owner,
    /// Anybody, as it is visible.
    User,
    /// Nobody to it: it is private.
    Stranger,
}

impl Role {
    /// Reads the word that [`role!`] gives.
    fn of(word: Option<&str>) -> Self {
        match word {
            Some("foundation") => Self::Foundation,
            Some("owner") => Self::Owner,
            Some(_) => Self::User,
            None => Self::Stranger,
        }
    }

    /// Whether it is more than anybody's.
    pub fn owns(self) -> bool {
        matches!(self, Self::Foundation | Self::Owner)
    }
}

/// The role of a reader to result `r`: ?2 whether it is an admin, ?3 the account, ?4 the hash of
/// the token. NULL: none.
macro_rules! role {
    () => {
        "CASE WHEN ?2 THEN 'foundation'
              WHEN r.owner = ?3 OR r.token_hash = ?4 THEN 'owner'
              WHEN r.product_version_id IS NOT NULL AND ?3 IS NOT NULL
                   AND EXISTS (SELECT 1
                                 FROM refstack_version_text AS v
                                 JOIN refstack_member AS m ON m.vendor_id = v.organization_id
                                     AND m.openid = ?3
                                WHERE v.id = r.product_version_id) THEN 'owner'
              WHEN r.visible THEN 'user' END"
    };
}
pub(super) use role;

/// `meta` of result `r` as JSON, for a reader with the role `role`.
macro_rules! meta {
    () => {
        "json_patch('{}', json_object('user', iif(role = 'user', NULL, r.owner), 'shared', r.shared,
                                      'guideline', r.guideline, 'target', r.target))"
    };
}
pub(super) use meta;

/// The product version of result `r` as JSON or NULL, for a reader with the role `role`.
macro_rules! version {
    () => {
        "json((SELECT v.text
                 FROM refstack_version_text AS v
                WHERE v.id = r.product_version_id AND (v.public OR role <> 'user')))"
    };
}
pub(super) use version;

/// What a reader may know of a result, and what decides on changes.
#[derive(Debug)]
pub struct Known {
    /// What the reader is to it.
    pub role: Role,
    /// Its upload.
    pub upload: i64,
    /// Whether an admin has verified it.
    pub verified: bool,
    /// `meta.guideline`.
    pub guideline: Option<String>,
    /// `meta.target`.
    pub target: Option<String>,
    /// Whether it is shared.
    pub shared: bool,
    /// Whether it belongs to an account.
    pub owned: bool,
    /// Its length, unpacked.
    pub size: i64,
    /// Whether its tests are stored, or only its content.
    pub unfolded: bool,
    /// `json`, ...
    pub format: String,
    /// Its counts.
    pub summary: String,
}

impl FromRow for Known {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            role: Role::of(row.text_or_null("role")?.as_deref()),
            upload: row.int("upload")?,
            verified: row.flag("verification_status")?,
            guideline: row.text_or_null("guideline")?,
            target: row.text_or_null("target")?,
            shared: row.flag("shared")?,
            owned: row.flag("owned")?,
            size: row.int("size")?,
            unfolded: row.flag("unfolded")?,
            format: row.text("format")?,
            summary: row.text("summary")?,
        })
    }
}

/// A result, if it is there. Index: unique `id`.
pub async fn known(db: Db, id: &str, reader: &Reader) -> Result<Option<Known>> {
    const SQL: &str = concat!(
        "SELECT ",
        role!(),
        " AS role, r.upload, r.verification_status, r.guideline, r.target, r.shared IS NOT NULL
            AS shared,
               r.owner IS NOT NULL AS owned, r.size, r.unfolded, r.format, r.summary
          FROM refstack_result AS r
         WHERE r.id = ?1"
    );
    db.one(SQL, params![id, reader.asker.admin, openid(reader), token(reader)]).await
}

/// Whether the result of an upload is still there. Index: unique `upload`.
pub async fn is_there(db: Db, upload: i64) -> Result<bool> {
    const SQL: &str = "SELECT 1 FROM refstack_result WHERE upload = ?1";
    db.any(SQL, params![upload]).await
}

/// A result as it is shown.
#[derive(Debug)]
pub struct Shown {
    /// Its JSON, without the names of what passed.
    pub text: String,
    /// The names, a JSON array without its brackets. `None` when they are too long for one answer.
    pub names: Option<String>,
    /// The length of these, in bytes.
    pub bytes: u64,
    /// Its upload.
    pub upload: i64,
}

impl FromRow for Shown {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            text: row.text("text")?,
            names: row.text_or_null("names")?,
            bytes: row.int("bytes")?,
            upload: row.int("upload")?,
        })
    }
}

/// Names up to so many bytes come with their result.
const MOST_NAMES: i64 = 4 << 20;

/// A result as it is shown, with the names of what passed or without. Indexes: unique `id`, primary
/// keys.
pub async fn show(db: Db, id: &str, reader: &Reader, names: bool) -> Result<Option<Shown>> {
    const SQL: &str = concat!(
        "SELECT substr(text, 1, length(text) - 1)
                || iif(role = 'user', '', ',\"cpid\":' || json_quote(cpid)) || '}' AS text,
                iif(?5 AND bytes <= ?6, (
                       SELECT coalesce(group_concat(nullif(names, ''), ',' ORDER BY first), '')
                         FROM refstack_passed
                        WHERE upload = picked), NULL) AS names,
                bytes,
                picked AS upload
           FROM (SELECT r.role, r.cpid, r.upload AS picked,
                   (SELECT coalesce(sum(octet_length(names) + 1) - 1, 0)
                      FROM refstack_passed
                     WHERE upload = r.upload AND octet_length(names) > 0) AS bytes,
                   json_object(
                   'id', r.id,
                   'created_at', strftime('%Y-%m-%d %H:%M:%S', r.created_at / 1000000, 'unixepoch'),
                   'duration_seconds', r.duration_seconds,
                   'verification_status', r.verification_status,
                   'user_role', role,
                   'meta', json(",
        meta!(),
        "),
                   'product_version', ",
        version!(),
        ",
                   'summary', json(r.summary),
                   'run', json_object('format', r.format, 'truncated', json(iif(r.truncated,
                       'true', 'false')),
                                      'size', r.size, 'sha256', r.sha256, 'test_id', r.test_id,
                                      'summary', json(r.summary))) AS text
                   FROM (SELECT r.*, ",
        role!(),
        " AS role FROM refstack_result AS r WHERE r.id = ?1) AS r)"
    );
    let (admin, openid, token) = (reader.asker.admin, openid(reader), token(reader));
    db.one(SQL, params![id, admin, openid, token, names, MOST_NAMES]).await
}

/// Removes a result that is not verified, and gives its upload, whose chunks are now nobody's.
/// Index: unique `id`.
pub async fn delete(db: Db, id: &str) -> Result<Option<i64>> {
    const SQL: &str = "
        DELETE FROM refstack_result
         WHERE id = ?1
           AND verification_status = 0
        RETURNING upload";
    db.int(SQL, params![id]).await
}

/// Gives an anonymous result to an account. One winner: afterwards the token is worth nothing.
/// Index: unique `id`.
pub async fn claim(db: Db, id: &str, token_hash: &str, openid: &str) -> Result<bool> {
    const SQL: &str = "
        UPDATE refstack_result
           SET owner = ?3, token_hash = NULL
         WHERE id = ?1
           AND owner IS NULL
           AND token_hash = ?2
        RETURNING id";
    db.any(SQL, params![id, token_hash, openid]).await
}

/// What a `PUT` changes; `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// The product version, or none.
    pub product_version_id: Option<Option<String>>,
    /// Whether an admin vouches for it.
    pub verification_status: Option<bool>,
}

/// Changes a result, if what must hold for that still holds. Index: unique `id`.
pub async fn update(db: Db, id: &str, changes: &Changes, asker: &Asker) -> Result<bool> {
    const SQL: &str = "
        UPDATE refstack_result
           SET product_version_id  = iif(?2, ?3, product_version_id),
               verification_status = coalesce(?4, verification_status)
         WHERE id = ?1
           AND (NOT ?2 OR verification_status = 0 OR ?4 = 0)
           AND (NOT ?2 OR ?3 IS NULL
                OR EXISTS (SELECT 1
                             FROM refstack_version_text AS v
                            WHERE v.id = ?3
                              AND (?5 OR EXISTS (SELECT 1
                                                   FROM refstack_member
                                                  WHERE openid = ?6
                                                    AND vendor_id = v.organization_id))))
           AND (?4 IS NOT 1
                OR (shared IS NOT NULL AND guideline IS NOT NULL AND target IS NOT NULL))
        RETURNING id";
    let (sets, version) = match &changes.product_version_id {
        Some(version) => (true, version.as_deref()),
        None => (false, None),
    };
    let (admin, openid) = (asker.admin, asker.openid.as_deref());
    db.any(SQL, params![id, sets, version, changes.verification_status, admin, openid]).await
}

/// Whether an account is in the vendor of a product version; `None` when there is no such version.
/// Index: unique `id`.
pub async fn is_in_vendor(db: Db, version: &str, openid: Option<&str>) -> Result<Option<bool>> {
    const SQL: &str = "
        SELECT EXISTS (SELECT 1 FROM refstack_member WHERE openid = ?2
            AND vendor_id = v.organization_id)
          FROM refstack_version_text AS v
         WHERE v.id = ?1";
    Ok(db.int(SQL, params![version, openid]).await?.map(|is_in| is_in != 0))
}

pub(super) fn openid(reader: &Reader) -> Option<&str> {
    reader.asker.openid.as_deref()
}

pub(super) fn token(reader: &Reader) -> Option<&str> {
    reader.token_hash.as_deref()
}
