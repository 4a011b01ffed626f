-- One-time codes beside a password, or after a provider, and what helps when the device with them is lost.

-- The members who use them.
CREATE TABLE totp_seeds (
    -- The member.
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    -- What their device has as well, sealed.
    seed_sealed VARBINARY(1024) NOT NULL,
    enabled_at BIGINT NOT NULL,
    -- The step of the last code that was taken. It only grows, so that no code is taken twice.
    last_step BIGINT NOT NULL,
    -- How many were right in all, and how many wrong since the last one.
    accepted BIGINT NOT NULL,
    wrong BIGINT NOT NULL,
    -- 0: not asked for after a provider.
    after_providers BIGINT NOT NULL,
    CONSTRAINT totp_seeds_member_fk FOREIGN KEY (id) REFERENCES members (id) ON DELETE CASCADE
) ENGINE = InnoDB;

-- Codes that are being turned on, and recovery codes that their owner has not put away yet: for a few minutes, in one session.
CREATE TABLE totp_setups (
    -- The member.
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    session_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- The seed while its first code is waited for; sealed.
    seed_sealed VARBINARY(1024),
    -- The recovery codes, once there are any; sealed.
    codes_sealed VARBINARY(1024),
    expires_at BIGINT NOT NULL,
    CONSTRAINT totp_setups_member_fk FOREIGN KEY (id) REFERENCES members (id) ON DELETE CASCADE
) ENGINE = InnoDB;
CREATE INDEX totp_setups_expires_at ON totp_setups (expires_at);

-- What a member's recovery codes are hashed with, sealed: the table alone is of no use to try codes.
CREATE TABLE recovery_keys (
    -- The member.
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    key_sealed VARBINARY(1024) NOT NULL,
    CONSTRAINT recovery_keys_member_fk FOREIGN KEY (id) REFERENCES members (id) ON DELETE CASCADE
) ENGINE = InnoDB;

-- Recovery codes. Each goes when it is used.
CREATE TABLE recovery_codes (
    code_hash BINARY(32) NOT NULL PRIMARY KEY,
    member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    CONSTRAINT recovery_codes_member_fk FOREIGN KEY (member_id) REFERENCES members (id) ON DELETE CASCADE
) ENGINE = InnoDB;
CREATE INDEX recovery_codes_member_id ON recovery_codes (member_id);
