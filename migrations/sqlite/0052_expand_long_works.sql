-- Work of operators that takes long, and how far it is: about nobody. The order itself, with who gave it, is a job.
CREATE TABLE long_works (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    -- On what it is done, such as the receiver of webhooks; empty where there is only one.
    object TEXT NOT NULL,
    -- running, done, stopped or failed.
    state TEXT NOT NULL,
    done INTEGER NOT NULL,
    -- How much there was to do, where that is known.
    total INTEGER,
    begun_at INTEGER NOT NULL,
    ended_at INTEGER,
    expires_at INTEGER NOT NULL
);
CREATE INDEX long_works_expires_at ON long_works (expires_at);
