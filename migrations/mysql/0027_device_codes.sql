-- The device grant (RFC 8628): a device without a browser shows a code, and its owner allows or denies it on another one.
CREATE TABLE device_codes (
    -- SHA-256 of what the device presents.
    device_hash BINARY(32) NOT NULL PRIMARY KEY,
    -- Keyed checksum of what the person types: it is short, so a plain hash could be guessed.
    user_hash BINARY(32) NOT NULL,
    client_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    scope VARCHAR(1000) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- NULL: for Daemun's own API.
    audience VARCHAR(2048) CHARACTER SET ascii COLLATE ascii_bin,
    -- 'waiting', then 'allowed' or 'denied', then 'spent'. Each step is one conditional update.
    state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- Who allowed it, in which session, and when they had proved who they are. NULL until then.
    subject CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    session_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    auth_time BIGINT,
    -- When the device last asked, NULL until it does, and how long it has to wait between two questions.
    polled_at BIGINT,
    interval_ms BIGINT NOT NULL,
    -- Until when it can be allowed and redeemed.
    good_until BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
) ENGINE = InnoDB;
CREATE UNIQUE INDEX device_codes_user_hash ON device_codes (user_hash);
CREATE INDEX device_codes_subject ON device_codes (subject);
CREATE INDEX device_codes_expires_at ON device_codes (expires_at);
