DROP INDEX issue_events_false;
DROP INDEX issue_spans_reopenings;
DROP INDEX issue_spans_closings;
DROP TABLE day_reports;
