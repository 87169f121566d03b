-- What a co-unit has still to reply to, by its own limit.
CREATE INDEX issue_units_by_limit ON issue_units (unit_id, part, replied_at, due_at, issue_id);
