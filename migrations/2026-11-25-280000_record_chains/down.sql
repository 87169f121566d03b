ALTER TABLE seals DROP COLUMN records;
ALTER TABLE record_events DROP COLUMN hash;
ALTER TABLE record_events DROP COLUMN prev_hash;
ALTER TABLE record_events DROP COLUMN content;
