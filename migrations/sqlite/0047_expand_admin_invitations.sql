-- Links that make those administrators who sign in with them: for an hour, once. About nobody, until somebody uses one.
CREATE TABLE admin_invitations (
    -- The token itself is in the link alone.
    token_hash BLOB NOT NULL PRIMARY KEY,
    -- Why, as the operator wrote it.
    note TEXT NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX admin_invitations_expires_at ON admin_invitations (expires_at);
