DROP INDEX symposiums_by_replacement;
ALTER TABLE symposiums DROP COLUMN replaced_by_id;
DROP INDEX visits_by_replacement;
ALTER TABLE visits DROP COLUMN replaced_by_id;
