-- Who began a login that is on its way, so that no network can take all the room. Keyed checksums: no address lies here. NULL
-- for logins that began before this migration; they end within ten minutes.

-- The network that limits count by: an IPv4 address, or the /64 of an IPv6 one.
ALTER TABLE login_transactions ADD COLUMN network_tag BINARY(32);
-- The wider network around it (/24, /48): where the room is short, the one with the most logins gives way.
ALTER TABLE login_transactions ADD COLUMN place_tag BINARY(32);
CREATE INDEX login_transactions_network ON login_transactions (network_tag, expires_at);
CREATE INDEX login_transactions_place ON login_transactions (place_tag, expires_at);
