-- Passkeys (WebAuthn): the public keys with which members sign in, and ceremonies that wait for a browser's answer.

CREATE TABLE passkeys (
    id              TEXT    NOT NULL PRIMARY KEY,
    member_id       TEXT    NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    -- What the browser calls the key; no two members have the same.
    credential_id   BLOB    NOT NULL,
    -- Its public key, and what was said of it when it was made, as the library writes it.
    credential      TEXT    NOT NULL,
    -- The domain for which it was made. It works at no other.
    rp_id           TEXT    NOT NULL,
    -- What its owner calls it.
    name            TEXT    NOT NULL,
    -- The model of what keeps it; zeros where that is not said.
    aaguid          TEXT    NOT NULL,
    -- How browsers reach it, as they said themselves: a list in JSON.
    transports      TEXT    NOT NULL,
    -- The last count that it signed; 0 for those that do not count. It only grows.
    counter         INTEGER NOT NULL,
    -- Whether it may be copied to other devices, and whether it is.
    backup_eligible INTEGER NOT NULL,
    backed_up       INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    -- NULL before its first use.
    last_used_at    INTEGER
);
CREATE UNIQUE INDEX passkeys_credential_id ON passkeys (credential_id);
CREATE INDEX passkeys_member_id ON passkeys (member_id, created_at);

-- Each is used once, by the browser that began it, and gone after five minutes.
CREATE TABLE ceremonies (
    id           TEXT    NOT NULL PRIMARY KEY,
    -- 'sign_in' or 'add'.
    purpose      TEXT    NOT NULL,
    -- The browser that began it, by the hash of its binding cookie; NULL where a session says which it is.
    browser_hash BLOB,
    -- Who adds a passkey, and in which session; NULL where somebody signs in. No foreign keys: nothing waits so long.
    member_id    TEXT,
    session_id   TEXT,
    -- The challenge and what else the answer is held against, sealed with the key ring.
    sealed       BLOB    NOT NULL,
    expires_at   INTEGER NOT NULL
);
CREATE INDEX ceremonies_expires_at ON ceremonies (expires_at);
CREATE INDEX ceremonies_member_id ON ceremonies (member_id);
