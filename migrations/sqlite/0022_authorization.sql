-- Our own OpenID provider: authorization requests that wait for a sign-in, and authorization codes. Token families learn for which
-- API they are, and when their member proved who they are, which a refresh must not change.

-- NULL: for Daemun's own API, as all families from before are.
ALTER TABLE refresh_families ADD COLUMN audience TEXT;
-- NULL: when the family began.
ALTER TABLE refresh_families ADD COLUMN auth_time INTEGER;

-- What an app asked for, while the person signs in. The address that the browser keeps holds only a random id.
CREATE TABLE authorization_requests (
    -- SHA-256 of that id.
    id_hash    BLOB    NOT NULL PRIMARY KEY,
    -- The parameters as they were sent, form-encoded: so they are checked again, and no check is left out.
    parameters TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX authorization_requests_expires_at ON authorization_requests (expires_at);

-- Authorization codes. A row outlives its code, so that a code that comes twice is known for one.
CREATE TABLE authorization_codes (
    -- SHA-256 of the code.
    code_hash      BLOB    NOT NULL PRIMARY KEY,
    client_id      TEXT    NOT NULL,
    redirect_uri   TEXT    NOT NULL,
    -- The PKCE challenge by S256, decoded.
    challenge      BLOB    NOT NULL,
    -- The member.
    subject        TEXT    NOT NULL,
    -- The session in which they agreed. A code of a session that has ended gives nothing.
    session_id     TEXT    NOT NULL,
    scope          TEXT    NOT NULL,
    -- NULL: for Daemun's own API.
    audience       TEXT,
    -- As the client sent it, for the ID token.
    nonce          TEXT,
    auth_time      INTEGER NOT NULL,
    -- Until when it can be redeemed.
    redeemable_until INTEGER NOT NULL,
    -- NULL until it is. Its being NULL decides between requests with the same code.
    redeemed_at    INTEGER,
    -- The token family that it gave. NULL until then.
    family_id      TEXT,
    expires_at     INTEGER NOT NULL
);
CREATE INDEX authorization_codes_subject ON authorization_codes (subject);
CREATE INDEX authorization_codes_expires_at ON authorization_codes (expires_at);
