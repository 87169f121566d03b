-- Which columns of the ledger a person sees, and how close its rows stand. Without a row: as the ledger comes.
CREATE TABLE ledger_views (
    user_id INTEGER NOT NULL PRIMARY KEY REFERENCES users (id),
    heads TEXT NOT NULL,
    loose BOOLEAN NOT NULL
);
