-- Apps of others sign people in: what members agreed to is kept, and a member who proves once more who they are keeps the session.

-- When the member last proved who they are. It moves where they sign in again; the absolute end of the session does not.
-- NULL: when the session began.
ALTER TABLE sessions ADD COLUMN auth_time INTEGER;
