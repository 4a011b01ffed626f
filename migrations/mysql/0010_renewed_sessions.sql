-- A session whose secret was renewed: after another password, a first one, or another way in, the browser gets another
-- cookie and the session another id. Here stands the cookie of before, hashed. It opens nothing any more; but a sign-out
-- that was on its way with it must end the session all the same. NULL for a session that was never renewed.
ALTER TABLE sessions ADD COLUMN former_hash BINARY(32);
-- When that was.
ALTER TABLE sessions ADD COLUMN renewed_at BIGINT NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX sessions_former_hash ON sessions (former_hash);

-- A login that is to link belongs to a session by its id, and follows it when that changes.
CREATE INDEX login_transactions_link_session ON login_transactions (link_session);
