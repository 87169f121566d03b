-- The calendar and the deadline templates, each saved version whole: a limit is explained, and a history replayed, by
-- what was in force at the time.
CREATE TABLE rule_versions (
    id INTEGER NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    content TEXT NOT NULL,
    reason TEXT NOT NULL,
    actor_id BIGINT REFERENCES users (id),
    actor TEXT NOT NULL,
    saved_at BIGINT NOT NULL
);

-- Each unit has a clock of its own.
ALTER TABLE issue_units ADD COLUMN template TEXT NOT NULL DEFAULT '13710';
ALTER TABLE issue_units ADD COLUMN due_at BIGINT NOT NULL DEFAULT 9223372036854775807;
UPDATE issue_units SET due_at = (SELECT due_at FROM issues WHERE issues.id = issue_units.issue_id)
    WHERE active AND replied_at = 9223372036854775807;

-- What the ladder of supervision did about one limit: a reminder, a nudge, a notice, raising.
CREATE TABLE supervisions (
    id INTEGER NOT NULL PRIMARY KEY,
    issue_id BIGINT NOT NULL REFERENCES issues (id),
    stage TEXT NOT NULL,
    step_limit TEXT NOT NULL,
    step_due_at BIGINT NOT NULL,
    unit_id BIGINT REFERENCES units (id),
    office_area_id BIGINT NOT NULL REFERENCES areas (id),
    number TEXT NOT NULL,
    text TEXT NOT NULL,
    actor TEXT NOT NULL,
    given_at BIGINT NOT NULL
);
CREATE INDEX supervisions_by_issue ON supervisions (issue_id, step_due_at, stage);
CREATE INDEX supervisions_by_stage ON supervisions (stage, id);

-- A leader's instruction, followed until it is answered.
CREATE TABLE instructions (
    id INTEGER NOT NULL PRIMARY KEY,
    issue_id BIGINT NOT NULL REFERENCES issues (id),
    leader_id BIGINT NOT NULL REFERENCES users (id),
    leader TEXT NOT NULL,
    text TEXT NOT NULL,
    given_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    answer TEXT NOT NULL,
    answered_by TEXT NOT NULL,
    answered_at BIGINT NOT NULL
);
CREATE INDEX instructions_by_issue ON instructions (issue_id, id);
CREATE INDEX instructions_by_answer ON instructions (answered_at, due_at, id);
CREATE INDEX instructions_by_leader ON instructions (leader_id, id);

-- Which instance does a piece of the city's own work; others wait until the lease has run out.
CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    until_at BIGINT NOT NULL
);

-- One person's inbox: one message for one event.
CREATE TABLE messages (
    id INTEGER NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id),
    issue_id BIGINT NOT NULL REFERENCES issues (id),
    event_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    sent_at BIGINT NOT NULL,
    read_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX messages_by_event ON messages (event_id, user_id);
CREATE INDEX messages_by_user ON messages (user_id, read_at, id);
CREATE INDEX messages_by_user_issue ON messages (user_id, issue_id, id);

-- How a person wants to be told outside the application. Minutes of the day; equal ones mean no quiet hours.
CREATE TABLE message_settings (
    user_id INTEGER NOT NULL PRIMARY KEY REFERENCES users (id),
    email TEXT NOT NULL,
    by_email BOOLEAN NOT NULL,
    by_phone BOOLEAN NOT NULL,
    quiet_from BIGINT NOT NULL,
    quiet_until BIGINT NOT NULL
);

-- What goes out of the house, until it has arrived or was given up. idempotency_key is the Message-ID of an e-mail.
CREATE TABLE deliveries (
    id INTEGER NOT NULL PRIMARY KEY,
    message_id BIGINT NOT NULL REFERENCES messages (id),
    channel TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    text TEXT NOT NULL,
    idempotency_key TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL,
    tries BIGINT NOT NULL,
    next_try_at BIGINT NOT NULL,
    last_error TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL
);
CREATE INDEX deliveries_by_state ON deliveries (state, next_try_at, id);
CREATE INDEX deliveries_by_message ON deliveries (message_id);

-- Opens one step of one issue for one person, once.
CREATE TABLE step_links (
    key_hash BLOB NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id),
    issue_id BIGINT NOT NULL REFERENCES issues (id),
    action TEXT NOT NULL,
    made_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL
);
CREATE INDEX step_links_by_time ON step_links (expires_at);

-- Closed issues drawn for a call-back: by the month of their closure.
CREATE TABLE spot_checks (
    id INTEGER NOT NULL PRIMARY KEY,
    month DATE NOT NULL,
    issue_id BIGINT NOT NULL REFERENCES issues (id),
    area_id BIGINT NOT NULL REFERENCES areas (id),
    position BIGINT NOT NULL,
    reason TEXT NOT NULL,
    drawn_at BIGINT NOT NULL,
    result TEXT NOT NULL,
    note TEXT NOT NULL,
    checked_by TEXT NOT NULL,
    checked_at BIGINT NOT NULL
);
CREATE UNIQUE INDEX spot_checks_by_month ON spot_checks (month, position);
CREATE INDEX spot_checks_by_issue ON spot_checks (issue_id);
CREATE INDEX spot_checks_by_state ON spot_checks (checked_at, area_id, id);

-- One line a day over all hashes of events and audit rows of that day, sealed with a key outside the database.
CREATE TABLE seals (
    sealed_on DATE NOT NULL PRIMARY KEY,
    events BIGINT NOT NULL,
    audits BIGINT NOT NULL,
    head BLOB NOT NULL,
    mac BLOB NOT NULL,
    sealed_at BIGINT NOT NULL
);
