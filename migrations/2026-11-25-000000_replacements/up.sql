-- A record whose counted facts were corrected is void and names the one that counts instead.
ALTER TABLE visits ADD COLUMN replaced_by_id BIGINT REFERENCES visits (id);
CREATE INDEX visits_by_replacement ON visits (replaced_by_id);
ALTER TABLE symposiums ADD COLUMN replaced_by_id BIGINT REFERENCES symposiums (id);
CREATE INDEX symposiums_by_replacement ON symposiums (replaced_by_id);
