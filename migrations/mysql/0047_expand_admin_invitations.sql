-- Links that make those administrators who sign in with them: for an hour, once. About nobody, until somebody uses one.
CREATE TABLE admin_invitations (
    -- The token itself is in the link alone.
    token_hash BINARY(32) NOT NULL PRIMARY KEY,
    -- Why, as the operator wrote it.
    note VARCHAR(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    expires_at BIGINT NOT NULL
) ENGINE = InnoDB;
CREATE INDEX admin_invitations_expires_at ON admin_invitations (expires_at);
