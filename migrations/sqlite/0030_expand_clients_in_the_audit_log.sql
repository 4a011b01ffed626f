-- The audit log says which client was registered, allowed something or given tokens. Rows of before do not know it.
ALTER TABLE audit_events ADD COLUMN client_id TEXT NOT NULL DEFAULT '';
