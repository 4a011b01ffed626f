-- A request that cannot be done, since its row was spoilt or what it asks for always fails, was tried with every look and kept
-- those behind it waiting. It is now due at a time of its own, later after each attempt, and parked after a few: it lies
-- there until its end, for somebody to look at, and nobody waits for it.
ALTER TABLE answered_requests ADD COLUMN due_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE answered_requests ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
CREATE INDEX answered_requests_due_at ON answered_requests (due_at);
DROP INDEX answered_requests_created_at;

-- Events go to the bus by the time at which they are due: those that are refused again and again stand behind the new ones.
CREATE INDEX outbox_events_due_at ON outbox_events (published_at, due_at, sequence, event_id);
