-- Accounts and how they prove themselves: RSA keys, tokens, challenges.
--
-- All times of this area are integer microseconds since 1970, UTC. A secret is only kept as its
-- SHA-256.

CREATE TABLE IF NOT EXISTS refstack_user (
    openid     TEXT PRIMARY KEY,               -- the account's name: any text without blanks
    email      TEXT,
    fullname   TEXT,
    created_at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE IF NOT EXISTS refstack_pubkey (
    seq         INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    openid      TEXT NOT NULL REFERENCES refstack_user (openid) ON DELETE CASCADE,
    format      TEXT NOT NULL,                 -- 'ssh-rsa'
    pubkey      TEXT NOT NULL,                 -- base64
    comment     TEXT NOT NULL DEFAULT '',
    fingerprint TEXT NOT NULL UNIQUE,          -- SHA-256 of the decoded key, hex: one owner per key
    created_at  INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS refstack_pubkey_by_owner ON refstack_pubkey (openid, seq);

CREATE TABLE IF NOT EXISTS refstack_token (
    seq          INTEGER PRIMARY KEY,
    id           TEXT NOT NULL UNIQUE,
    openid       TEXT NOT NULL REFERENCES refstack_user (openid) ON DELETE CASCADE,
    kind         TEXT NOT NULL CHECK (kind IN ('api', 'session')),
    name         TEXT NOT NULL DEFAULT '',
    hash         TEXT NOT NULL UNIQUE,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    last_used_at INTEGER
);
CREATE INDEX IF NOT EXISTS refstack_token_by_owner   ON refstack_token (openid, kind, seq);
CREATE INDEX IF NOT EXISTS refstack_token_by_expiry  ON refstack_token (expires_at)
    WHERE expires_at IS NOT NULL;

-- What is to be signed to sign in. A row is deleted when it is used: that is what has one winner.
CREATE TABLE IF NOT EXISTS refstack_challenge (
    nonce      TEXT PRIMARY KEY,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS refstack_challenge_by_expiry ON refstack_challenge (expires_at);

-- ---- commands -----------------------------------------------------------------------------------

-- Makes an account with its first key, both or neither.
CREATE VIEW IF NOT EXISTS refstack_new_account AS
SELECT NULL AS openid, NULL AS email, NULL AS fullname, NULL AS id, NULL AS pubkey, NULL AS comment,
       NULL AS fingerprint, NULL AS now
 WHERE 0;

CREATE TRIGGER IF NOT EXISTS refstack_account_command INSTEAD OF INSERT ON refstack_new_account
BEGIN
    INSERT INTO refstack_user (openid, email, fullname, created_at)
    VALUES (NEW.openid, NEW.email, NEW.fullname, NEW.now);
    INSERT INTO refstack_pubkey (id, openid, format, pubkey, comment, fingerprint, created_at)
    VALUES (NEW.id, NEW.openid, 'ssh-rsa', NEW.pubkey, NEW.comment, NEW.fingerprint, NEW.now);
END;
