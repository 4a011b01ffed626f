-- How far the limits of keys are used up, for all replicas and over restarts. One row for each key that was used lately;
-- what the key is does not stand here.
CREATE TABLE limit_counts (
    -- The limit, what it allows and the key, authenticated by the key ring.
    id BINARY(32) NOT NULL PRIMARY KEY,
    -- When the count will be full again, in nanoseconds since the epoch: from then on the row says nothing.
    full_at BIGINT NOT NULL,
    -- When a replica last told the others what it had let through, in milliseconds. NULL where each use is counted here
    -- before it is let through, so that nobody has to be told.
    told_at BIGINT
) ENGINE = InnoDB;
CREATE INDEX limit_counts_full_at ON limit_counts (full_at);
CREATE INDEX limit_counts_told_at ON limit_counts (told_at);
