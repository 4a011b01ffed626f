-- Webhooks: account events that are sent to receivers by HTTP. A row for each event and receiver, from the transaction in which the
-- consumer of the bus took the event until some time after the receiver had it.
CREATE TABLE webhook_deliveries (
    -- The name of the receiver in the configuration.
    receiver VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    event_id CHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    topic VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- The member.
    event_key CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- Of two events of a member, the later has the greater one.
    sequence BIGINT NOT NULL,
    -- The JSON that goes out, as it is: what is signed.
    body VARCHAR(8000) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    -- 'waiting', 'delivered' or 'given-up'.
    state VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at BIGINT NOT NULL,
    -- Since when it is tried: since it came, or since an operator had it sent again.
    waiting_since BIGINT NOT NULL,
    -- Not to be sent before: a pause after a failure, or the lease of the replica that sends it.
    due_at BIGINT NOT NULL,
    failures BIGINT NOT NULL,
    -- 1: the last attempt found the receiver away, so that it is due as soon as the receiver answers again.
    is_unreachable BIGINT NOT NULL,
    -- What the last attempt came to, and when that was.
    answer VARCHAR(250) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    tried_at BIGINT,
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (receiver, event_id)
) ENGINE = InnoDB;
-- Answers what is due.
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (receiver, state, due_at, sequence, event_id);
-- Answers whether an earlier event of the same member still waits, and what there is about one.
CREATE INDEX webhook_deliveries_order ON webhook_deliveries (receiver, event_key, state, sequence);
CREATE INDEX webhook_deliveries_event_key ON webhook_deliveries (event_key);
-- Answers what was new last.
CREATE INDEX webhook_deliveries_newest ON webhook_deliveries (created_at, event_id);
CREATE INDEX webhook_deliveries_expires_at ON webhook_deliveries (expires_at);
