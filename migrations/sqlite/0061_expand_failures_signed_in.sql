-- Wrong passwords in a row of somebody who is signed in, as where a password is changed. They count apart from those of strangers, which must
-- not keep the owner from their own pages.
ALTER TABLE local_accounts ADD COLUMN signed_in_failures INTEGER NOT NULL DEFAULT 0;
