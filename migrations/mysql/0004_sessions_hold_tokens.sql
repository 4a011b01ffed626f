-- A browser session is a client of the token service: it holds the refresh token of a family, sealed with the key ring,
-- from which access tokens are made when a service is called. NULL for sessions from before this migration; they get a
-- family when they first need one.
ALTER TABLE sessions ADD COLUMN refresh_sealed VARBINARY(512);
-- The last turn of that family. The request that moves it makes the turn, and all others wait for it: so one access
-- token's life has one turn, however many tabs and replicas ask.
ALTER TABLE sessions ADD COLUMN turned_at BIGINT NOT NULL DEFAULT 0;
-- The nearer of the idle and the absolute end, by which the cleaner finds the row.
ALTER TABLE sessions ADD COLUMN ends_at BIGINT NOT NULL DEFAULT 0;
UPDATE sessions SET ends_at = expires_at;
CREATE INDEX sessions_ends_at ON sessions (ends_at);
DROP INDEX sessions_expires_at ON sessions;
