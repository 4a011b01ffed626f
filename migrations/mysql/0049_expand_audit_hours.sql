-- How often each kind of event happened in an hour, for the first look of operators: counting the audit log for it would take the
-- longer the more there is in it. A row for each hour, kind, sign-in method and outcome; written in batches a few seconds later.
CREATE TABLE audit_hours (
    kind VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- Hours since 1970, UTC.
    hour BIGINT NOT NULL,
    -- The sign-in method; empty where it is about none.
    method VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- 'success' or 'failure'.
    outcome VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    times BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (kind, hour, method, outcome)
) ENGINE = InnoDB;
CREATE INDEX audit_hours_expires_at ON audit_hours (expires_at);
