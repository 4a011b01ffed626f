-- Eight characters that are taken away when an event is marked as published, whose time needs as many bytes. A row that grows no longer
-- fits where it is: InnoDB then tidied up its page for nearly every event, which was half of what a mark cost. Nobody reads them.
-- Programs of an older version leave them.
ALTER TABLE outbox_events ADD COLUMN room TEXT DEFAULT 'unmarked';
