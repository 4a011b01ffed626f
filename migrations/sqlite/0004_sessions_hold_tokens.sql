-- A browser session is a client of the token service: it holds the refresh token of a family, sealed with the key ring,
-- from which access tokens are made when a service is called. NULL for sessions from before this migration, which get
-- none and end in their time.
ALTER TABLE sessions ADD COLUMN refresh_sealed BLOB;
