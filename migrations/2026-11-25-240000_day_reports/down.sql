DROP INDEX issue_spans_reopenings;
DROP INDEX issue_spans_closings;
DROP TABLE day_reports;
