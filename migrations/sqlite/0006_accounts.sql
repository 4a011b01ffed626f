-- Accounts that are entered by e-mail and password, the proof of mailboxes, and own pictures.
-- Addresses here are in the one canonical form, which is ASCII: trimmed, lower-case, the domain in its xn-- form.

-- The way in by password of one member. A row is only made when its address is proven.
CREATE TABLE local_accounts (
    member_id           TEXT    NOT NULL PRIMARY KEY REFERENCES members (id) ON DELETE CASCADE,
    email               TEXT    NOT NULL,
    email_verified_at   INTEGER NOT NULL,
    -- Argon2id as a PHC string: setting, salt and hash.
    password_hash       TEXT    NOT NULL,
    password_changed_at INTEGER NOT NULL,
    -- Wrong passwords since the last right one. At 100 no password is looked at any more until the owner chooses a new
    -- one by mail.
    failures            INTEGER NOT NULL
);
-- One account for each address, whatever races.
CREATE UNIQUE INDEX local_accounts_email ON local_accounts (email);

-- Somebody who says that an address is theirs and has not proven it. No member: nothing else in the database can point
-- here, so there is nothing to take away from the true owner. A later sign-up for the address takes the row over.
CREATE TABLE pending_sign_ups (
    id            TEXT    NOT NULL PRIMARY KEY,
    email         TEXT    NOT NULL,
    nickname      TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    -- 1 when sign-ups with different passwords met here: then the proof must name the password (pre-hijacking).
    contested     INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL
);
CREATE UNIQUE INDEX pending_sign_ups_email ON pending_sign_ups (email);
CREATE INDEX pending_sign_ups_expires_at ON pending_sign_ups (expires_at);

-- What a mail gives its reader: a link with a token, and a code of six digits for another device. Spending deletes the
-- row, and the row count decides.
CREATE TABLE mail_tokens (
    -- SHA-256 of the token; the token itself is in the mail alone.
    token_hash    BLOB    NOT NULL PRIMARY KEY,
    -- The code, authenticated by the key ring: a hash of six digits would be guessed in no time.
    code_tag      BLOB    NOT NULL,
    code_attempts INTEGER NOT NULL,
    -- 'prove_mailbox', 'reset_password' or 'prove_new_address'.
    purpose       TEXT    NOT NULL,
    -- A pending sign-up or a member, by purpose; so no foreign key. Rows live for a day at most.
    owner_id      TEXT    NOT NULL,
    -- Where it was sent. It is good for this address alone.
    address       TEXT    NOT NULL,
    expires_at    INTEGER NOT NULL
);
-- A newer one takes the place of the older one.
CREATE UNIQUE INDEX mail_tokens_owner ON mail_tokens (owner_id, purpose);
CREATE INDEX mail_tokens_address ON mail_tokens (address, purpose);
CREATE INDEX mail_tokens_expires_at ON mail_tokens (expires_at);

-- A picture that a member brought, as we drew it anew. One each; it goes with its member.
CREATE TABLE member_pictures (
    member_id    TEXT    NOT NULL PRIMARY KEY REFERENCES members (id) ON DELETE CASCADE,
    -- SHA-256 of the bytes in hexadecimal digits; part of its address, which so can be cached for ever.
    content_hash TEXT    NOT NULL,
    media_type   TEXT    NOT NULL,
    bytes        BLOB    NOT NULL
);

-- Answers which members entered by a provider have an address, for the mail that tells them so.
CREATE INDEX identities_email ON identities (email);
