-- Our own OpenID provider: authorization requests that wait for a sign-in, and authorization codes. Token families learn for which
-- API they are, and when their member proved who they are, which a refresh must not change.

-- NULL: for Daemun's own API, as all families from before are.
ALTER TABLE refresh_families ADD COLUMN audience VARCHAR(2048) CHARACTER SET ascii COLLATE ascii_bin;
-- NULL: when the family began.
ALTER TABLE refresh_families ADD COLUMN auth_time BIGINT;

-- What an app asked for, while the person signs in. The address that the browser keeps holds only a random id.
CREATE TABLE authorization_requests (
    -- SHA-256 of that id.
    id_hash BINARY(32) NOT NULL PRIMARY KEY,
    -- The parameters as they were sent, form-encoded: so they are checked again, and no check is left out.
    parameters TEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
) ENGINE = InnoDB;
CREATE INDEX authorization_requests_expires_at ON authorization_requests (expires_at);

-- Authorization codes. A row outlives its code, so that a code that comes twice is known for one.
CREATE TABLE authorization_codes (
    -- SHA-256 of the code.
    code_hash BINARY(32) NOT NULL PRIMARY KEY,
    client_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    redirect_uri VARCHAR(2048) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- The PKCE challenge by S256, decoded.
    challenge BINARY(32) NOT NULL,
    -- The member.
    subject CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- The session in which they agreed. A code of a session that has ended gives nothing.
    session_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    scope VARCHAR(1000) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- NULL: for Daemun's own API.
    audience VARCHAR(2048) CHARACTER SET ascii COLLATE ascii_bin,
    -- As the client sent it, for the ID token.
    nonce VARCHAR(1000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    auth_time BIGINT NOT NULL,
    -- Until when it can be redeemed.
    redeemable_until BIGINT NOT NULL,
    -- NULL until it is. Its being NULL decides between requests with the same code.
    redeemed_at BIGINT,
    -- The token family that it gave. NULL until then.
    family_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    expires_at BIGINT NOT NULL
) ENGINE = InnoDB;
CREATE INDEX authorization_codes_subject ON authorization_codes (subject);
CREATE INDEX authorization_codes_expires_at ON authorization_codes (expires_at);
