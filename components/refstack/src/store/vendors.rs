//! Vendors and their people.

use assay_db::{Db, FromRow, Result, Row, params};

use super::Listing;
use crate::asker::Asker;
use crate::domain::pages::Page;
use crate::domain::secrets;

/// Whether the asker manages a vendor: every write asks it again, because rights may go between a
/// request's look and its write. Gets the vendor's id, and the numbers of the parameters
/// [`Asker::admin`] and [`Asker::openid`].
macro_rules! manages {
    ($vendor:expr, $admin:literal, $openid:literal) => {
        concat!(
            "(",
            $admin,
            " OR EXISTS (SELECT 1 FROM refstack_member WHERE openid = ",
            $openid,
            " AND vendor_id = ",
            $vendor,
            "))"
        )
    };
}
pub(super) use manages;

/// What a vendor is made of.
#[derive(Debug)]
pub struct NewVendor<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it is.
    pub description: Option<&'a str>,
    /// Who makes it.
    pub openid: &'a str,
    /// Whether it is the one that its maker's products go to.
    pub default: bool,
}

/// Makes a vendor and gives its id; `None` when it is a default one and there is one already.
pub async fn create(db: Db, new: &NewVendor<'_>) -> Result<Option<String>> {
    const SQL: &str = "
        INSERT INTO refstack_new_vendor (id, name, description, group_id, openid, default_of, now)
        SELECT ?1, ?2, ?3, ?4, ?5, iif(?6, ?5, NULL), ?7
         WHERE NOT ?6
            OR NOT EXISTS (SELECT 1 FROM refstack_vendor WHERE default_of = ?5)
        RETURNING id";
    let (id, group) = (secrets::uuid(), secrets::uuid());
    let now = assay_web::time::now();
    db.text(SQL, params![id, new.name, new.description, group, new.openid, new.default, now]).await
}

/// The default vendor of an account. Index: unique `default_of`.
pub async fn default_of(db: Db, openid: &str) -> Result<Option<String>> {
    const SQL: &str = "SELECT id FROM refstack_vendor WHERE default_of = ?1";
    db.text(SQL, params![openid]).await
}

/// What a vendor or a product is to an asker.
#[derive(Debug)]
pub struct Known {
    /// Whether the asker manages it.
    pub manages: bool,
    /// What the asker may see of it, as JSON, if anything.
    pub text: Option<String>,
}

impl FromRow for Known {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self { manages: row.flag("manages")?, text: row.text_or_null("text")? })
    }
}

/// The columns of [`Known`]. Gets two conditions, whether the asker manages it and whether everybody
/// may see it; then the fields for everybody, and those for its managers that only this one has.
macro_rules! known_columns {
    ($manages:expr, $is_public:literal, $public:expr, $private:literal) => {
        concat!(
            $manages,
            " AS manages,
             CASE WHEN ",
            $manages,
            " THEN json_object(",
            $public,
            $private,
            ", 'created_by_user', created_by_user, 'properties', properties,
               'created_at', strftime('%Y-%m-%d %H:%M:%S', created_at / 1000000, 'unixepoch'),
               'updated_at', strftime('%Y-%m-%d %H:%M:%S', updated_at / 1000000, 'unixepoch'))
             WHEN ",
            $is_public,
            " THEN json_object(",
            $public,
            ") END AS text"
        )
    };
}
pub(super) use known_columns;

