DROP TABLE reply_bands;
DROP TABLE signs;
DROP INDEX spot_checks_by_month_area;
DROP INDEX spot_checks_by_month_id;
ALTER TABLE spot_checks DROP COLUMN checker_id;
ALTER TABLE spot_checks DROP COLUMN reached;
DROP TABLE spot_draws;
