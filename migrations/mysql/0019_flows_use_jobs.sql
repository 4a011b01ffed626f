-- Mails, grants that are to be ended at their provider, and requests that are done after their answer become jobs of the one
-- queue; their tables go. Every row is moved with its id, its attempts and its times, so nothing that waits is lost and nothing
-- that was sent is sent again. Sealed values stay as they are: the queue opens them under the names they were sealed for.
-- An older program that still runs finds its tables gone and is refused, rather than writing where nobody looks.

-- 'sent' and 'failed' stay for as long as they were to be kept: their keys keep out a second mail.
INSERT INTO jobs (id, kind, idempotency_key, owner, payload, sealed, state, attempts, created_at, due_at, expires_at)
SELECT id, 'mail', occasion, recipient, JSON_OBJECT('language', language, 'template', kind), sealed,
    CASE state WHEN 'sent' THEN 'done' WHEN 'failed' THEN 'dead' ELSE 'waiting' END,
    attempts, created_at, due_at, keep_until
FROM outgoing_mails;
DROP TABLE outgoing_mails;

-- There is one job for each person at a provider now. Where several waited, the newest stands for all: a provider that ends one
-- grant of a person ends all that we have of them.
INSERT INTO jobs (id, kind, idempotency_key, owner, payload, sealed, state, attempts, created_at, due_at, expires_at)
SELECT id, 'provider-unlink', CONCAT(provider, '/', subject), member_id, JSON_OBJECT('provider', provider, 'subject', subject), grant_sealed,
    'waiting', attempts, created_at, due_at, NULL
FROM provider_unlinks u
WHERE NOT EXISTS (SELECT 1 FROM provider_unlinks newer
    WHERE newer.provider = u.provider AND newer.subject = u.subject AND newer.id > u.id);
DROP TABLE provider_unlinks;

-- Eight attempts were the last: what was parked is dead.
INSERT INTO jobs (id, kind, idempotency_key, owner, payload, sealed, state, attempts, created_at, due_at, expires_at)
SELECT id, 'answered-request', NULL, NULL, '', CASE WHEN attempts < 8 THEN sealed ELSE NULL END,
    CASE WHEN attempts < 8 THEN 'waiting' ELSE 'dead' END, attempts, created_at, due_at, expires_at
FROM answered_requests;
DROP TABLE answered_requests;
