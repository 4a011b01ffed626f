-- What members may do beyond being members. ROLE_USER is everybody's and has no rows.
CREATE TABLE member_roles (
    member_id TEXT NOT NULL REFERENCES members (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    given_at INTEGER NOT NULL,
    PRIMARY KEY (member_id, role)
);
-- Who has a role, in the order of their ids.
CREATE INDEX member_roles_role ON member_roles (role, member_id);

-- What operators do says who it was, where a member who administers did it in a browser; on what it acted, such as a role; and the
-- reason that they wrote.
ALTER TABLE audit_events ADD COLUMN operator_id TEXT;
ALTER TABLE audit_events ADD COLUMN object TEXT NOT NULL DEFAULT '';
ALTER TABLE audit_events ADD COLUMN note TEXT NOT NULL DEFAULT '';
CREATE INDEX audit_events_operator ON audit_events (operator_id, id);
