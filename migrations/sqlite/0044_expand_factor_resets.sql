-- Second factors that an operator takes from a member who lost them: after a while, unless the member stops it.

CREATE TABLE factor_resets (
    id TEXT NOT NULL PRIMARY KEY,
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    -- 1 while it waits, then NULL: for a member one waits at most.
    waiting INTEGER,
    -- SHA-256 of what stops it. It is here and not among the tokens of mails, since a password reset ends those.
    stop_hash BLOB NOT NULL,
    -- What the operator wrote.
    reason TEXT NOT NULL,
    ordered_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    -- When nobody has to know of it any more.
    expires_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX factor_resets_waiting ON factor_resets (member_id, waiting);
CREATE UNIQUE INDEX factor_resets_stop_hash ON factor_resets (stop_hash);
CREATE INDEX factor_resets_expires_at ON factor_resets (expires_at);
