-- One queue for all work that is done later, in place of a table with lease and attempts for each flow. What a job says is its
-- flow's to define; the queue knows when it is due, who has it, and how often it was tried.
CREATE TABLE jobs (
    -- UUIDv7.
    id              TEXT    NOT NULL PRIMARY KEY,
    -- Which flow's worker does it.
    kind            TEXT    NOT NULL,
    -- What it is for. While a job of this kind has this key, no other is added. NULL for what cannot come up twice.
    idempotency_key TEXT,
    -- Whom it concerns, in the words of its flow. NULL where nobody may see that in the table.
    owner           TEXT,
    -- What its worker has to know, in the clear.
    payload         TEXT    NOT NULL,
    -- What its worker has to know and nobody else may, sealed with the key ring. NULL where there is nothing of that sort, and
    -- when the job is done or dead.
    sealed          BLOB,
    -- 'waiting', 'done' or 'dead'.
    state           TEXT    NOT NULL,
    -- Counted when a worker takes the job, so that one that kills its worker dies as well.
    attempts        INTEGER NOT NULL,
    created_at      INTEGER NOT NULL,
    -- Not to be done before. It is also the lease of the worker that has it: another one takes over then.
    due_at          INTEGER NOT NULL,
    -- When the row goes. NULL while it waits as long as it takes.
    expires_at      INTEGER
);
CREATE UNIQUE INDEX jobs_idempotency_key ON jobs (kind, idempotency_key);
CREATE INDEX jobs_due ON jobs (kind, state, due_at, id);
CREATE INDEX jobs_owner ON jobs (kind, owner);
CREATE INDEX jobs_expires_at ON jobs (expires_at);
