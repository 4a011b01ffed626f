-- Whom each replica refused lately, for operators; addresses and networks in it are masked. One row for each replica: it is rewritten every
-- other second while somebody is refused, and a flood must not become a flood of writes.
CREATE TABLE limit_refusals (
    replica TEXT NOT NULL PRIMARY KEY,
    -- A list in JSON.
    refused TEXT NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX limit_refusals_expires_at ON limit_refusals (expires_at);
