DROP INDEX issue_spans_withdrawals;
DROP TABLE draw_messages;
