-- A form that did something which counts once, and that the same browser may send again because the answer got lost. The
-- fingerprint is of the form, the browser, and the proof that was shown, authenticated by the key ring; rows live for seconds.
CREATE TABLE answered_forms (
    fingerprint BLOB    NOT NULL PRIMARY KEY,
    member_id   TEXT    NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    expires_at  INTEGER NOT NULL
);
CREATE INDEX answered_forms_expires_at ON answered_forms (expires_at);

-- The address that an account had before it was changed, and until when a mail about its deletion goes there as well: whoever
-- took the account over cannot take it away in silence. NULL for an address that was never changed.
ALTER TABLE local_accounts ADD COLUMN former_email TEXT;
ALTER TABLE local_accounts ADD COLUMN former_email_until INTEGER;
