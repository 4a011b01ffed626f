-- Sign-ins whose first step was right and that wait for a code, for five minutes; and browsers in which no code is asked for.

CREATE TABLE second_steps (
    -- SHA-256 of what an app presents with the code. Browsers have no use for it.
    challenge_hash BINARY(32) NOT NULL PRIMARY KEY,
    -- SHA-256 of what tells the browser from others; NULL for an app.
    browser_hash BINARY(32),
    member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- What the first step was, and which password: a new one in between ends this.
    method VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    password_at BIGINT,
    return_to VARCHAR(2048) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- How many codes were tried.
    tries BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT second_steps_member_fk FOREIGN KEY (member_id) REFERENCES members (id) ON DELETE CASCADE
) ENGINE = InnoDB;
CREATE INDEX second_steps_browser_hash ON second_steps (browser_hash);
CREATE INDEX second_steps_member_id ON second_steps (member_id);
CREATE INDEX second_steps_expires_at ON second_steps (expires_at);

CREATE TABLE remembered_devices (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    -- SHA-256 of what the browser's cookie holds.
    token_hash BINARY(32) NOT NULL,
    member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- What its owner recognises it by.
    user_agent VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    network VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT remembered_devices_member_fk FOREIGN KEY (member_id) REFERENCES members (id) ON DELETE CASCADE
) ENGINE = InnoDB;
CREATE UNIQUE INDEX remembered_devices_token_hash ON remembered_devices (token_hash);
CREATE INDEX remembered_devices_member_id ON remembered_devices (member_id);
CREATE INDEX remembered_devices_expires_at ON remembered_devices (expires_at);
