-- Mailboxes that were a member's until a while ago. What must not be done to an account unnoticed is told there, too: who took an account
-- over gives it another address first. There may be more than one, so that a second change does not hide the first.

CREATE TABLE former_mailboxes (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    address VARCHAR(254) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- Until when it is told.
    expires_at BIGINT NOT NULL,
    CONSTRAINT former_mailboxes_member_fk FOREIGN KEY (member_id) REFERENCES members (id) ON DELETE CASCADE
) ENGINE = InnoDB;
CREATE UNIQUE INDEX former_mailboxes_member ON former_mailboxes (member_id, address);
CREATE INDEX former_mailboxes_expires_at ON former_mailboxes (expires_at);
INSERT INTO former_mailboxes (id, member_id, address, expires_at)
    SELECT member_id, member_id, former_email, former_email_until FROM local_accounts
    WHERE former_email IS NOT NULL AND former_email_until IS NOT NULL;
-- When a provider began to vouch for another address than before: who has the account at the provider can have it say so. NULL: it is
-- the one with which the identity was linked.
ALTER TABLE identities ADD COLUMN vouched_since BIGINT;
