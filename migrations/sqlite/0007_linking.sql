-- Linking and unlinking of identities, what a provider is still to be told, and accounts that are being deleted.

-- A login that is to link an identity belongs to the member and the session that began it; both NULL for a sign-in. No
-- foreign key: the part that owns this table stands below those of members and sessions.
ALTER TABLE login_transactions ADD COLUMN link_member TEXT;
ALTER TABLE login_transactions ADD COLUMN link_session TEXT;

-- The refresh token of the person's grant, sealed with the key ring, where the provider wants one to end the grant.
ALTER TABLE identities ADD COLUMN grant_sealed BLOB;

-- 'deleting' is the third status of a member: this is when they will be gone, unless they sign in before. NULL else.
ALTER TABLE members ADD COLUMN delete_at INTEGER;
CREATE INDEX members_delete_at ON members (delete_at);

-- A grant that was ended here and is to be ended at the provider. The row goes when the provider has confirmed it, or
-- when it is given up. No foreign key: it outlives identity and member.
CREATE TABLE provider_unlinks (
    id           TEXT    NOT NULL PRIMARY KEY,
    member_id    TEXT    NOT NULL,
    provider     TEXT    NOT NULL,
    subject      TEXT    NOT NULL,
    -- The grant, sealed for this row. NULL where the provider needs none.
    grant_sealed BLOB,
    -- Counted when a worker takes the row, so that one that kills its worker is given up as well.
    attempts     INTEGER NOT NULL,
    -- Not to be tried before. It is also the lease of the worker that tries: another one takes over then.
    due_at       INTEGER NOT NULL,
    created_at   INTEGER NOT NULL
);
CREATE INDEX provider_unlinks_due_at ON provider_unlinks (due_at);
CREATE INDEX provider_unlinks_person ON provider_unlinks (provider, subject);
