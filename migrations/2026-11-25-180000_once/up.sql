-- SHA-256 of the form that used the token: another form with the same token is not the same record. NULL: used before.
ALTER TABLE once_tokens ADD COLUMN form_hash BLOB;
