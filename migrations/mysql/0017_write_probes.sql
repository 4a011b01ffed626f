-- One row that a replica writes to find out whether the database takes writes: a full disk, or a server that became
-- read-only, cannot be told by reading. Nothing is ever read from it.
CREATE TABLE write_probes (
    -- 'probe'.
    id VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    -- Counts up, so that each write changes something.
    written BIGINT NOT NULL,
    -- Room that is asked for after a write has failed.
    filler BLOB
) ENGINE = InnoDB;
