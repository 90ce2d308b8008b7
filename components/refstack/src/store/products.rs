//! Products and their versions.

use assay_db::{Db, Result, params};

use super::Listing;
use super::vendors::{Known, known_columns, manages};
use crate::asker::Asker;
use crate::domain::pages::Page;
use crate::domain::secrets;

/// What a product is made of.
#[derive(Debug)]
pub struct NewProduct<'a> {
    /// Its name.
    pub name: &'a str,
    /// What it is.
    pub description: Option<&'a str>,
    /// Whose it is.
    pub organization_id: &'a str,
    /// 0 distro, 1 public cloud, 2 hosted private cloud.
    pub product_type: i64,
    /// Who makes it.
    pub openid: &'a str,
    /// A first version with a name.
    pub version: Option<&'a str>,
}

/// Makes a product with its versions, and gives its id; `None` when the vendor has just gone, or is
/// no longer the asker's.
pub async fn create(db: Db, asker: &Asker, new: &NewProduct<'_>) -> Result<Option<String>> {
    const SQL: &str = concat!(
        "
        INSERT INTO refstack_new_product (id, name, description, organization_id, product_type,
                                          openid, null_version_id, version_id, version, now)
        SELECT ?1, ?2, ?3, id, ?5, ?6, ?7, ?8, ?9, ?10
          FROM refstack_vendor AS v
         WHERE id = ?4
           AND ",
        manages!("v.id", "?11", "?6"),
        "
        RETURNING id"
    );
    let params = params![
        secrets::uuid(),
        new.name,
        new.description,
        new.organization_id,
        new.product_type,
        new.openid,
        secrets::uuid(),
        secrets::uuid(),
        new.version,
        assay_web::time::now(),
        asker.admin,
    ];
    db.text(SQL, params).await
}

