ALTER TABLE once_tokens DROP COLUMN form_hash;
