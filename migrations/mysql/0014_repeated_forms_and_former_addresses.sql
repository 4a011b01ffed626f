-- A form that did something which counts once, and that the same browser may send again because the answer got lost. The
-- fingerprint is of the form, the browser, and the proof that was shown, authenticated by the key ring; rows live for seconds.
CREATE TABLE answered_forms (
    fingerprint BINARY(32) NOT NULL PRIMARY KEY,
    member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT answered_forms_member_fk FOREIGN KEY (member_id) REFERENCES members (id) ON DELETE CASCADE
) ENGINE = InnoDB;
CREATE INDEX answered_forms_expires_at ON answered_forms (expires_at);

-- The address that an account had before it was changed, and until when a mail about its deletion goes there as well: whoever
-- took the account over cannot take it away in silence. NULL for an address that was never changed.
ALTER TABLE local_accounts ADD COLUMN former_email VARCHAR(254) CHARACTER SET ascii COLLATE ascii_bin;
ALTER TABLE local_accounts ADD COLUMN former_email_until BIGINT;
