-- The device grant (RFC 8628): a device without a browser shows a code, and its owner allows or denies it on another one.
CREATE TABLE device_codes (
    -- SHA-256 of what the device presents.
    device_hash BLOB    NOT NULL PRIMARY KEY,
    -- Keyed checksum of what the person types: it is short, so a plain hash could be guessed.
    user_hash   BLOB    NOT NULL,
    client_id   TEXT    NOT NULL,
    scope       TEXT    NOT NULL,
    -- NULL: for Daemun's own API.
    audience    TEXT,
    -- 'waiting', then 'allowed' or 'denied', then 'spent'. Each step is one conditional update.
    state       TEXT    NOT NULL,
    -- Who allowed it, in which session, and when they had proved who they are. NULL until then.
    subject     TEXT,
    session_id  TEXT,
    auth_time   INTEGER,
    -- When the device last asked, NULL until it does, and how long it has to wait between two questions.
    polled_at   INTEGER,
    interval_ms INTEGER NOT NULL,
    -- Until when it can be allowed and redeemed.
    good_until  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL
);
CREATE UNIQUE INDEX device_codes_user_hash ON device_codes (user_hash);
CREATE INDEX device_codes_subject ON device_codes (subject);
CREATE INDEX device_codes_expires_at ON device_codes (expires_at);
