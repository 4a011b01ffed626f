-- Apps of others sign people in: what members agreed to is kept, and a member who proves once more who they are keeps the session.

-- When the member last proved who they are. It moves where they sign in again; the absolute end of the session does not.
-- NULL: when the session began.
ALTER TABLE sessions ADD COLUMN auth_time INTEGER;

-- What members agreed to: one row for each member and app. One that is withdrawn is deleted; the audit log has it.
CREATE TABLE consents (
    member_id  TEXT    NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    client_id  TEXT    NOT NULL,
    -- All that was agreed to, also where the app asks for less later.
    scope      TEXT    NOT NULL,
    -- When the member first agreed.
    granted_at INTEGER NOT NULL,
    -- When the app last sent them here.
    used_at    INTEGER NOT NULL,
    -- From when on the app has to ask again, because it has not sent them for so long.
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (member_id, client_id)
);
CREATE INDEX consents_expires_at ON consents (expires_at);
-- A member withdraws what an app has.
CREATE INDEX refresh_families_subject_client ON refresh_families (subject, client_id);
