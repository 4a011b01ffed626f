-- The audit log: repetitions of what nobody had to identify for share a row, rows go after a time that is set by kind, and
-- those of an erased member are made anonymous. So rows are changed and deleted, other than 0001 says of this table: it is
-- no proof against whoever has the program's rights in the database. The log lines that are shipped elsewhere are.

-- How often it happened: more than once only where repetitions share the row.
ALTER TABLE audit_events ADD COLUMN times INTEGER NOT NULL DEFAULT 1;
-- 1 where nobody knows who caused it: such rows are kept for a shorter time.
ALTER TABLE audit_events ADD COLUMN anonymous INTEGER NOT NULL DEFAULT 0;
-- What repetitions have in common: kind, outcome, way, whom it is about, network and hour. NULL for what has its own row.
ALTER TABLE audit_events ADD COLUMN fold_key TEXT;
UPDATE audit_events SET anonymous = 1 WHERE member_id IS NULL AND network <> '';
CREATE UNIQUE INDEX audit_events_fold_key ON audit_events (fold_key);
CREATE INDEX audit_events_age ON audit_events (anonymous, at);

-- By these the rows of a member or their address are found when they are erased.
CREATE INDEX outgoing_mails_recipient ON outgoing_mails (recipient);
CREATE INDEX bus_deliveries_key ON bus_deliveries (event_key);
CREATE INDEX bus_dead_letters_key ON bus_dead_letters (event_key);
