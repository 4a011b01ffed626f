-- Second factors that an operator takes from a member who lost them: after a while, unless the member stops it.

CREATE TABLE factor_resets (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- 1 while it waits, then NULL: for a member one waits at most.
    waiting BIGINT,
    -- SHA-256 of what stops it. It is here and not among the tokens of mails, since a password reset ends those.
    stop_hash BINARY(32) NOT NULL,
    -- What the operator wrote.
    reason VARCHAR(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    ordered_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    -- When nobody has to know of it any more.
    expires_at BIGINT NOT NULL,
    CONSTRAINT factor_resets_member_fk FOREIGN KEY (member_id) REFERENCES members (id) ON DELETE CASCADE
) ENGINE = InnoDB;
CREATE UNIQUE INDEX factor_resets_waiting ON factor_resets (member_id, waiting);
CREATE UNIQUE INDEX factor_resets_stop_hash ON factor_resets (stop_hash);
CREATE INDEX factor_resets_expires_at ON factor_resets (expires_at);
