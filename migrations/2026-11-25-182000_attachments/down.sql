ALTER TABLE attachments DROP COLUMN void_actor;
ALTER TABLE attachments DROP COLUMN for_company;
ALTER TABLE attachments DROP COLUMN actor_id;
