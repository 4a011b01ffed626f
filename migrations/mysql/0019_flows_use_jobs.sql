-- Mails, grants that are to be ended at their provider, and requests that are done after their answer become jobs of the one
-- queue; their tables go. Every row is moved with its id, its attempts and its times. Sealed values stay as they are: the queue
-- opens them under the names they were sealed for.
-- An older program that still runs must not write where nobody looks: a table is renamed before it is read, which waits for
-- transactions that use it, and refuses what comes later. So nothing that waits is lost. What an older program was sending at
-- that moment may be sent twice.

-- 'sent' and 'failed' stay for as long as they were to be kept: their keys keep out a second mail.
RENAME TABLE outgoing_mails TO moved_outgoing_mails;
INSERT INTO jobs (id, kind, idempotency_key, owner, payload, sealed, state, attempts, created_at, due_at, expires_at)
SELECT id, 'mail', occasion, recipient, JSON_OBJECT('language', language, 'template', kind), sealed,
    CASE state WHEN 'sent' THEN 'done' WHEN 'failed' THEN 'dead' ELSE 'waiting' END,
    attempts, created_at, due_at, keep_until
FROM moved_outgoing_mails;
DROP TABLE moved_outgoing_mails;

-- There is one job for each person at a provider now. Where several waited, the newest stands for all: a provider that ends one
-- grant of a person ends all that we have of them.
RENAME TABLE provider_unlinks TO moved_provider_unlinks;
INSERT INTO jobs (id, kind, idempotency_key, owner, payload, sealed, state, attempts, created_at, due_at, expires_at)
SELECT id, 'provider-unlink', CONCAT(provider, '/', subject), member_id, JSON_OBJECT('provider', provider, 'subject', subject), grant_sealed,
    'waiting', attempts, created_at, due_at, NULL
FROM moved_provider_unlinks u
WHERE NOT EXISTS (SELECT 1 FROM moved_provider_unlinks newer
    WHERE newer.provider = u.provider AND newer.subject = u.subject AND newer.id > u.id);
DROP TABLE moved_provider_unlinks;

-- Eight attempts were the last: what was parked is dead.
RENAME TABLE answered_requests TO moved_answered_requests;
INSERT INTO jobs (id, kind, idempotency_key, owner, payload, sealed, state, attempts, created_at, due_at, expires_at)
SELECT id, 'answered-request', NULL, NULL, '', CASE WHEN attempts < 8 THEN sealed ELSE NULL END,
    CASE WHEN attempts < 8 THEN 'waiting' ELSE 'dead' END, attempts, created_at, due_at, expires_at
FROM moved_answered_requests;
DROP TABLE moved_answered_requests;
