-- Who was told of a month's draw of spot checks: one message for one draw and person.
CREATE TABLE draw_messages (
    month DATE NOT NULL,
    user_id BIGINT NOT NULL REFERENCES users (id),
    text TEXT NOT NULL,
    sent_at BIGINT NOT NULL,
    read_at BIGINT NOT NULL,
    PRIMARY KEY (month, user_id)
);
CREATE INDEX draw_messages_by_user ON draw_messages (user_id, read_at);
-- Withdrawals and how far their call-backs have come.
CREATE INDEX issue_spans_withdrawals ON issue_spans (from_at, issue_id, until_at, area_id) WHERE status = 'withdrawn';