/// What everybody may see of the vendor `v`. ?1 whether the asker is an admin, ?2 who it is, ?3
/// what the foundation is called.
macro_rules! public_fields {
    () => {
        concat!(
            "'id', v.id, 'type', v.type, 'name', iif(v.type = 0, ?3, v.name),
             'description', v.description,
             'can_manage', json(iif(",
            manages!("v.id", "?1", "?2"),
            ", 'true', 'false'))"
        )
    };
}

/// One vendor. The foundation has the name that the operator wants. Indexes: unique `id`, primary
/// key.
pub async fn known(db: Db, id: &str, asker: &Asker, foundation: &str) -> Result<Option<Known>> {
    const SQL: &str = concat!(
        "SELECT ",
        known_columns!(
            manages!("v.id", "?1", "?2"),
            "v.type IN (0, 3)",
            public_fields!(),
            ", 'group_id', v.group_id"
        ),
        " FROM refstack_vendor AS v WHERE v.id = ?4"
    );
    db.one(SQL, params![asker.admin, asker.openid.as_deref(), foundation, id]).await
}

/// Whether it is the foundation. Index: unique `id`.
pub async fn is_foundation(db: Db, id: &str) -> Result<bool> {
    const SQL: &str = "SELECT 1 FROM refstack_vendor WHERE id = ?1 AND type = 0";
    db.any(SQL, params![id]).await
}

/// Whether the asker is one of its people. Index: primary key.
pub async fn has_member(db: Db, id: &str, asker: &Asker) -> Result<bool> {
    const SQL: &str = "SELECT 1 FROM refstack_member WHERE openid = ?2 AND vendor_id = ?1";
    db.any(SQL, params![id, asker.openid.as_deref()]).await
}

/// A page of those vendors whose `seq` a statement gives. ?1 to ?3 as in `public_fields`, ?4 and ?5
/// the page.
macro_rules! list_of {
    ($seen:literal) => {
        concat!(
            "-- scan: what was picked
            WITH seen AS (",
            $seen,
            ")
            SELECT (SELECT json_group_array(json_object(",
            public_fields!(),
            ") ORDER BY v.seq DESC)
                      FROM (SELECT seq FROM seen ORDER BY seq DESC
                             LIMIT ?4 + 0 OFFSET ?5 + 0) AS s
                     CROSS JOIN refstack_vendor AS v ON v.seq = s.seq) AS entries,
                   (SELECT count(*) FROM seen) AS count"
        )
    };
}

/// The vendors that the asker may see, newest first. Indexes: `refstack_vendor_by_type`, primary
/// keys.
pub async fn list(db: Db, asker: &Asker, foundation: &str, page: Page) -> Result<Option<Listing>> {
    const ALL: &str = list_of!("SELECT seq FROM refstack_vendor");
    const SEEN: &str = list_of!(
        "SELECT seq FROM refstack_vendor WHERE type IN (0, 3)
          UNION
         SELECT v.seq
           FROM refstack_member AS m
          CROSS JOIN refstack_vendor AS v ON v.id = m.vendor_id
          WHERE m.openid = ?2"
    );
    let sql = if asker.admin { ALL } else { SEEN };
    let openid = asker.openid.as_deref();
    db.one(sql, params![asker.admin, openid, foundation, page.size, page.skipped()]).await
}

/// What is changed of a vendor; `None` stays as it is.
#[derive(Debug, Default)]
pub struct Changes {
    /// Its name.
    pub name: Option<String>,
    /// What it is.
    pub description: Option<Option<String>>,
    /// A JSON object.
    pub properties: Option<Option<String>>,
}

/// Changes a vendor; `false` when the asker may not, or not its name. Indexes: unique `id`, primary
/// key.
pub async fn update(db: Db, id: &str, asker: &Asker, changes: &Changes) -> Result<bool> {
    const SQL: &str = concat!(
        "
        UPDATE refstack_vendor
           SET name        = coalesce(?2, name),
               description = iif(?3, ?4, description),
               properties  = iif(?5, ?6, properties),
               updated_at  = ?7
         WHERE id = ?1
           AND (?2 IS NULL OR type IN (1, 2) OR (type = 3 AND ?8))
           AND ",
        manages!("refstack_vendor.id", "?8", "?9"),
        "
        RETURNING id"
    );
    let params = params![
        id,
        changes.name.as_deref(),
        changes.description.is_some(),
        changes.description.as_ref().and_then(Option::as_deref),
        changes.properties.is_some(),
        changes.properties.as_ref().and_then(Option::as_deref),
        assay_web::time::now(),
        asker.admin,
        asker.openid.as_deref(),
    ];
    db.any(SQL, params).await
}

/// Removes a vendor with its products; `false` when the asker may not or results are bound to one
/// of them. Indexes: unique `id`, `refstack_product_by_vendor`, `refstack_result_by_version`.
pub async fn delete(db: Db, id: &str, asker: &Asker) -> Result<bool> {
    const SQL: &str = concat!(
        "
        DELETE FROM refstack_vendor
         WHERE id = ?1
           AND type <> 0
           AND NOT EXISTS (SELECT 1
                             FROM refstack_product AS p
                            CROSS JOIN refstack_product_version AS v ON v.product_id = p.id
                            CROSS JOIN refstack_result AS r ON r.product_version_id = v.id
                            WHERE p.organization_id = ?1)
           AND ",
        manages!("refstack_vendor.id", "?2", "?3"),
        "
        RETURNING id"
    );
    db.any(SQL, params![id, asker.admin, asker.openid.as_deref()]).await
}

/// A step of a vendor from one type to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Private to pending.
    Register,
    /// Pending to private.
    Cancel,
    /// Pending to official.
    Approve,
    /// Pending to private, for a reason.
    Deny,
}

impl Step {
    /// Whether only admins take it; the others are for members.
    pub fn is_for_admins(self) -> bool {
        matches!(self, Self::Approve | Self::Deny)
    }
}

/// Takes a step, if the vendor is where it begins and the asker may. Indexes: unique `id`, primary
/// key.
pub async fn step(
    db: Db,
    id: &str,
    asker: &Asker,
    step: Step,
    reason: Option<&str>,
) -> Result<bool> {
    const SQL: &str = concat!(
        "
        UPDATE refstack_vendor
           SET type       = ?3,
               properties = CASE
                   WHEN ?4 IS NOT NULL
                   THEN json_set(coalesce(properties, '{}'), '$.registration_decline_reason', ?4)
                   WHEN ?3 = 3
                   THEN nullif(json_remove(properties, '$.registration_decline_reason'), '{}')
                   ELSE properties END,
               updated_at = ?5
         WHERE id = ?1
           AND type = ?2
           AND ",
        manages!("refstack_vendor.id", "?6", "?7"),
        "
        RETURNING id"
    );
    let (from, to) = match step {
        Step::Register => (1, 2),
        Step::Cancel | Step::Deny => (2, 1),
        Step::Approve => (2, 3),
    };
    let admin = asker.admin && step.is_for_admins();
    let openid = asker.openid.as_deref().filter(|_| !step.is_for_admins());
    db.any(SQL, params![id, from, to, reason, assay_web::time::now(), admin, openid]).await
}

/// The people of a vendor. Index: `refstack_member_by_vendor`.
pub async fn users(db: Db, id: &str, page: Page) -> Result<Option<Listing>> {
    const SQL: &str = "
        -- scan: the people of the page, who were picked
        SELECT (SELECT json_group_array(json_object('openid', u.openid, 'fullname', u.fullname,
                                                    'email', u.email) ORDER BY u.openid)
                  FROM (SELECT openid FROM refstack_member WHERE vendor_id = ?1 ORDER BY openid
                         LIMIT ?2 + 0 OFFSET ?3 + 0) AS m
                 CROSS JOIN refstack_user AS u ON u.openid = m.openid) AS entries,
               (SELECT count(*) FROM refstack_member WHERE vendor_id = ?1) AS count";
    db.one(SQL, params![id, page.size, page.skipped()]).await
}

/// Makes an account a member; again is no harm. `false` when there is no such account, or the asker
/// may not. Indexes: primary keys.
pub async fn add_user(db: Db, id: &str, asker: &Asker, openid: &str) -> Result<bool> {
    const SQL: &str = concat!(
        "
        INSERT INTO refstack_member (openid, vendor_id)
        SELECT u.openid, v.id
          FROM refstack_vendor AS v
         CROSS JOIN refstack_user AS u ON u.openid = ?2
         WHERE v.id = ?1
           AND ",
        manages!("v.id", "?3", "?4"),
        "
            ON CONFLICT (openid, vendor_id) DO UPDATE SET vendor_id = excluded.vendor_id
        RETURNING openid"
    );
    db.any(SQL, params![id, openid, asker.admin, asker.openid.as_deref()]).await
}

/// Ends a membership, if the asker may; again is no harm. Index: primary key.
pub async fn remove_user(db: Db, id: &str, asker: &Asker, openid: &str) -> Result<()> {
    const SQL: &str = concat!(
        "
        DELETE FROM refstack_member
         WHERE openid = ?2
           AND vendor_id = ?1
           AND ",
        manages!("?1", "?3", "?4"),
    );
    db.run(SQL, params![id, openid, asker.admin, asker.openid.as_deref()]).await
}
