-- Visits and symposiums are counted without a look at the rows themselves; the visits of a company, of a group or of an
-- area stand together by company, so that companies are counted once each without sorting.
CREATE INDEX visits_counted ON visits (enterprise_id, visited_on, group_id, area_id, recorded_at, voided_at);
CREATE INDEX visits_counted_by_group ON visits (group_id, enterprise_id, visited_on, recorded_at, voided_at);
CREATE INDEX visits_counted_by_area ON visits (area_id, enterprise_id, visited_on, recorded_at, voided_at);
CREATE INDEX symposiums_counted ON symposiums (held_on, group_id, area_id, recorded_at, voided_at);
CREATE INDEX assignments_counted ON assignments (enterprise_id, group_id, valid_from, valid_until);
