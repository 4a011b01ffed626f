-- What a sign-out of apps needs: the public keys that ID tokens were signed with, since apps send old ones as `id_token_hint`,
-- and which clients have a grant from a session, since they are told of its end.

-- Public keys that sign no more and are not in the JWKS any more: a token by them is a hint of who is meant, and opens nothing.
CREATE TABLE retired_keys (
    -- As in signing_keys.
    kid        TEXT    NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL,
    -- RSA: PKCS#1 in DER. P-256: the uncompressed point.
    public_key BLOB    NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX retired_keys_expires_at ON retired_keys (expires_at);

-- One row for each name under which a client knows a session.
CREATE TABLE session_clients (
    -- The browser session in which the member agreed; for a grant that no session ends, the `sid` again.
    session_id TEXT    NOT NULL,
    client_id  TEXT    NOT NULL,
    -- What the client's tokens say as `sid`: the session, or what is the grant's own.
    sid        TEXT    NOT NULL,
    -- The member.
    subject    TEXT    NOT NULL,
    -- The end of the longest grant.
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (session_id, client_id, sid)
);
CREATE INDEX session_clients_subject ON session_clients (subject);
CREATE INDEX session_clients_expires_at ON session_clients (expires_at);
