-- Whether a former mailbox was the owner's beyond doubt when it went: one that they proved, or that a provider had vouched for for a month. Who has
-- the account at the provider can have it vouch for one address after another. Of those that are there nobody knows it.
ALTER TABLE former_mailboxes ADD COLUMN settled INTEGER NOT NULL DEFAULT 0;
