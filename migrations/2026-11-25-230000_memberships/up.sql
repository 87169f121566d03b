-- Who was a cadre or the leader of which group from when until when: figures of people as of a past day.
CREATE TABLE memberships (
    id INTEGER NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id),
    group_id BIGINT NOT NULL REFERENCES groups (id),
    role TEXT NOT NULL,
    valid_from DATE NOT NULL,
    valid_until DATE
);
CREATE INDEX memberships_by_user ON memberships (user_id);
CREATE INDEX memberships_by_group ON memberships (group_id);
-- What was before is known only as it is today.
INSERT INTO memberships (id, user_id, group_id, role, valid_from, valid_until)
    SELECT id, id, group_id, role, valid_from, valid_until FROM users
    WHERE role IN ('cadre', 'group_leader') AND group_id IS NOT NULL;
