-- Clients that show who they are: what may come once, requests that clients push before they send the person, and clients that are
-- registered by a command, beside those of the configuration.

-- 0: the client could not do PKCE, and the request had no challenge.
ALTER TABLE authorization_codes ADD COLUMN has_challenge BIGINT NOT NULL DEFAULT 1;

-- 1: the client pushed it, so that nobody on the way could change it.
ALTER TABLE authorization_requests ADD COLUMN is_pushed BIGINT NOT NULL DEFAULT 0;

-- What may come once. The unique key decides between requests with the same.
CREATE TABLE authorization_used_ids (
    -- SHA-256 of what it is, of whom, and the id.
    id_hash BINARY(32) NOT NULL PRIMARY KEY,
    used_at BIGINT NOT NULL,
    -- When it would not be taken any more anyway.
    expires_at BIGINT NOT NULL
) ENGINE = InnoDB;
CREATE INDEX authorization_used_ids_expires_at ON authorization_used_ids (expires_at);

-- Authorization requests that a client pushed, until the person comes with the address of one.
CREATE TABLE pushed_requests (
    -- SHA-256 of the random part of `request_uri`.
    id_hash BINARY(32) NOT NULL PRIMARY KEY,
    -- Whose it is. Nobody else can use it.
    client_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- The parameters, form-encoded.
    parameters TEXT CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- NULL until it is used. Its being NULL decides between browsers that bring the same.
    used_at BIGINT,
    expires_at BIGINT NOT NULL
) ENGINE = InnoDB;
CREATE INDEX pushed_requests_expires_at ON pushed_requests (expires_at);

-- Clients that were registered by a command.
CREATE TABLE registered_clients (
    id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    -- What the configuration would have under [[clients]], as JSON, without secrets. It is checked again when it is read.
    description MEDIUMTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
    created_at BIGINT NOT NULL
) ENGINE = InnoDB;

-- Their secrets: one, or two while one takes the other's place.
CREATE TABLE client_secrets (
    -- SHA-256: our own secrets are random.
    secret_hash BINARY(32) NOT NULL PRIMARY KEY,
    client_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    created_at BIGINT NOT NULL,
    -- Until when it is good: far away for the newest one.
    expires_at BIGINT NOT NULL
) ENGINE = InnoDB;
CREATE INDEX client_secrets_client_id ON client_secrets (client_id);
CREATE INDEX client_secrets_expires_at ON client_secrets (expires_at);
