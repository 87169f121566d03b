-- Times are BIGINT microseconds since 1970 UTC, dates are DATE, words of an enumeration are TEXT.
-- INTEGER NOT NULL PRIMARY KEY, BLOB and WITHOUT ROWID are SQLite's words; src/db/migrate.rs reads them for PostgreSQL.

CREATE TABLE settings (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE areas (
    id INTEGER NOT NULL PRIMARY KEY,
    parent_id BIGINT REFERENCES areas (id),
    name TEXT NOT NULL,
    short_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    gb_code TEXT,
    number_code TEXT NOT NULL,
    position BIGINT NOT NULL,
    valid_from DATE NOT NULL,
    valid_until DATE
);
CREATE INDEX areas_by_parent ON areas (parent_id);

CREATE TABLE units (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    area_id BIGINT NOT NULL REFERENCES areas (id),
    valid_from DATE NOT NULL,
    valid_until DATE,
    version BIGINT NOT NULL
);
CREATE INDEX units_by_area ON units (area_id);

CREATE TABLE groups (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    level TEXT NOT NULL,
    area_id BIGINT NOT NULL REFERENCES areas (id),
    lead_unit_id BIGINT REFERENCES units (id),
    valid_from DATE NOT NULL,
    valid_until DATE,
    version BIGINT NOT NULL
);
CREATE INDEX groups_by_area ON groups (area_id);

CREATE TABLE categories (
    id INTEGER NOT NULL PRIMARY KEY,
    parent_id BIGINT REFERENCES categories (id),
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    word TEXT NOT NULL,
    default_lead_unit TEXT NOT NULL,
    valid_until DATE
);

CREATE TABLE enterprises (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    usci TEXT UNIQUE,
    area_id BIGINT NOT NULL REFERENCES areas (id),
    township TEXT NOT NULL,
    park TEXT NOT NULL,
    industry TEXT NOT NULL,
    above_scale TEXT NOT NULL,
    above_scale_year BIGINT,
    size TEXT NOT NULL,
    tags TEXT NOT NULL,
    contact_name TEXT NOT NULL,
    contact_phone TEXT NOT NULL,
    standing TEXT NOT NULL,
    quiet_from DATE,
    quiet_until DATE,
    valid_from DATE NOT NULL,
    valid_until DATE,
    version BIGINT NOT NULL
);
CREATE INDEX enterprises_by_area ON enterprises (area_id, id);
CREATE INDEX enterprises_by_name ON enterprises (name);

CREATE TABLE enterprise_terms (
    term BIGINT NOT NULL,
    doc BIGINT NOT NULL,
    PRIMARY KEY (term, doc)
) WITHOUT ROWID;

-- One row a person. A role is given by secadmin; until then the account can do nothing.
CREATE TABLE users (
    id INTEGER NOT NULL PRIMARY KEY,
    account TEXT NOT NULL UNIQUE,
    phone TEXT UNIQUE,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    must_change_password BOOLEAN NOT NULL,
    role TEXT,
    area_id BIGINT REFERENCES areas (id),
    group_id BIGINT REFERENCES groups (id),
    unit_id BIGINT REFERENCES units (id),
    enterprise_id BIGINT REFERENCES enterprises (id),
    failures BIGINT NOT NULL,
    locked_until BIGINT NOT NULL,
    disabled BOOLEAN NOT NULL,
    valid_from DATE NOT NULL,
    valid_until DATE,
    version BIGINT NOT NULL
);
CREATE INDEX users_by_group ON users (group_id);
CREATE INDEX users_by_unit ON users (unit_id);
CREATE INDEX users_by_enterprise ON users (enterprise_id);

CREATE TABLE sessions (
    key_hash BLOB NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id),
    created_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_user ON sessions (user_id);

-- What was tried how often in which window; the key is a hash of who and what.
CREATE TABLE rate_limits (
    name TEXT NOT NULL PRIMARY KEY,
    window_started_at BIGINT NOT NULL,
    count BIGINT NOT NULL
);

-- A form that was sent twice makes one record: the token of the form and where its record is.
CREATE TABLE once_tokens (
    token TEXT NOT NULL PRIMARY KEY,
    location TEXT NOT NULL,
    used_at BIGINT NOT NULL
);
CREATE INDEX once_tokens_by_time ON once_tokens (used_at);

CREATE TABLE audit_events (
    id INTEGER NOT NULL PRIMARY KEY,
    actor_key TEXT NOT NULL,
    actor_id BIGINT REFERENCES users (id),
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    detail TEXT NOT NULL,
    address TEXT NOT NULL,
    happened_at BIGINT NOT NULL,
    prev_hash BLOB NOT NULL,
    hash BLOB NOT NULL
);
CREATE INDEX audit_events_by_actor ON audit_events (actor_key, id);

-- History of the records other than issues: who changed what, as words.
CREATE TABLE record_events (
    id INTEGER NOT NULL PRIMARY KEY,
    record TEXT NOT NULL,
    record_id BIGINT NOT NULL,
    actor_id BIGINT REFERENCES users (id),
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    detail TEXT NOT NULL,
    happened_at BIGINT NOT NULL
);
CREATE INDEX record_events_by_record ON record_events (record, record_id, id);

CREATE TABLE assignments (
    id INTEGER NOT NULL PRIMARY KEY,
    enterprise_id BIGINT NOT NULL REFERENCES enterprises (id),
    cadre_id BIGINT NOT NULL REFERENCES users (id),
    group_id BIGINT NOT NULL REFERENCES groups (id),
    leader TEXT NOT NULL,
    valid_from DATE NOT NULL,
    valid_until DATE
);
CREATE INDEX assignments_by_enterprise ON assignments (enterprise_id);
CREATE INDEX assignments_by_cadre ON assignments (cadre_id);
CREATE INDEX assignments_by_group ON assignments (group_id);

CREATE TABLE visits (
    id INTEGER NOT NULL PRIMARY KEY,
    enterprise_id BIGINT NOT NULL REFERENCES enterprises (id),
    cadre_id BIGINT NOT NULL REFERENCES users (id),
    group_id BIGINT REFERENCES groups (id),
    area_id BIGINT NOT NULL REFERENCES areas (id),
    visited_on DATE NOT NULL,
    manner TEXT NOT NULL,
    companions TEXT NOT NULL,
    note TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    voided_at BIGINT NOT NULL,
    void_reason TEXT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX visits_by_enterprise ON visits (enterprise_id, id);
CREATE INDEX visits_by_cadre ON visits (cadre_id, id);
CREATE INDEX visits_by_group ON visits (group_id, id);
CREATE INDEX visits_by_area ON visits (area_id, id);

CREATE TABLE symposiums (
    id INTEGER NOT NULL PRIMARY KEY,
    topic TEXT NOT NULL,
    group_id BIGINT REFERENCES groups (id),
    area_id BIGINT NOT NULL REFERENCES areas (id),
    host_id BIGINT NOT NULL REFERENCES users (id),
    held_on DATE NOT NULL,
    place TEXT NOT NULL,
    note TEXT NOT NULL,
    recorded_at BIGINT NOT NULL,
    voided_at BIGINT NOT NULL,
    void_reason TEXT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX symposiums_by_group ON symposiums (group_id, id);
CREATE INDEX symposiums_by_area ON symposiums (area_id, id);

CREATE TABLE symposium_enterprises (
    symposium_id BIGINT NOT NULL REFERENCES symposiums (id),
    enterprise_id BIGINT NOT NULL REFERENCES enterprises (id),
    PRIMARY KEY (symposium_id, enterprise_id)
) WITHOUT ROWID;
CREATE INDEX symposium_enterprises_by_enterprise ON symposium_enterprises (enterprise_id, symposium_id);

-- Last number given out by area and year; numbers are never used again.
CREATE TABLE issue_numbers (
    area_code TEXT NOT NULL,
    year BIGINT NOT NULL,
    last BIGINT NOT NULL,
    PRIMARY KEY (area_code, year)
) WITHOUT ROWID;

-- What lists show, filter and sort by. Texts and the rarer facts are in issue_details.
CREATE TABLE issues (
    id INTEGER NOT NULL PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    version BIGINT NOT NULL,
    title TEXT NOT NULL,
    status TEXT NOT NULL,
    enterprise_id BIGINT REFERENCES enterprises (id),
    enterprise_name TEXT NOT NULL,
    area_id BIGINT NOT NULL REFERENCES areas (id),
    group_id BIGINT REFERENCES groups (id),
    collector_id BIGINT REFERENCES users (id),
    channel TEXT NOT NULL,
    category_id BIGINT REFERENCES categories (id),
    complexity TEXT,
    level TEXT NOT NULL,
    urgency TEXT NOT NULL,
    office_area_id BIGINT NOT NULL REFERENCES areas (id),
    lead_unit_id BIGINT REFERENCES units (id),
    handler_id BIGINT REFERENCES users (id),
    request TEXT NOT NULL,
    resolution TEXT,
    answer TEXT,
    rating TEXT,
    round BIGINT NOT NULL,
    main_issue_id BIGINT REFERENCES issues (id),
    history BOOLEAN NOT NULL,
    submitted_at BIGINT NOT NULL,
    registered_at BIGINT NOT NULL,
    closed_at BIGINT NOT NULL,
    due_at BIGINT NOT NULL,
    step_limit TEXT NOT NULL,
    step_due_at BIGINT NOT NULL
);
CREATE INDEX issues_by_status ON issues (status, id);
CREATE INDEX issues_by_status_due ON issues (status, step_due_at, id);
CREATE INDEX issues_by_area ON issues (area_id, id);
CREATE INDEX issues_by_area_status ON issues (area_id, status, id);
CREATE INDEX issues_by_area_due ON issues (area_id, step_due_at, id);
CREATE INDEX issues_by_office_status ON issues (office_area_id, status, step_due_at);
CREATE INDEX issues_by_request ON issues (request, office_area_id);
CREATE INDEX issues_by_group ON issues (group_id, id);
CREATE INDEX issues_by_unit ON issues (lead_unit_id, id);
CREATE INDEX issues_by_enterprise ON issues (enterprise_id, id);
CREATE INDEX issues_by_category ON issues (category_id, id);
CREATE INDEX issues_by_collector ON issues (collector_id, id);
CREATE INDEX issues_by_channel ON issues (channel, id);
CREATE INDEX issues_by_step_due ON issues (step_due_at, id);
CREATE INDEX issues_by_due ON issues (due_at, id);
CREATE INDEX issues_by_main ON issues (main_issue_id);

CREATE TABLE issue_details (
    issue_id INTEGER NOT NULL PRIMARY KEY REFERENCES issues (id),
    description TEXT NOT NULL,
    demand TEXT NOT NULL,
    contact_name TEXT NOT NULL,
    contact_phone TEXT NOT NULL,
    code_hash BLOB,
    visit_id BIGINT REFERENCES visits (id),
    symposium_id BIGINT REFERENCES symposiums (id),
    source TEXT,
    external_no TEXT,
    requirement TEXT NOT NULL,
    responsible_leader TEXT NOT NULL,
    original_due_at BIGINT NOT NULL,
    dispatched_at BIGINT NOT NULL,
    signed_at BIGINT NOT NULL,
    contacted_at BIGINT NOT NULL,
    progressed_at BIGINT NOT NULL,
    paused_at BIGINT NOT NULL,
    paused_days BIGINT NOT NULL,
    replied_at BIGINT NOT NULL,
    approved_at BIGINT NOT NULL,
    reviewer_id BIGINT REFERENCES users (id),
    extended_days BIGINT NOT NULL,
    vain_rounds BIGINT NOT NULL,
    merged_from TEXT,
    coerced BOOLEAN NOT NULL,
    appealed BOOLEAN NOT NULL,
    attitude TEXT,
    words TEXT NOT NULL,
    progress TEXT NOT NULL,
    measures TEXT NOT NULL,
    remark TEXT NOT NULL
);
CREATE UNIQUE INDEX issue_details_by_source ON issue_details (source, external_no);
CREATE UNIQUE INDEX issue_details_by_code ON issue_details (code_hash);
CREATE INDEX issue_details_by_visit ON issue_details (visit_id);
CREATE INDEX issue_details_by_symposium ON issue_details (symposium_id);

-- Units an issue was given to. active is false once it was taken away again.
CREATE TABLE issue_units (
    id INTEGER NOT NULL PRIMARY KEY,
    issue_id BIGINT NOT NULL REFERENCES issues (id),
    unit_id BIGINT NOT NULL REFERENCES units (id),
    part TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    return_refused BOOLEAN NOT NULL,
    handler_id BIGINT REFERENCES users (id),
    reply TEXT NOT NULL,
    replied_at BIGINT NOT NULL,
    given_at BIGINT NOT NULL
);
CREATE INDEX issue_units_by_issue ON issue_units (issue_id, unit_id);
CREATE INDEX issue_units_by_unit ON issue_units (unit_id, active, issue_id);

-- Every step, never changed. data is the step as JSON; hash covers the row and prev_hash, the row before it.
CREATE TABLE issue_events (
    id INTEGER NOT NULL PRIMARY KEY,
    issue_id BIGINT NOT NULL REFERENCES issues (id),
    seq BIGINT NOT NULL,
    action TEXT NOT NULL,
    from_status TEXT,
    to_status TEXT NOT NULL,
    actor_id BIGINT REFERENCES users (id),
    actor TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    data TEXT NOT NULL,
    happened_at BIGINT NOT NULL,
    prev_hash BLOB NOT NULL,
    hash BLOB NOT NULL
);
CREATE UNIQUE INDEX issue_events_by_issue ON issue_events (issue_id, seq);

-- Stretches of time in which all that figures count of an issue stayed the same; written with the event that ends one
-- and begins the next. The moment T is the rows with from_at <= T < until_at.
CREATE TABLE issue_spans (
    until_at BIGINT NOT NULL,
    issue_id BIGINT NOT NULL REFERENCES issues (id),
    from_at BIGINT NOT NULL,
    registered_at BIGINT NOT NULL,
    area_id BIGINT NOT NULL REFERENCES areas (id),
    group_id BIGINT REFERENCES groups (id),
    lead_unit_id BIGINT REFERENCES units (id),
    category_id BIGINT REFERENCES categories (id),
    status TEXT NOT NULL,
    resolution TEXT,
    answer TEXT,
    rating TEXT,
    overdue_at BIGINT NOT NULL,
    history BOOLEAN NOT NULL,
    PRIMARY KEY (until_at, issue_id, from_at)
) WITHOUT ROWID;
CREATE INDEX issue_spans_by_issue ON issue_spans (issue_id, until_at);

CREATE TABLE issue_terms (
    term BIGINT NOT NULL,
    doc BIGINT NOT NULL,
    PRIMARY KEY (term, doc)
) WITHOUT ROWID;

-- Files are on disk under their content hash; this row says what they are called and whose they are.
CREATE TABLE attachments (
    id INTEGER NOT NULL PRIMARY KEY,
    issue_id BIGINT NOT NULL REFERENCES issues (id),
    name TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    content_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    actor TEXT NOT NULL,
    added_at BIGINT NOT NULL,
    voided_at BIGINT NOT NULL,
    void_reason TEXT NOT NULL
);
CREATE INDEX attachments_by_issue ON attachments (issue_id, id);

CREATE TABLE saved_filters (
    id INTEGER NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    query TEXT NOT NULL
);
CREATE INDEX saved_filters_by_user ON saved_filters (user_id);

CREATE TABLE feedback (
    id INTEGER NOT NULL PRIMARY KEY,
    user_id BIGINT REFERENCES users (id),
    contact TEXT NOT NULL,
    page TEXT NOT NULL,
    text TEXT NOT NULL,
    sent_at BIGINT NOT NULL,
    read_at BIGINT NOT NULL
);

CREATE TABLE imports (
    id INTEGER NOT NULL PRIMARY KEY,
    user_id BIGINT NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL,
    file_name TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    mapping TEXT NOT NULL,
    state TEXT NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    summary TEXT NOT NULL,
    bad_rows_hash TEXT,
    started_at BIGINT NOT NULL,
    ended_at BIGINT NOT NULL
);
CREATE INDEX imports_by_user ON imports (user_id, id);
