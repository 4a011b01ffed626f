-- The first schema: who someone is, how they come in, where they are signed in.
-- Ids are UUIDv7 as text: they can be read in a log and grow in order, so that indexes stay dense.
-- Times are UTC milliseconds. Flags are 0 or 1. Ids and codes are ascii_bin: compared byte for byte, as SQLite does.

CREATE TABLE members (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    nickname VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    greeting VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    -- An address at the provider's image host. Never sent to the browser as it is.
    picture_url VARCHAR(2048) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    -- Contact address. Optional: Kakao and Naver accounts without one are full members. Not unique: nothing is
    -- looked up by it until its owner has proved it.
    email VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    -- 'active' or 'disabled'.
    status VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
) ENGINE = InnoDB;

-- One way in each. A member may have several; an identity has one member.
CREATE TABLE identities (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- 'google', 'naver' or 'kakao'.
    provider VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- The provider's own id of the person, as text, case-sensitive. With the provider it is the key, never the e-mail.
    subject VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    email VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    -- Whether the provider's word makes the address proven (Google and Kakao on their conditions, Naver never).
    email_verified BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_sign_in_at BIGINT NOT NULL,
    CONSTRAINT identities_member_fk FOREIGN KEY (member_id) REFERENCES members (id) ON DELETE CASCADE
) ENGINE = InnoDB;
-- Decides the race of two first sign-ins of one person.
CREATE UNIQUE INDEX identities_provider_subject ON identities (provider, subject);
CREATE INDEX identities_member ON identities (member_id);

-- A browser that is signed in. Its cookie holds a random handle; here lies only the hash of it.
CREATE TABLE sessions (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    handle_hash BINARY(32) NOT NULL,
    member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    provider VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at BIGINT NOT NULL,
    -- Moved at most once a minute, so that reading a page seldom writes.
    last_seen_at BIGINT NOT NULL,
    -- The absolute end, from sign-in; never moves.
    expires_at BIGINT NOT NULL,
    user_agent VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    network VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    CONSTRAINT sessions_member_fk FOREIGN KEY (member_id) REFERENCES members (id) ON DELETE CASCADE
) ENGINE = InnoDB;
CREATE UNIQUE INDEX sessions_handle_hash ON sessions (handle_hash);
CREATE INDEX sessions_member ON sessions (member_id);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

-- A login that is on its way through a provider. Single use: the callback deletes its row, and the row count decides.
CREATE TABLE login_transactions (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    state_hash BINARY(32) NOT NULL,
    -- The browser that began it, by the hash of its transaction cookie.
    browser_hash BINARY(32) NOT NULL,
    provider VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- The issuer at the start, so that a change of configuration cannot mix providers up (RFC 9700 section 4.4).
    issuer VARCHAR(2048) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    -- PKCE verifier and nonce, sealed with the key ring.
    sealed BLOB NOT NULL,
    return_to VARCHAR(2048) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    expires_at BIGINT NOT NULL
) ENGINE = InnoDB;
CREATE UNIQUE INDEX login_transactions_state_hash ON login_transactions (state_hash);
CREATE INDEX login_transactions_expires_at ON login_transactions (expires_at);

-- What happened that matters for security. Only ever added to. No foreign key: the trail outlives the member.
CREATE TABLE audit_events (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    kind VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- 'success' or 'failure'.
    outcome VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- Why it failed, as a code; empty on success.
    reason VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    provider VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    request_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    network VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    user_agent VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL
) ENGINE = InnoDB;
CREATE INDEX audit_events_member ON audit_events (member_id, at);
