-- When somebody last signed in by this password. NULL: not since it was set, or not since this was kept.
ALTER TABLE local_accounts ADD COLUMN last_used_at INTEGER;
