-- One-time codes beside a password, or after a provider, and what helps when the device with them is lost.

-- The members who use them.
CREATE TABLE totp_seeds (
    -- The member.
    id TEXT NOT NULL PRIMARY KEY REFERENCES members (id) ON DELETE CASCADE,
    -- What their device has as well, sealed.
    seed_sealed BLOB NOT NULL,
    enabled_at INTEGER NOT NULL,
    -- The step of the last code that was taken. It only grows, so that no code is taken twice.
    last_step INTEGER NOT NULL,
    -- How many were right in all, and how many wrong since the last one.
    accepted INTEGER NOT NULL,
    wrong INTEGER NOT NULL,
    -- 0: not asked for after a provider.
    after_providers INTEGER NOT NULL
);

-- Codes that are being turned on, and recovery codes that their owner has not put away yet: for a few minutes, in one session.
CREATE TABLE totp_setups (
    -- The member.
    id TEXT NOT NULL PRIMARY KEY REFERENCES members (id) ON DELETE CASCADE,
    session_id TEXT NOT NULL,
    -- The seed while its first code is waited for; sealed.
    seed_sealed BLOB,
    -- The recovery codes, once there are any; sealed.
    codes_sealed BLOB,
    expires_at INTEGER NOT NULL
);
CREATE INDEX totp_setups_expires_at ON totp_setups (expires_at);

-- What a member's recovery codes are hashed with, sealed: the table alone is of no use to try codes.
CREATE TABLE recovery_keys (
    -- The member.
    id TEXT NOT NULL PRIMARY KEY REFERENCES members (id) ON DELETE CASCADE,
    key_sealed BLOB NOT NULL
);

-- Recovery codes. Each goes when it is used.
CREATE TABLE recovery_codes (
    code_hash BLOB NOT NULL PRIMARY KEY,
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE
);
CREATE INDEX recovery_codes_member_id ON recovery_codes (member_id);
