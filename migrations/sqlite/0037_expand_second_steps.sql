-- Sign-ins whose first step was right and that wait for a code, for five minutes; and browsers in which no code is asked for.

CREATE TABLE second_steps (
    -- SHA-256 of what an app presents with the code. Browsers have no use for it.
    challenge_hash BLOB NOT NULL PRIMARY KEY,
    -- SHA-256 of what tells the browser from others; NULL for an app.
    browser_hash BLOB,
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    -- What the first step was, and which password: a new one in between ends this.
    method TEXT NOT NULL,
    password_at INTEGER,
    return_to TEXT NOT NULL,
    -- How many codes were tried.
    tries INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX second_steps_browser_hash ON second_steps (browser_hash);
CREATE INDEX second_steps_member_id ON second_steps (member_id);
CREATE INDEX second_steps_expires_at ON second_steps (expires_at);

CREATE TABLE remembered_devices (
    id TEXT NOT NULL PRIMARY KEY,
    -- SHA-256 of what the browser's cookie holds.
    token_hash BLOB NOT NULL,
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    -- What its owner recognises it by.
    user_agent TEXT NOT NULL,
    network TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX remembered_devices_token_hash ON remembered_devices (token_hash);
CREATE INDEX remembered_devices_member_id ON remembered_devices (member_id);
CREATE INDEX remembered_devices_expires_at ON remembered_devices (expires_at);
