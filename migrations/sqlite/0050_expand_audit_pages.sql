-- Operators read the log in parts, from the newest row on: of one kind, by one actor, by one operator. Of a kind and of all, each actor is
-- asked for alone, so that the order of time leads along the index. By the id, which is in that order as well, MariaDB would rather go over
-- the table.
CREATE INDEX audit_events_kind ON audit_events (kind, actor, at);
CREATE INDEX audit_events_actor ON audit_events (actor, at);
CREATE INDEX audit_events_operated ON audit_events (operator_id, at);
