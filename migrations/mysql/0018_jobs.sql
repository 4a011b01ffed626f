-- One queue for all work that is done later, in place of a table with lease and attempts for each flow. What a job says is its
-- flow's to define; the queue knows when it is due, who has it, and how often it was tried.
CREATE TABLE jobs (
    -- UUIDv7.
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    -- Which flow's worker does it.
    kind VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- What it is for. While a job of this kind has this key, no other is added. NULL for what cannot come up twice.
    idempotency_key VARCHAR(320) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    -- Whom it concerns, in the words of its flow. NULL where nobody may see that in the table.
    owner VARCHAR(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin,
    -- What its worker has to know, in the clear.
    payload VARCHAR(2000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    -- What its worker has to know and nobody else may, sealed with the key ring. NULL where there is nothing of that sort, and
    -- when the job is done or dead.
    sealed BLOB,
    -- 'waiting', 'done' or 'dead'.
    state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- Counted when a worker takes the job, so that one that kills its worker dies as well.
    attempts BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    -- Not to be done before. It is also the lease of the worker that has it: another one takes over then.
    due_at BIGINT NOT NULL,
    -- When the row goes. NULL while it waits as long as it takes.
    expires_at BIGINT
) ENGINE = InnoDB;
CREATE UNIQUE INDEX jobs_idempotency_key ON jobs (kind, idempotency_key);
CREATE INDEX jobs_due ON jobs (kind, state, due_at, id);
CREATE INDEX jobs_owner ON jobs (kind, owner);
CREATE INDEX jobs_expires_at ON jobs (expires_at);
