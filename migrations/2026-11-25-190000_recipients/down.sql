DROP INDEX messages_by_user_time;
DROP INDEX users_by_area_role;
