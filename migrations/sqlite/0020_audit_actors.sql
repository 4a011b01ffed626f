-- The audit log says who acted, beside the member whom a row is about: a member, an operator, a client or the system. Rows of
-- before get the actor that their kind implies; the default is right for most, which tell what members did.
ALTER TABLE audit_events ADD COLUMN actor TEXT NOT NULL DEFAULT 'member';
UPDATE audit_events SET actor = 'operator' WHERE kind = 'signed_out_by_operator';
-- A provider that called its webhook.
UPDATE audit_events SET actor = 'client' WHERE kind = 'provider_notice';
UPDATE audit_events SET actor = 'system' WHERE kind IN ('provider_unlink', 'account_erased');
-- A session whose own refresh token was found spent: no request caused it.
UPDATE audit_events SET actor = 'system'
    WHERE kind = 'token_reuse' AND member_id IS NOT NULL AND request_id = '' AND network = '';
