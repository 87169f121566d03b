DROP TABLE ledger_views;
