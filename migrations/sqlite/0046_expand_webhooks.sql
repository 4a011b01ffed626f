-- Webhooks: account events that are sent to receivers by HTTP. A row for each event and receiver, from the transaction in which the
-- consumer of the bus took the event until some time after the receiver had it.
CREATE TABLE webhook_deliveries (
    -- The name of the receiver in the configuration.
    receiver       TEXT    NOT NULL,
    event_id       TEXT    NOT NULL,
    topic          TEXT    NOT NULL,
    -- The member.
    event_key      TEXT    NOT NULL,
    -- Of two events of a member, the later has the greater one.
    sequence       INTEGER NOT NULL,
    -- The JSON that goes out, as it is: what is signed.
    body           TEXT    NOT NULL,
    -- 'waiting', 'delivered' or 'given-up'.
    state          TEXT    NOT NULL,
    created_at     INTEGER NOT NULL,
    -- Since when it is tried: since it came, or since an operator had it sent again.
    waiting_since  INTEGER NOT NULL,
    -- Not to be sent before: a pause after a failure, or the lease of the replica that sends it.
    due_at         INTEGER NOT NULL,
    failures       INTEGER NOT NULL,
    -- 1: the last attempt found the receiver away, so that it is due as soon as the receiver answers again.
    is_unreachable INTEGER NOT NULL,
    -- What the last attempt came to, and when that was.
    answer         TEXT    NOT NULL,
    tried_at       INTEGER,
    expires_at     INTEGER NOT NULL,
    PRIMARY KEY (receiver, event_id)
);
-- Answers what is due.
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (receiver, state, due_at, sequence, event_id);
-- Answers whether an earlier event of the same member still waits, and what there is about one.
CREATE INDEX webhook_deliveries_order ON webhook_deliveries (receiver, event_key, state, sequence);
CREATE INDEX webhook_deliveries_event_key ON webhook_deliveries (event_key);
-- Answers what was new last.
CREATE INDEX webhook_deliveries_newest ON webhook_deliveries (created_at, event_id);
CREATE INDEX webhook_deliveries_expires_at ON webhook_deliveries (expires_at);
