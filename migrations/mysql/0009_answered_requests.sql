-- What somebody asked for and is done after the answer, so that the answer's time says nothing of an account. It is written
-- down before the answer, the same for every address, and its row goes with what it asks for, in one transaction: so it
-- is done once, and a process that dies loses nothing that it promised.
CREATE TABLE answered_requests (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    -- What was asked for and by whom, sealed for this row: addresses and hashes of passwords are in it.
    sealed BLOB NOT NULL,
    created_at BIGINT NOT NULL,
    -- What could not be done until then is dropped.
    expires_at BIGINT NOT NULL
) ENGINE = InnoDB;
CREATE INDEX answered_requests_created_at ON answered_requests (created_at);
CREATE INDEX answered_requests_expires_at ON answered_requests (expires_at);
