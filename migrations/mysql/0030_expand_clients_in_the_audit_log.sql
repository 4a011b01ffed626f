-- The audit log says which client was registered, allowed something or given tokens. Rows of before do not know it.
ALTER TABLE audit_events ADD COLUMN client_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
