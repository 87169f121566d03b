-- The code of the slip that an official printed last for a company, beside the code that it got itself.
CREATE TABLE slips (
    issue_id INTEGER NOT NULL PRIMARY KEY REFERENCES issues (id),
    code_hash BLOB NOT NULL UNIQUE,
    actor TEXT NOT NULL,
    printed_at BIGINT NOT NULL
);
