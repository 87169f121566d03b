-- What a company's area and category were before a change: figures of companies as of a past day. The first row of a
-- company counts for everything before it; a company that never changed has none.
CREATE TABLE enterprise_pasts (
    id INTEGER NOT NULL PRIMARY KEY,
    enterprise_id BIGINT NOT NULL REFERENCES enterprises (id),
    area_id BIGINT NOT NULL REFERENCES areas (id),
    above_scale TEXT NOT NULL,
    valid_from DATE NOT NULL,
    valid_until DATE NOT NULL
);
CREATE INDEX enterprise_pasts_by_enterprise ON enterprise_pasts (enterprise_id, valid_until);
