-- DPoP: tokens that only the holder of a key can use. Codes and token families know that key by its thumbprint, SHA-256 of the
-- public key. All that is here from before was given out without one.

-- NULL: to no key.
ALTER TABLE refresh_families ADD COLUMN dpop_key BINARY(32);
-- NULL: the authorization request named none.
ALTER TABLE authorization_codes ADD COLUMN dpop_key BINARY(32);
