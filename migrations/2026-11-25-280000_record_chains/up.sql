-- Each line of a record's history keeps the hash of what the record was after it and is chained to the line before;
-- seals close these lines too. NULL: a seal of the time before.
ALTER TABLE record_events ADD COLUMN content BLOB NOT NULL DEFAULT '';
ALTER TABLE record_events ADD COLUMN prev_hash BLOB NOT NULL DEFAULT '';
ALTER TABLE record_events ADD COLUMN hash BLOB NOT NULL DEFAULT '';
ALTER TABLE seals ADD COLUMN records BIGINT;
