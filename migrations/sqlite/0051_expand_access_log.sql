-- Which operator saw what of whom, when, from where, and why: kept longer than the audit log, and not made anonymous with the erasure of
-- a member, as the rules for those ask who handle personal data in Korea. Rows are added and deleted, and never changed.
CREATE TABLE access_log (
    id TEXT NOT NULL PRIMARY KEY,
    at INTEGER NOT NULL,
    -- What was shown.
    kind TEXT NOT NULL,
    -- Whose; NULL where it is of many.
    member_id TEXT,
    -- Which row, or which span.
    object TEXT NOT NULL,
    -- The member who operated, or else the client.
    operator_id TEXT,
    client_id TEXT NOT NULL,
    -- Why, as the operator wrote it.
    note TEXT NOT NULL,
    request_id TEXT NOT NULL,
    -- Whole: the rules ask for the place from which an operator came.
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL
);
CREATE INDEX access_log_member ON access_log (member_id, id);
CREATE INDEX access_log_operator ON access_log (operator_id, id);
CREATE INDEX access_log_client ON access_log (client_id, id);
CREATE INDEX access_log_at ON access_log (at);
