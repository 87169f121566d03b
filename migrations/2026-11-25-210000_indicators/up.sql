-- What the indicators of time count of an issue: its limits, reply, first contact and closure as they stood.
ALTER TABLE issue_spans ADD COLUMN enterprise_id BIGINT REFERENCES enterprises (id);
ALTER TABLE issue_spans ADD COLUMN first_due_at BIGINT NOT NULL DEFAULT 9223372036854775807;
ALTER TABLE issue_spans ADD COLUMN extended_due_at BIGINT NOT NULL DEFAULT 9223372036854775807;
ALTER TABLE issue_spans ADD COLUMN replied_at BIGINT NOT NULL DEFAULT 9223372036854775807;
ALTER TABLE issue_spans ADD COLUMN contact_due_at BIGINT NOT NULL DEFAULT 9223372036854775807;
ALTER TABLE issue_spans ADD COLUMN contacted_at BIGINT NOT NULL DEFAULT 9223372036854775807;
ALTER TABLE issue_spans ADD COLUMN closed_at BIGINT NOT NULL DEFAULT 9223372036854775807;
ALTER TABLE issue_spans ADD COLUMN workdays BIGINT;
CREATE INDEX issue_spans_by_enterprise ON issue_spans (enterprise_id, category_id, issue_id);
-- Stretches that were written before know nothing of it: the program plays the histories again and takes this away.
INSERT INTO settings (name, value) SELECT 'spans_outdated', 'yes' WHERE EXISTS (SELECT 1 FROM issues);
