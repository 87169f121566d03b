-- Figures of one group or one unit look at its own stretches alone.
CREATE INDEX issue_spans_by_group ON issue_spans (group_id, until_at);
CREATE INDEX issue_spans_by_unit ON issue_spans (lead_unit_id, until_at);
