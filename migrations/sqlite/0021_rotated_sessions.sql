-- Session tokens are rotated, here as in the token service: one word for one thing. Replicas of the version before cannot read
-- sessions after this, so all are replaced together, as 0019 wants it anyway.
ALTER TABLE sessions RENAME COLUMN turned_at TO rotated_at;
