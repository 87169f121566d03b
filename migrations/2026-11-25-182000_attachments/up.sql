-- Who added a file (NULL: the company, with its query code), whether the company may see it, and who voided it.
ALTER TABLE attachments ADD COLUMN actor_id BIGINT REFERENCES users (id);
ALTER TABLE attachments ADD COLUMN for_company BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE attachments ADD COLUMN void_actor TEXT NOT NULL DEFAULT '';
