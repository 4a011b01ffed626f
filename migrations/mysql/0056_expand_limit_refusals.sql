-- Whom each replica refused lately, for operators; addresses and networks in it are masked. One row for each replica: it is rewritten every
-- other second while somebody is refused, and a flood must not become a flood of writes.
CREATE TABLE limit_refusals (
    replica VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    -- A list in JSON.
    refused MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    expires_at BIGINT NOT NULL
) ENGINE = InnoDB;
CREATE INDEX limit_refusals_expires_at ON limit_refusals (expires_at);
