DROP TABLE enterprise_pasts;
