DROP INDEX issue_spans_by_unit;
DROP INDEX issue_spans_by_group;
