-- By what a person has proven who they are, beside when: a password alone counts for less than one with a code (RFC 8176). It is
-- written down with each session, and goes with it into what apps get. NULL: the row is from before. For a session that is its
-- sign-in method alone; tokens of other rows say nothing of it.
ALTER TABLE sessions ADD COLUMN proven_by TEXT;
ALTER TABLE refresh_families ADD COLUMN proven_by TEXT;
ALTER TABLE authorization_codes ADD COLUMN proven_by TEXT;
ALTER TABLE device_codes ADD COLUMN proven_by TEXT;
