-- Mails: what is to be sent, what the development mailbox holds, where each member was seen.
-- No foreign key leads out of these tables: the part that owns them stands below the one that owns members.

-- A mail, written in the transaction of what it tells.
CREATE TABLE outgoing_mails (
    -- UUIDv7; also the Message-ID, so that a mail that was sent twice can be recognised.
    id         TEXT    NOT NULL PRIMARY KEY,
    -- What the mail is sent for. Its uniqueness keeps a second one from being written.
    occasion   TEXT    NOT NULL,
    recipient  TEXT    NOT NULL,
    -- 'ko' or 'en'.
    language   TEXT    NOT NULL,
    -- The letter's name, for whoever looks at the queue.
    kind       TEXT    NOT NULL,
    -- The letter, sealed with the key ring: it may hold a link or a code. NULL once it is sent or given up.
    sealed     BLOB,
    -- 'waiting', 'sent' or 'failed'.
    state      TEXT    NOT NULL,
    -- Counted when a sender takes the mail, so that one that kills its sender is given up as well.
    attempts   INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    -- Not to be sent before. It is also the lease of the sender that works on it: another one takes over then.
    due_at     INTEGER NOT NULL,
    -- When the row goes. NULL while it waits.
    keep_until INTEGER
);
CREATE UNIQUE INDEX outgoing_mails_occasion ON outgoing_mails (occasion);
CREATE INDEX outgoing_mails_due ON outgoing_mails (state, due_at);
CREATE INDEX outgoing_mails_keep_until ON outgoing_mails (keep_until);

-- The development mailbox: what would have gone out by SMTP. Empty in production.
CREATE TABLE mailbox_mails (
    -- That of the outgoing mail: each lies here once.
    id         TEXT    NOT NULL PRIMARY KEY,
    recipient  TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    -- Subject, text and HTML, sealed with the key ring.
    sealed     BLOB    NOT NULL,
    keep_until INTEGER NOT NULL
);
CREATE INDEX mailbox_mails_recipient ON mailbox_mails (recipient, id);
CREATE INDEX mailbox_mails_keep_until ON mailbox_mails (keep_until);

-- Devices and networks that each member signed in from, so that a new one can be told from a known one.
CREATE TABLE seen_places (
    member_id  TEXT    NOT NULL,
    -- A keyed checksum: nobody who reads the table learns where somebody was.
    tag        BLOB    NOT NULL,
    -- Moved at each sign-in from there.
    keep_until INTEGER NOT NULL,
    PRIMARY KEY (member_id, tag)
);
CREATE INDEX seen_places_keep_until ON seen_places (keep_until);
