-- Tokens: the keys that sign access tokens, the families of refresh tokens, the feed of revocations.
-- No foreign key leads out of these tables: the part that owns them stands below the one that owns members.

-- Keys that sign. Rows are only added and deleted, never changed but for re-sealing: when a key begins to sign stands
-- in its row, and it stops when the next one begins. So replicas need not agree on anything but the rows.
CREATE TABLE signing_keys (
    -- RFC 7638 thumbprint of the public key.
    kid VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    -- Counts up. Its uniqueness decides which of several replicas makes the next key.
    generation BIGINT NOT NULL,
    -- 'rsa-2048' or 'rsa-3072', which sign RS256, or 'p-256', which signs ES256.
    kind VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- The private key (PKCS#8), sealed with the key ring; all other columns are its associated data.
    sealed BLOB NOT NULL,
    published_at BIGINT NOT NULL,
    active_from BIGINT NOT NULL
) ENGINE = InnoDB;
CREATE UNIQUE INDEX signing_keys_generation ON signing_keys (generation);

-- One row for each sign-in of one client: a chain of refresh tokens of which only the last is good. A token has two
-- parts, one that stays the same in its family and one that is new at each turn; here lie only hashes. So any token
-- that the family ever gave out is recognised without a row for each.
CREATE TABLE refresh_families (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    -- The part that stays the same, hashed.
    handle_hash BINARY(32) NOT NULL,
    -- The member: `sub`.
    subject CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- `sid`.
    session_id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    client_id VARCHAR(100) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- What was granted. A turn may ask for less, never for more.
    scope VARCHAR(1000) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- The whole token that is good now, hashed.
    current_hash BINARY(32) NOT NULL,
    -- The one before it, by which a repeated request is told from theft. NULL before the first turn.
    previous_hash BINARY(32),
    -- The good token itself, sealed, for the answer to a repeated request. NULL before the first turn.
    successor BLOB,
    -- The last turn.
    rotated_at BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    -- The absolute end, from sign-in; never moves.
    expires_at BIGINT NOT NULL,
    -- The end if it is not used again; each turn moves it, but not beyond the absolute end.
    idle_at BIGINT NOT NULL,
    -- NULL while it lives.
    ended_at BIGINT,
    -- Why it ended, as a code; empty while it lives.
    end_reason VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL
) ENGINE = InnoDB;
CREATE UNIQUE INDEX refresh_families_handle_hash ON refresh_families (handle_hash);
CREATE INDEX refresh_families_session ON refresh_families (session_id);
CREATE INDEX refresh_families_subject ON refresh_families (subject);
CREATE INDEX refresh_families_idle_at ON refresh_families (idle_at);

-- What is no longer good although its signature is. Each replica reads on from the last number it saw, and looks back
-- a little, since numbers are given before rows are committed.
CREATE TABLE revocations (
    -- Never given twice, so that a deleted row's number cannot hide a new one.
    number BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
    -- 'member', 'session' or 'family'.
    kind VARCHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- The id of that.
    target CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    -- Of a member, tokens made before this moment are refused; of a session or family, all.
    not_before BIGINT NOT NULL,
    -- When the last token that it can concern is gone.
    expires_at BIGINT NOT NULL
) ENGINE = InnoDB;
CREATE INDEX revocations_target ON revocations (target);
CREATE INDEX revocations_expires_at ON revocations (expires_at);
