-- Why a job failed the last time, in short, so that operators need not look for it in a log. No address and no secret is in it.
ALTER TABLE jobs ADD COLUMN failure TEXT;
