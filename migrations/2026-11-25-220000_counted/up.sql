-- Visits and symposiums are counted without a look at the rows themselves; a company's visits stand together, so that
-- companies are counted once each without sorting.
CREATE INDEX visits_counted ON visits (enterprise_id, visited_on, group_id, area_id, recorded_at, voided_at);
CREATE INDEX symposiums_counted ON symposiums (held_on, group_id, area_id, recorded_at, voided_at);
CREATE INDEX assignments_counted ON assignments (enterprise_id, group_id, valid_from, valid_until);
