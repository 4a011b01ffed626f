-- What members may do beyond being members. ROLE_USER is everybody's and has no rows.
CREATE TABLE member_roles (
    member_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    role VARCHAR(40) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    given_at BIGINT NOT NULL,
    PRIMARY KEY (member_id, role),
    CONSTRAINT member_roles_member_fk FOREIGN KEY (member_id) REFERENCES members (id) ON DELETE CASCADE
) ENGINE = InnoDB;
-- Who has a role, in the order of their ids.
CREATE INDEX member_roles_role ON member_roles (role, member_id);

-- What operators do says who it was, where a member who administers did it in a browser; on what it acted, such as a role; and the
-- reason that they wrote.
ALTER TABLE audit_events ADD COLUMN operator_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin;
ALTER TABLE audit_events ADD COLUMN object VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL DEFAULT '';
ALTER TABLE audit_events ADD COLUMN note VARCHAR(300) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL DEFAULT '';
CREATE INDEX audit_events_operator ON audit_events (operator_id, id);
