-- Messages go to the people of an office.
CREATE INDEX users_by_area_role ON users (area_id, role);
-- All of one person's messages, read or not, the newest first.
CREATE INDEX messages_by_user_time ON messages (user_id, id);
