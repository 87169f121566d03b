DROP INDEX visits_counted;
DROP INDEX symposiums_counted;
DROP INDEX assignments_counted;
