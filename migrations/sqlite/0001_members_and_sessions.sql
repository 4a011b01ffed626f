-- The first schema: who someone is, how they come in, where they are signed in.
-- Ids are UUIDv7 as text: they can be read in a log and grow in order, so that indexes stay dense.
-- Times are UTC milliseconds. Flags are 0 or 1.

CREATE TABLE members (
    id          TEXT    NOT NULL PRIMARY KEY,
    nickname    TEXT    NOT NULL,
    greeting    TEXT    NOT NULL,
    -- An address at the provider's image host. Never sent to the browser as it is.
    picture_url TEXT,
    -- Contact address. Optional: Kakao and Naver accounts without one are full members. Not unique: nothing is
    -- looked up by it until its owner has proved it.
    email       TEXT,
    -- 'active' or 'disabled'.
    status      TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL
);

-- One way in each. A member may have several; an identity has one member.
CREATE TABLE identities (
    id              TEXT    NOT NULL PRIMARY KEY,
    member_id       TEXT    NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    -- 'google', 'naver' or 'kakao'.
    provider        TEXT    NOT NULL,
    -- The provider's own id of the person, as text, case-sensitive. With the provider it is the key, never the e-mail.
    subject         TEXT    NOT NULL,
    email           TEXT,
    -- Whether the provider's word makes the address proven (Google and Kakao on their conditions, Naver never).
    email_verified  INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    last_sign_in_at INTEGER NOT NULL
);
-- Decides the race of two first sign-ins of one person.
CREATE UNIQUE INDEX identities_provider_subject ON identities (provider, subject);
CREATE INDEX identities_member ON identities (member_id);

-- A browser that is signed in. Its cookie holds a random handle; here lies only the hash of it.
CREATE TABLE sessions (
    id             TEXT    NOT NULL PRIMARY KEY,
    handle_hash    BLOB    NOT NULL,
    member_id      TEXT    NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    provider       TEXT    NOT NULL,
    created_at     INTEGER NOT NULL,
    -- Moved at most once a minute, so that reading a page seldom writes.
    last_seen_at   INTEGER NOT NULL,
    -- The absolute end, from sign-in; never moves.
    expires_at     INTEGER NOT NULL,
    user_agent     TEXT    NOT NULL,
    network        TEXT    NOT NULL
);
CREATE UNIQUE INDEX sessions_handle_hash ON sessions (handle_hash);
CREATE INDEX sessions_member ON sessions (member_id);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

-- A login that is on its way through a provider. Single use: the callback deletes its row, and the row count decides.
CREATE TABLE login_transactions (
    id           TEXT    NOT NULL PRIMARY KEY,
    state_hash   BLOB    NOT NULL,
    -- The browser that began it, by the hash of its transaction cookie.
    browser_hash BLOB    NOT NULL,
    provider     TEXT    NOT NULL,
    -- The issuer at the start, so that a change of configuration cannot mix providers up (RFC 9700 section 4.4).
    issuer       TEXT    NOT NULL,
    -- PKCE verifier and nonce, sealed with the key ring.
    sealed       BLOB    NOT NULL,
    return_to    TEXT    NOT NULL,
    expires_at   INTEGER NOT NULL
);
CREATE UNIQUE INDEX login_transactions_state_hash ON login_transactions (state_hash);
CREATE INDEX login_transactions_expires_at ON login_transactions (expires_at);

-- What happened that matters for security. Only ever added to. No foreign key: the trail outlives the member.
CREATE TABLE audit_events (
    id         TEXT    NOT NULL PRIMARY KEY,
    at         INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    -- 'success' or 'failure'.
    outcome    TEXT    NOT NULL,
    -- Why it failed, as a code; empty on success.
    reason     TEXT    NOT NULL,
    member_id  TEXT,
    provider   TEXT    NOT NULL,
    request_id TEXT    NOT NULL,
    network    TEXT    NOT NULL,
    user_agent TEXT    NOT NULL
);
CREATE INDEX audit_events_member ON audit_events (member_id, at);
