-- Passkeys (WebAuthn): the public keys with which members sign in, and ceremonies that wait for a browser's answer.

CREATE TABLE passkeys (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- What the browser calls the key; no two members have the same.
    credential_id VARBINARY(1023) NOT NULL,
    -- Its public key, and what was said of it when it was made, as the library writes it.
    credential VARCHAR(8000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    -- The domain for which it was made. It works at no other.
    rp_id VARCHAR(253) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- What its owner calls it.
    name VARCHAR(200) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    -- The model of what keeps it; zeros where that is not said.
    aaguid CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- How browsers reach it, as they said themselves: a list in JSON.
    transports VARCHAR(200) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- The last count that it signed; 0 for those that do not count. It only grows.
    counter BIGINT NOT NULL,
    -- Whether it may be copied to other devices, and whether it is.
    backup_eligible BIGINT NOT NULL,
    backed_up BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- NULL before its first use.
    last_used_at BIGINT,
    CONSTRAINT passkeys_member_fk FOREIGN KEY (member_id) REFERENCES members (id) ON DELETE CASCADE
) ENGINE = InnoDB;
CREATE UNIQUE INDEX passkeys_credential_id ON passkeys (credential_id);
CREATE INDEX passkeys_member_id ON passkeys (member_id, created_at);

-- Each is used once, by the browser that began it, and gone after five minutes.
CREATE TABLE ceremonies (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    -- 'sign_in' or 'add'.
    purpose VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- The browser that began it, by the hash of its binding cookie; NULL where a session says which it is.
    browser_hash BINARY(32),
    -- Who adds a passkey, and in which session; NULL where somebody signs in. No foreign keys: nothing waits so long.
    member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    session_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    -- The challenge and what else the answer is held against, sealed with the key ring.
    sealed BLOB NOT NULL,
    expires_at BIGINT NOT NULL
) ENGINE = InnoDB;
CREATE INDEX ceremonies_expires_at ON ceremonies (expires_at);
CREATE INDEX ceremonies_member_id ON ceremonies (member_id);
