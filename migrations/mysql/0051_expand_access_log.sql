-- Which operator saw what of whom, when, from where, and why: kept longer than the audit log, and not made anonymous with the erasure of
-- a member, as the rules for those ask who handle personal data in Korea. Rows are added and deleted, and never changed.
CREATE TABLE access_log (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    -- What was shown.
    kind VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- Whose; NULL where it is of many.
    member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    -- Which row, or which span.
    object VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- The member who operated, or else the client.
    operator_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin,
    client_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- Why, as the operator wrote it.
    note VARCHAR(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    request_id VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- Whole: the rules ask for the place from which an operator came.
    address VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    user_agent VARCHAR(400) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL
) ENGINE = InnoDB;
CREATE INDEX access_log_member ON access_log (member_id, id);
CREATE INDEX access_log_operator ON access_log (operator_id, id);
CREATE INDEX access_log_client ON access_log (client_id, id);
CREATE INDEX access_log_at ON access_log (at);
