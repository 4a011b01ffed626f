-- What was typed into a form that was refused, where it is too long for an address: the text of a post. One for each session and
-- page, the last one.
CREATE TABLE form_drafts (
    -- A hash of the session and the page.
    owner      TEXT    NOT NULL PRIMARY KEY,
    sealed     BLOB    NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX form_drafts_expires_at ON form_drafts (expires_at);
