-- Work of operators that takes long, and how far it is: about nobody. The order itself, with who gave it, is a job.
CREATE TABLE long_works (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    kind VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- On what it is done, such as the receiver of webhooks; empty where there is only one.
    object VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- running, done, stopped or failed.
    state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    done BIGINT NOT NULL,
    -- How much there was to do, where that is known.
    total BIGINT,
    begun_at BIGINT NOT NULL,
    ended_at BIGINT,
    expires_at BIGINT NOT NULL
) ENGINE = InnoDB;
CREATE INDEX long_works_expires_at ON long_works (expires_at);
