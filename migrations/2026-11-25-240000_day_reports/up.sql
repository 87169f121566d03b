-- The whole city's report at the end of a day, counted once. It is good for as long as its basis is that of today: what
-- can change a figure of a past day without an event of that day.
CREATE TABLE day_reports (
    day DATE NOT NULL,
    what_by TEXT NOT NULL,
    basis TEXT NOT NULL,
    report TEXT NOT NULL,
    PRIMARY KEY (day, what_by)
);

-- What was closed in a period, and the few closures that ended.
CREATE INDEX issue_spans_closings ON issue_spans
    (from_at, closed_at, status, history, resolution, area_id, group_id, lead_unit_id, category_id) WHERE status = 'closed';
CREATE INDEX issue_spans_reopenings ON issue_spans (until_at) WHERE status = 'closed' AND until_at < 9223372036854775807;
CREATE INDEX issue_events_false ON issue_events (issue_id, happened_at) WHERE action = 'find_false';
