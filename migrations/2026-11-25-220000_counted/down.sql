DROP INDEX visits_counted;
DROP INDEX visits_counted_by_group;
DROP INDEX visits_counted_by_area;
DROP INDEX symposiums_counted;
DROP INDEX assignments_counted;
