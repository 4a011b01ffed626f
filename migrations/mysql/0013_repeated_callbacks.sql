-- A callback may come twice: a browser that fetches ahead, a reload, an answer that got lost. The first one spends its login,
-- whose row goes, and leaves one here for some seconds, so that the same callback in the same browser gets the same answer.
CREATE TABLE answered_callbacks (
    -- The id that the login had.
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    -- The callback, hashed as it came, and the browser that is bound to the login.
    callback_hash BINARY(32) NOT NULL,
    browser_hash BINARY(32) NOT NULL,
    provider VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- What it was answered with, sealed with the key ring, since a session's secret is in it; NULL until it is answered.
    answer BLOB,
    expires_at BIGINT NOT NULL
) ENGINE = InnoDB;
CREATE UNIQUE INDEX answered_callbacks_callback_hash ON answered_callbacks (callback_hash);
CREATE INDEX answered_callbacks_expires_at ON answered_callbacks (expires_at);
