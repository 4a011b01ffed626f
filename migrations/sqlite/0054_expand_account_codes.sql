-- By what members name their account who signed up with a passkey and have no address: beside a recovery code, when the passkey is lost. It
-- is no secret, and it is random, so that nobody finds an account by a name.

CREATE TABLE account_codes (
    id TEXT NOT NULL PRIMARY KEY REFERENCES members (id) ON DELETE CASCADE,
    code TEXT NOT NULL
);
CREATE UNIQUE INDEX account_codes_code ON account_codes (code);
