-- How often each kind of event happened in an hour, for the first look of operators: counting the audit log for it would take the
-- longer the more there is in it. A row for each hour, kind, sign-in method and outcome; written in batches a few seconds later.
CREATE TABLE audit_hours (
    kind TEXT NOT NULL,
    -- Hours since 1970, UTC.
    hour INTEGER NOT NULL,
    -- The sign-in method; empty where it is about none.
    method TEXT NOT NULL,
    -- 'success' or 'failure'.
    outcome TEXT NOT NULL,
    times INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (kind, hour, method, outcome)
);
CREATE INDEX audit_hours_expires_at ON audit_hours (expires_at);
