-- Account events: what is to be told (outbox), how the in-process bus carries it, and what each consumer has done.
-- No foreign key leads out of these tables: the part that owns them stands below the one that owns members.

-- The last number that was given to an event of this key. A transaction that appends takes this row first and keeps it
-- until it commits: so the events of one key get their numbers in the order in which they become true, on both
-- databases. A number is at least the time in milliseconds, so that a row without use can be deleted: the next number
-- is still the greater one.
CREATE TABLE outbox_keys (
    -- A member's id.
    event_key CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    last_sequence BIGINT NOT NULL
) ENGINE = InnoDB;
CREATE INDEX outbox_keys_last_sequence ON outbox_keys (last_sequence);

-- An event, written in the transaction of what it tells.
CREATE TABLE outbox_events (
    -- 'evt-' and a UUIDv7.
    event_id CHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    topic VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    event_key CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    sequence BIGINT NOT NULL,
    -- The JSON that goes out, as it is.
    body VARCHAR(8000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    created_at BIGINT NOT NULL,
    -- Not to be published before. It is also the lease of the relay that works on it: another one takes over then.
    due_at BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    -- When the bus acknowledged it. NULL until then.
    published_at BIGINT
) ENGINE = InnoDB;
-- Proves the order: no two events of a key have the same number.
CREATE UNIQUE INDEX outbox_events_order ON outbox_events (event_key, sequence);
-- Answers what is to be published, which one waits longest, and which ones may be deleted.
CREATE INDEX outbox_events_pending ON outbox_events (published_at, sequence);
-- Answers whether an earlier event of the same key still waits, however many lie there published.
CREATE INDEX outbox_events_earlier ON outbox_events (event_key, published_at, sequence);

-- In-process bus: which groups of consumers hear which topic.
CREATE TABLE bus_subscriptions (
    group_name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    topic VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (group_name, topic)
) ENGINE = InnoDB;
CREATE INDEX bus_subscriptions_topic ON bus_subscriptions (topic);

-- In-process bus: one row for each event and group, until the group has dealt with it.
CREATE TABLE bus_deliveries (
    group_name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    event_id CHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    topic VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    event_key CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    sequence BIGINT NOT NULL,
    body VARCHAR(8000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    published_at BIGINT NOT NULL,
    -- Not to be delivered before: a pause after a failure, or the lease of the consumer that works on it.
    due_at BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    PRIMARY KEY (group_name, event_id)
) ENGINE = InnoDB;
-- Answers what is next, and whether an earlier event of the same key is still open.
CREATE INDEX bus_deliveries_order ON bus_deliveries (group_name, event_key, sequence);
CREATE INDEX bus_deliveries_due_at ON bus_deliveries (group_name, due_at);
CREATE INDEX bus_deliveries_published_at ON bus_deliveries (published_at);

-- In-process bus: what a group could not deal with, for a person to look at.
CREATE TABLE bus_dead_letters (
    group_name VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    event_id CHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- '<topic>.dead'.
    topic VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    event_key CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    sequence BIGINT NOT NULL,
    body VARCHAR(8000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    reason VARCHAR(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    failures BIGINT NOT NULL,
    died_at BIGINT NOT NULL,
    PRIMARY KEY (group_name, event_id)
) ENGINE = InnoDB;
CREATE INDEX bus_dead_letters_died_at ON bus_dead_letters (died_at);

-- Inbox: what a consumer has dealt with, written in the transaction of its effect. On any bus.
CREATE TABLE consumed_events (
    consumer VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    event_id CHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    consumed_at BIGINT NOT NULL,
    PRIMARY KEY (consumer, event_id)
) ENGINE = InnoDB;
CREATE INDEX consumed_events_consumed_at ON consumed_events (consumed_at);
