-- Each index takes another page of the write-ahead log with every row, so none is kept that another one begins with, and rows without a
-- value have no entry in those that are only searched for one.
DROP INDEX refresh_families_subject;
DROP INDEX audit_events_operator;
DROP INDEX audit_events_operated;
CREATE INDEX audit_events_operated ON audit_events (operator_id, at) WHERE operator_id IS NOT NULL;
DROP INDEX sessions_former_hash;
CREATE UNIQUE INDEX sessions_former_hash ON sessions (former_hash) WHERE former_hash IS NOT NULL;
DROP INDEX login_transactions_link_session;
CREATE INDEX login_transactions_link_session ON login_transactions (link_session) WHERE link_session IS NOT NULL;
DROP INDEX members_delete_at;
CREATE INDEX members_delete_at ON members (delete_at) WHERE delete_at IS NOT NULL;
DROP INDEX posts_expires_at;
CREATE INDEX posts_expires_at ON posts (expires_at) WHERE expires_at IS NOT NULL;
DROP INDEX posts_hidden_until;
CREATE INDEX posts_hidden_until ON posts (hidden_until) WHERE hidden_until IS NOT NULL;
