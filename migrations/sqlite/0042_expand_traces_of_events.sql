-- The `traceparent` of an event: the trace of the request that wrote it, where it was written for one. It goes out with the event, so
-- that what consumers do is found under the same id. Programs of an older version write none.
ALTER TABLE outbox_events ADD COLUMN traceparent TEXT;
