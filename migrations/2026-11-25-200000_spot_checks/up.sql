-- One draw a month, never a second one: the head it was drawn by, and the list it was drawn from, a line an issue.
CREATE TABLE spot_draws (
    month DATE NOT NULL PRIMARY KEY,
    head BLOB NOT NULL,
    list TEXT NOT NULL,
    drawn_at BIGINT NOT NULL
);

-- Who was reached, and which account called.
ALTER TABLE spot_checks ADD COLUMN reached TEXT NOT NULL DEFAULT '';
ALTER TABLE spot_checks ADD COLUMN checker_id BIGINT REFERENCES users (id);
-- A month as a whole, and within one area.
CREATE INDEX spot_checks_by_month_id ON spot_checks (month, id);
CREATE INDEX spot_checks_by_month_area ON spot_checks (month, area_id, id);

-- Signs of false closure, each with the event that showed it. Derived: made anew from the events at any time.
CREATE TABLE signs (
    id INTEGER NOT NULL PRIMARY KEY,
    issue_id BIGINT NOT NULL REFERENCES issues (id),
    area_id BIGINT NOT NULL REFERENCES areas (id),
    event_id BIGINT NOT NULL REFERENCES issue_events (id),
    sign TEXT NOT NULL,
    other_issue_id BIGINT REFERENCES issues (id),
    reason TEXT NOT NULL,
    found_at BIGINT NOT NULL
);
CREATE INDEX signs_by_issue ON signs (issue_id, id);
CREATE INDEX signs_by_sign ON signs (sign, id);
CREATE INDEX signs_by_area ON signs (area_id, id);
CREATE INDEX signs_by_area_sign ON signs (area_id, sign, id);
CREATE INDEX signs_by_other ON signs (other_issue_id);

-- Fingerprints of replies: two that share a band are looked at side by side.
CREATE TABLE reply_bands (
    band BIGINT NOT NULL,
    event_id BIGINT NOT NULL REFERENCES issue_events (id),
    issue_id BIGINT NOT NULL REFERENCES issues (id),
    PRIMARY KEY (band, event_id)
) WITHOUT ROWID;
