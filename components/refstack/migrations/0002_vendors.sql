-- Vendors ("organizations" on the wire), their people, their products and the versions of those.

CREATE TABLE IF NOT EXISTS refstack_vendor (
    seq             INTEGER PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE,
    -- foundation, private, pending, official
    type            INTEGER NOT NULL CHECK (type BETWEEN 0 AND 3),
    name            TEXT NOT NULL,
    description     TEXT,
    properties      TEXT,                      -- a JSON object, answered as text
    group_id        TEXT NOT NULL,
    created_by_user TEXT NOT NULL,
    -- the account whose products go here unless they say otherwise
    default_of      TEXT UNIQUE,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL
);
-- Its members are the admins.
CREATE UNIQUE INDEX IF NOT EXISTS refstack_vendor_foundation ON refstack_vendor (type)
    WHERE type = 0;
CREATE INDEX IF NOT EXISTS refstack_vendor_by_type           ON refstack_vendor (type, seq);

CREATE TABLE IF NOT EXISTS refstack_member (
    openid    TEXT NOT NULL REFERENCES refstack_user (openid) ON DELETE CASCADE,
    vendor_id TEXT NOT NULL REFERENCES refstack_vendor (id) ON DELETE CASCADE,
    PRIMARY KEY (openid, vendor_id)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS refstack_member_by_vendor ON refstack_member (vendor_id, openid);
-- Who is sent away from his default vendor gets another one, not back in.
CREATE TRIGGER IF NOT EXISTS refstack_member_left AFTER DELETE ON refstack_member BEGIN
    UPDATE refstack_vendor
       SET default_of = NULL
     WHERE id = OLD.vendor_id
       AND default_of = OLD.openid;
END;

CREATE TABLE IF NOT EXISTS refstack_product (
    seq             INTEGER PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE,
    name            TEXT NOT NULL,
    description     TEXT,
    organization_id TEXT NOT NULL REFERENCES refstack_vendor (id) ON DELETE CASCADE,
    -- distro, public cloud, hosted private cloud
    product_type    INTEGER NOT NULL CHECK (product_type BETWEEN 0 AND 2),
    -- 1 software, 0 cloud
    type            INTEGER NOT NULL GENERATED ALWAYS AS (product_type = 0) VIRTUAL,
    public          INTEGER NOT NULL DEFAULT 0,
    properties      TEXT,
    product_ref_id  TEXT,
    created_by_user TEXT NOT NULL,
    created_at      INTEGER NOT NULL,
    updated_at      INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS refstack_product_by_vendor
    ON refstack_product (organization_id, name, seq);
CREATE INDEX IF NOT EXISTS refstack_product_by_name   ON refstack_product (name, seq);
CREATE INDEX IF NOT EXISTS refstack_product_public    ON refstack_product (public, name, seq);

CREATE TABLE IF NOT EXISTS refstack_product_version (
    seq             INTEGER PRIMARY KEY,
    id              TEXT NOT NULL UNIQUE,
    product_id      TEXT NOT NULL REFERENCES refstack_product (id) ON DELETE CASCADE,
    version         TEXT,                      -- NULL: the one that every product is born with
    cpid            TEXT,
    created_by_user TEXT NOT NULL
);
CREATE UNIQUE INDEX IF NOT EXISTS refstack_product_version_once
    ON refstack_product_version (product_id, coalesce(version, ''));
CREATE INDEX IF NOT EXISTS refstack_product_version_by_product
    ON refstack_product_version (product_id, seq);
CREATE INDEX IF NOT EXISTS refstack_product_version_by_cpid ON refstack_product_version (cpid)
    WHERE cpid IS NOT NULL;

-- From the first start there is a foundation; its name follows the operator's setting.
INSERT OR IGNORE INTO refstack_vendor (id, type, name, group_id, created_by_user, created_at,
                                       updated_at)
SELECT lower(substr(r, 1, 8) || '-' || substr(r, 9, 4) || '-4' || substr(r, 14, 3) || '-8'
                             || substr(r, 18, 3) || '-' || substr(r, 21)),
       0, 'OpenStack Foundation',
       lower(substr(r, 12, 8) || '-' || substr(r, 4, 4) || '-4' || substr(r, 24, 3) || '-8'
                              || substr(r, 8, 3) || '-' || substr(r, 15, 12)),
       'operator', now, now
  FROM (SELECT hex(randomblob(16)) AS r,
               CAST(unixepoch('now', 'subsec') * 1000000 AS INTEGER) AS now);

-- ---- commands -----------------------------------------------------------------------------------

-- Makes a vendor whose creator is its first member. The operator, who has no account, is nobody's
-- member.
CREATE VIEW IF NOT EXISTS refstack_new_vendor AS
SELECT NULL AS id, NULL AS name, NULL AS description, NULL AS group_id, NULL AS openid,
       NULL AS default_of, NULL AS now
 WHERE 0;

CREATE TRIGGER IF NOT EXISTS refstack_vendor_command INSTEAD OF INSERT ON refstack_new_vendor BEGIN
    INSERT INTO refstack_vendor (id, type, name, description, group_id, created_by_user,
                                 default_of, created_at, updated_at)
    VALUES (NEW.id, 1, NEW.name, NEW.description, NEW.group_id, NEW.openid, NEW.default_of,
            NEW.now, NEW.now);
    INSERT INTO refstack_member (openid, vendor_id)
    SELECT openid, NEW.id FROM refstack_user WHERE openid = NEW.openid;
END;

-- Makes a product with the version that has no name, and with one that has, if it is given.
CREATE VIEW IF NOT EXISTS refstack_new_product AS
SELECT NULL AS id, NULL AS name, NULL AS description, NULL AS organization_id,
       NULL AS product_type, NULL AS openid,
       NULL AS null_version_id, NULL AS version_id, NULL AS version, NULL AS now
 WHERE 0;

CREATE TRIGGER IF NOT EXISTS refstack_product_command INSTEAD OF INSERT ON refstack_new_product
BEGIN
    INSERT INTO refstack_product (id, name, description, organization_id, product_type,
                                  created_by_user, created_at, updated_at)
    VALUES (NEW.id, NEW.name, NEW.description, NEW.organization_id, NEW.product_type, NEW.openid,
            NEW.now, NEW.now);
    INSERT INTO refstack_product_version (id, product_id, version, created_by_user)
    VALUES (NEW.null_version_id, NEW.id, NULL, NEW.openid);
    INSERT INTO refstack_product_version (id, product_id, version, created_by_user)
    SELECT NEW.version_id, NEW.id, NEW.version, NEW.openid WHERE NEW.version IS NOT NULL;
END;
