-- DPoP: tokens that only the holder of a key can use. Codes and token families know that key by its thumbprint, SHA-256 of the
-- public key. All that is here from before was given out without one.

-- NULL: to no key.
ALTER TABLE refresh_families ADD COLUMN dpop_key BLOB;
-- NULL: the authorization request named none.
ALTER TABLE authorization_codes ADD COLUMN dpop_key BLOB;

-- Proofs that came to the token endpoint. The primary key decides between requests with the same proof, at whichever replica.
CREATE TABLE dpop_proofs (
    -- SHA-256 of the key and the id that it gave the proof.
    id_hash    BLOB    NOT NULL PRIMARY KEY,
    -- From then on its age alone refuses it.
    expires_at INTEGER NOT NULL
);
CREATE INDEX dpop_proofs_expires_at ON dpop_proofs (expires_at);
