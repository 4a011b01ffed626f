-- Clients that registered themselves go when nobody has used them for long. Those that are there were added by operators.

-- When the client goes, unless it is used; NULL: when an operator removes it.
ALTER TABLE registered_clients ADD COLUMN expires_at BIGINT;
CREATE INDEX registered_clients_expires_at ON registered_clients (expires_at);
