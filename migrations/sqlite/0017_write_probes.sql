-- One row that a replica writes to find out whether the database takes writes: a full disk, or a server that became
-- read-only, cannot be told by reading. Nothing is ever read from it.
CREATE TABLE write_probes (
    -- 'probe'.
    id      TEXT    NOT NULL PRIMARY KEY,
    -- Counts up, so that each write changes something.
    written INTEGER NOT NULL,
    -- Room that is asked for after a write has failed.
    filler  BLOB
);
