DROP INDEX issue_units_by_limit;
