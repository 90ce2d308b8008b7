//! Vendors and their people.

use assay_db::{Db, FromRow, Result, Row, params};

use crate::asker::Asker;
use crate::domain::secrets;

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

/// What an asker may know of a vendor.
#[derive(Debug)]
pub struct Known {
    /// 0 foundation, 1 private, 2 pending, 3 official.
    pub kind: i64,
    /// Whether the asker is a member.
    pub member: bool,
    /// What everybody may see, as JSON without its end.
    pub public: String,
    /// What only those who manage it see.
    pub private: String,
}

impl FromRow for Known {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            kind: row.int("type")?,
            member: row.flag("member")?,
            public: row.text("public")?,
            private: row.text("private")?,
        })
    }
}

/// One vendor. Indexes: unique `id`, primary key.
pub async fn known(db: Db, id: &str, asker: &Asker) -> Result<Option<Known>> {
    const SQL: &str = "
        SELECT type,
               EXISTS (SELECT 1 FROM refstack_member WHERE openid = ?2 AND vendor_id = v.id) AS member,
               json_object('id', id, 'type', type, 'name', name, 'description', description) AS public,
               json_object('group_id', group_id, 'created_by_user', created_by_user, 'properties', properties,
                           'created_at', strftime('%Y-%m-%d %H:%M:%S', created_at / 1000000, 'unixepoch'),
                           'updated_at', strftime('%Y-%m-%d %H:%M:%S', updated_at / 1000000, 'unixepoch')) AS private
          FROM refstack_vendor AS v
         WHERE id = ?1";
    db.one(SQL, params![id, asker.openid.as_deref()]).await
}

/// The vendors that the asker may see as a JSON array, newest first. Indexes: `refstack_vendor_by_type`, primary keys.
pub async fn list(db: Db, asker: &Asker) -> Result<String> {
    const SQL: &str = "
        -- scan: all of them are wanted by admins, and there are few
        SELECT json_group_array(json_object('id', id, 'type', type, 'name', name, 'description', description,
                                            'can_manage', json(iif(?1 OR member, 'true', 'false')))
                                ORDER BY seq DESC)
          FROM (SELECT seq, id, type, name, description,
                       EXISTS (SELECT 1 FROM refstack_member WHERE openid = ?2 AND vendor_id = v.id) AS member
                  FROM refstack_vendor AS v)
         WHERE ?1 OR member OR type IN (0, 3)";
    Ok(db.text(SQL, params![asker.admin, asker.openid.as_deref()]).await?.unwrap_or_default())
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

/// Changes a vendor. Index: unique `id`.
pub async fn update(db: Db, id: &str, changes: &Changes) -> Result<()> {
    const SQL: &str = "
        UPDATE refstack_vendor
           SET name        = coalesce(?2, name),
               description = iif(?3, ?4, description),
               properties  = iif(?5, ?6, properties),
               updated_at  = ?7
         WHERE id = ?1";
    let params = params![
        id,
        changes.name.as_deref(),
        changes.description.is_some(),
        changes.description.as_ref().and_then(Option::as_deref),
        changes.properties.is_some(),
        changes.properties.as_ref().and_then(Option::as_deref),
        assay_web::time::now(),
    ];
    db.run(SQL, params).await
}

/// Removes a vendor with its products, unless results are bound to one of them; `false` then. Indexes: unique `id`,
/// `refstack_product_by_vendor`, `refstack_result_by_version`.
pub async fn delete(db: Db, id: &str) -> Result<bool> {
    const SQL: &str = "
        DELETE FROM refstack_vendor
         WHERE id = ?1
           AND type <> 0
           AND NOT EXISTS (SELECT 1
                             FROM refstack_product AS p
                            CROSS JOIN refstack_product_version AS v ON v.product_id = p.id
                            CROSS JOIN refstack_result AS r ON r.product_version_id = v.id
                            WHERE p.organization_id = ?1)
        RETURNING id";
    db.any(SQL, params![id]).await
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

/// Takes a step, if the vendor is where it begins. Index: unique `id`.
pub async fn step(db: Db, id: &str, step: Step, reason: Option<&str>) -> Result<bool> {
    const SQL: &str = "
        UPDATE refstack_vendor
           SET type       = ?3,
               properties = CASE
                   WHEN ?4 IS NOT NULL
                   THEN json_set(coalesce(properties, '{}'), '$.registration_decline_reason', ?4)
                   WHEN ?3 = 3 THEN nullif(json_remove(properties, '$.registration_decline_reason'), '{}')
                   ELSE properties END,
               updated_at = ?5
         WHERE id = ?1
           AND type = ?2
        RETURNING id";
    let (from, to) = match step {
        Step::Register => (1, 2),
        Step::Cancel | Step::Deny => (2, 1),
        Step::Approve => (2, 3),
    };
    db.any(SQL, params![id, from, to, reason, assay_web::time::now()]).await
}

/// The people of a vendor as a JSON array. Index: `refstack_member_by_vendor`.
pub async fn users(db: Db, id: &str) -> Result<String> {
    const SQL: &str = "
        SELECT json_group_array(json_object('openid', u.openid, 'fullname', u.fullname, 'email', u.email)
                                ORDER BY u.openid)
          FROM refstack_member AS m
         CROSS JOIN refstack_user AS u ON u.openid = m.openid
         WHERE m.vendor_id = ?1";
    Ok(db.text(SQL, params![id]).await?.unwrap_or_default())
}

/// Makes an account a member; again is no harm. `false` when there is no such account. Index: primary key.
pub async fn add_user(db: Db, id: &str, openid: &str) -> Result<bool> {
    const SQL: &str = "
        INSERT INTO refstack_member (openid, vendor_id)
        SELECT openid, ?1 FROM refstack_user WHERE openid = ?2
            ON CONFLICT (openid, vendor_id) DO UPDATE SET vendor_id = excluded.vendor_id
        RETURNING openid";
    db.any(SQL, params![id, openid]).await
}

/// Ends a membership; again is no harm. Index: primary key.
pub async fn remove_user(db: Db, id: &str, openid: &str) -> Result<()> {
    const SQL: &str = "DELETE FROM refstack_member WHERE openid = ?2 AND vendor_id = ?1";
    db.run(SQL, params![id, openid]).await
}

/// Gives the foundation the name that the operator wants. Index: `refstack_vendor_foundation`.
pub async fn name_foundation(db: Db, name: &str) -> Result<()> {
    const SQL: &str = "UPDATE refstack_vendor SET name = ?1 WHERE type = 0 AND name <> ?1";
    db.run(SQL, params![name]).await
}
