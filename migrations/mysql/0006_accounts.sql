-- Accounts that are entered by e-mail and password, the proof of mailboxes, and own pictures.
-- Addresses here are in the one canonical form, which is ASCII: trimmed, lower-case, the domain in its xn-- form.

-- The way in by password of one member. A row is only made when its address is proven.
CREATE TABLE local_accounts (
    member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    email VARCHAR(254) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    email_verified_at BIGINT NOT NULL,
    -- Argon2id as a PHC string: setting, salt and hash.
    password_hash VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    password_changed_at BIGINT NOT NULL,
    -- Wrong passwords since the last right one. At 100 no password is looked at any more until the owner chooses a new
    -- one by mail.
    failures BIGINT NOT NULL,
    CONSTRAINT local_accounts_member_fk FOREIGN KEY (member_id) REFERENCES members (id) ON DELETE CASCADE
) ENGINE = InnoDB;
-- One account for each address, whatever races.
CREATE UNIQUE INDEX local_accounts_email ON local_accounts (email);

-- Somebody who says that an address is theirs and has not proven it. No member: nothing else in the database can point
-- here, so there is nothing to take away from the true owner. A later sign-up for the address takes the row over.
CREATE TABLE pending_sign_ups (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    email VARCHAR(254) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    nickname VARCHAR(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    password_hash VARCHAR(255) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- 1 when sign-ups with different passwords met here: then the proof must name the password (pre-hijacking).
    contested BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
) ENGINE = InnoDB;
CREATE UNIQUE INDEX pending_sign_ups_email ON pending_sign_ups (email);
CREATE INDEX pending_sign_ups_expires_at ON pending_sign_ups (expires_at);

-- What a mail gives its reader: a link with a token, and a code of six digits for another device. Spending deletes the
-- row, and the row count decides.
CREATE TABLE mail_tokens (
    -- SHA-256 of the token; the token itself is in the mail alone.
    token_hash BINARY(32) NOT NULL PRIMARY KEY,
    -- The code, authenticated by the key ring: a hash of six digits would be guessed in no time.
    code_tag BINARY(32) NOT NULL,
    code_attempts BIGINT NOT NULL,
    -- 'prove_mailbox', 'reset_password' or 'prove_new_address'.
    purpose VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- A pending sign-up or a member, by purpose; so no foreign key. Rows live for a day at most.
    owner_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- Where it was sent. It is good for this address alone.
    address VARCHAR(254) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    expires_at BIGINT NOT NULL
) ENGINE = InnoDB;
-- A newer one takes the place of the older one.
CREATE UNIQUE INDEX mail_tokens_owner ON mail_tokens (owner_id, purpose);
CREATE INDEX mail_tokens_address ON mail_tokens (address, purpose);
CREATE INDEX mail_tokens_expires_at ON mail_tokens (expires_at);

-- A picture that a member brought, as we drew it anew. One each; it goes with its member.
CREATE TABLE member_pictures (
    member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    -- SHA-256 of the bytes in hexadecimal digits; part of its address, which so can be cached for ever.
    content_hash CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    media_type VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    bytes MEDIUMBLOB NOT NULL,
    CONSTRAINT member_pictures_member_fk FOREIGN KEY (member_id) REFERENCES members (id) ON DELETE CASCADE
) ENGINE = InnoDB;

-- Answers which members entered by a provider have an address, for the mail that tells them so.
CREATE INDEX identities_email ON identities (email);