/// What everybody may see of the product `p`. ?1 whether the asker is an admin, ?2 who it is.
macro_rules! public_fields {
    () => {
        concat!(
            "'id', p.id, 'name', p.name, 'description', p.description,
             'product_ref_id', p.product_ref_id, 'type', p.type, 'product_type', p.product_type,
             'public', json(iif(p.public, 'true', 'false')), 'organization_id', p.organization_id,
             'can_manage', json(iif(",
            manages!("p.organization_id", "?1", "?2"),
            ", 'true', 'false'))"
        )
    };
}

/// One product. Indexes: unique `id`, primary key.
pub async fn known(db: Db, id: &str, asker: &Asker) -> Result<Option<Known>> {
    const SQL: &str = concat!(
        "SELECT ",
        known_columns!(manages!("p.organization_id", "?1", "?2"), "p.public", public_fields!(), ""),
        " FROM refstack_product AS p WHERE p.id = ?3"
    );
    db.one(SQL, params![asker.admin, asker.openid.as_deref(), id]).await
}

/// A page of those products whose `seq` and `name` a statement gives. ?1 whether the asker is an
/// admin, ?2 who it is, ?3 the vendor, ?4 and ?5 the page.
macro_rules! list_of {
    ($seen:expr) => {
        concat!(
            "-- scan: what was picked
            WITH seen AS (",
            $seen,
            ")
            SELECT (SELECT json_group_array(json_object(",
            public_fields!(),
            ") ORDER BY p.name, p.seq)
                      FROM (SELECT seq FROM seen ORDER BY name, seq
                             LIMIT ?4 + 0 OFFSET ?5 + 0) AS s
                     CROSS JOIN refstack_product AS p ON p.seq = s.seq) AS entries,
                   (SELECT count(*) FROM seen) AS count"
        )
    };
}

/// The products that the asker may see, by name. Indexes: `refstack_product_by_vendor`,
/// `refstack_product_by_name`, `refstack_product_public`, primary keys.
pub async fn list(
    db: Db,
    asker: &Asker,
    organization_id: Option<&str>,
    page: Page,
) -> Result<Option<Listing>> {
    const ALL: &str = list_of!("SELECT seq, name FROM refstack_product WHERE ?3 IS NULL");
    const SEEN: &str = list_of!(
        "SELECT seq, name FROM refstack_product WHERE public = 1 AND ?3 IS NULL
          UNION
         SELECT p.seq, p.name
           FROM refstack_member AS m
          CROSS JOIN refstack_product AS p ON p.organization_id = m.vendor_id
          WHERE m.openid = ?2"
    );
    const OF_VENDOR: &str = list_of!(concat!(
        "SELECT p.seq, p.name
           FROM refstack_product AS p
          WHERE p.organization_id = ?3
            AND (p.public OR ",
        manages!("?3", "?1", "?2"),
        ")"
    ));
    let sql = match (organization_id, asker.admin) {
        (Some(_), _) => OF_VENDOR,
        (None, true) => ALL,
        (None, false) => SEEN,
    };
    let openid = asker.openid.as_deref();
    db.one(sql, params![asker.admin, openid, organization_id, page.size, page.skipped()]).await
}

/// What is changed of a product; `None` stays as it is.
#[derive(Debug, Default)]
pub struct Changes {
    /// Its name.
    pub name: Option<String>,
    /// What it is.
    pub description: Option<Option<String>>,
    /// What others call it.
    pub product_ref_id: Option<Option<String>>,
    /// A JSON object.
    pub properties: Option<Option<String>>,
    /// Whether everybody may see it.
    pub public: Option<bool>,
}

/// Changes a product; `false` when the asker may not, or it was to be public and its vendor is
/// neither official nor the foundation. Indexes: unique `id`, primary key.
pub async fn update(db: Db, id: &str, asker: &Asker, changes: &Changes) -> Result<bool> {
    const SQL: &str = concat!(
        "
        UPDATE refstack_product
           SET name           = coalesce(?2, name),
               description    = iif(?3, ?4, description),
               product_ref_id = iif(?5, ?6, product_ref_id),
               properties     = iif(?7, ?8, properties),
               public         = coalesce(?9, public),
               updated_at     = ?10
         WHERE id = ?1
           AND (?9 IS NOT 1
                OR (SELECT type FROM refstack_vendor WHERE id = refstack_product.organization_id)
                    IN (0, 3))
           AND ",
        manages!("refstack_product.organization_id", "?11", "?12"),
        "
        RETURNING id"
    );
    let inner = |change: &'_ Option<Option<String>>| change.clone().flatten();
    let params = params![
        id,
        changes.name.as_deref(),
        changes.description.is_some(),
        inner(&changes.description),
        changes.product_ref_id.is_some(),
        inner(&changes.product_ref_id),
        changes.properties.is_some(),
        inner(&changes.properties),
        changes.public,
        assay_web::time::now(),
        asker.admin,
        asker.openid.as_deref(),
    ];
    db.any(SQL, params).await
}

/// Removes a product with its versions; `false` when the asker may not or results are bound to one.
/// Indexes: unique `id`, `refstack_product_version_by_product`, `refstack_result_by_version`.
pub async fn delete(db: Db, id: &str, asker: &Asker) -> Result<bool> {
    const SQL: &str = concat!(
        "
        DELETE FROM refstack_product
         WHERE id = ?1
           AND NOT EXISTS (SELECT 1
                             FROM refstack_product_version AS v
                            CROSS JOIN refstack_result AS r ON r.product_version_id = v.id
                            WHERE v.product_id = ?1)
           AND ",
        manages!("refstack_product.organization_id", "?2", "?3"),
        "
        RETURNING id"
    );
    db.any(SQL, params![id, asker.admin, asker.openid.as_deref()]).await
}

/// The versions of a product, the one without name first. Index: by product.
pub async fn versions(db: Db, product: &str, page: Page) -> Result<Option<Listing>> {
    const SQL: &str = "
        -- scan: the versions of the page, which were picked
        SELECT (SELECT json_group_array(json_object('id', id, 'product_id', product_id,
                                                    'version', version, 'cpid', cpid)
                                        ORDER BY version IS NOT NULL, seq)
                  FROM (SELECT seq, id, product_id, version, cpid
                          FROM refstack_product_version
                         WHERE product_id = ?1
                         ORDER BY version IS NOT NULL, seq
                         LIMIT ?2 + 0 OFFSET ?3 + 0)) AS entries,
               (SELECT count(*) FROM refstack_product_version WHERE product_id = ?1) AS count";
    db.one(SQL, params![product, page.size, page.skipped()]).await
}

/// One version of this product as JSON. Index: unique `id`.
pub async fn version(db: Db, product: &str, id: &str) -> Result<Option<String>> {
    const SQL: &str = "
        SELECT json_object('id', id, 'product_id', product_id, 'version', version, 'cpid', cpid)
          FROM refstack_product_version
         WHERE id = ?2 AND product_id = ?1";
    db.text(SQL, params![product, id]).await
}

/// Adds a version and gives its id; `None` when the product has it already, or the asker may not.
/// Index: `refstack_product_version_once`.
pub async fn add_version(
    db: Db,
    product: &str,
    asker: &Asker,
    version: &str,
    cpid: Option<&str>,
) -> Result<Option<String>> {
    const SQL: &str = concat!(
        "
        INSERT INTO refstack_product_version (id, product_id, version, cpid, created_by_user)
        SELECT ?1, p.id, ?3, ?4, ?5
          FROM refstack_product AS p
         WHERE p.id = ?2
           AND ",
        manages!("p.organization_id", "?6", "?5"),
        "
            ON CONFLICT (product_id, coalesce(version, '')) DO NOTHING
        RETURNING id"
    );
    let (id, openid) = (secrets::uuid(), asker.openid.as_deref());
    db.text(SQL, params![id, product, version, cpid, openid, asker.admin]).await
}

/// The vendor of the product that a version belongs to.
macro_rules! vendor_of_version {
    () => {
        "(SELECT organization_id FROM refstack_product
            WHERE id = refstack_product_version.product_id)"
    };
}

/// Sets the cloud of a version; `false` when there is none, or the asker may not. Indexes: unique
/// `id`, primary key.
pub async fn set_cpid(
    db: Db,
    product: &str,
    id: &str,
    asker: &Asker,
    cpid: Option<&str>,
) -> Result<bool> {
    const SQL: &str = concat!(
        "
        UPDATE refstack_product_version
           SET cpid = ?3
         WHERE id = ?2
           AND product_id = ?1
           AND ",
        manages!(vendor_of_version!(), "?4", "?5"),
        "
        RETURNING id"
    );
    db.any(SQL, params![product, id, cpid, asker.admin, asker.openid.as_deref()]).await
}

/// Removes a version that has a name and no results, if the asker may. Indexes: unique `id`,
/// `refstack_result_by_version`, primary key.
pub async fn remove_version(db: Db, product: &str, id: &str, asker: &Asker) -> Result<bool> {
    const SQL: &str = concat!(
        "
        DELETE FROM refstack_product_version
         WHERE id = ?2
           AND product_id = ?1
           AND version IS NOT NULL
           AND NOT EXISTS (SELECT 1 FROM refstack_result WHERE product_version_id = ?2)
           AND ",
        manages!(vendor_of_version!(), "?3", "?4"),
        "
        RETURNING id"
    );
    db.any(SQL, params![product, id, asker.admin, asker.openid.as_deref()]).await
}
