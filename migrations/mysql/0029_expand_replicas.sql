-- The programs that share this database, and which of them does what one does for all.

-- Each program says every few seconds that it is there. Operators see who is, in which version, and whose clock is off.
CREATE TABLE replicas (
    -- The name of its machine, and something random.
    id          VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    version     VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    started_at  BIGINT NOT NULL,
    -- When it was last heard, by its own clock.
    beat_at     BIGINT NOT NULL,
    -- How many milliseconds its clock is ahead of that of this database; negative: behind.
    clock_ahead BIGINT NOT NULL,
    -- A program that stops deletes its row; the row of one that died goes then.
    expires_at  BIGINT NOT NULL
) ENGINE = InnoDB;
CREATE INDEX replicas_expires_at ON replicas (expires_at);

-- Who may do something for all: renewed with each beat, and anybody's who changes it first when its time is over.
CREATE TABLE leader_leases (
    name       VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    -- The id of a replica.
    holder     VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    expires_at BIGINT NOT NULL
) ENGINE = InnoDB;
