-- Following, posts and the news feed. People and posts have short keys of this part, since the feeds of all readers together are
-- by far the most rows: an entry is a number, a post's id of 16 bytes, and a number.
CREATE TABLE people (
    -- Never used again, so that what is left of an erased person is nobody's.
    no        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    -- NULL from the moment of an erasure on, while the rest is taken away.
    member_id TEXT,
    -- How many rows there are. They change in the transaction that changes the rows.
    followers INTEGER NOT NULL,
    following INTEGER NOT NULL,
    posts     INTEGER NOT NULL,
    -- When the newest post was written that is there; 0: none.
    last_post INTEGER NOT NULL,
    -- 1: so many followers that new posts are looked up by them instead of being written into each feed.
    loud      INTEGER NOT NULL,
    -- When they last looked at their feed, to a fraction of the time after which it is given up.
    seen_at   INTEGER NOT NULL,
    -- The oldest post of a feed that was cut. NULL: it was not.
    floor     BLOB,
    -- 'awake'; 'asleep' without a feed; 'waking' while it is made again; 'leaving' when erased.
    state     TEXT    NOT NULL
);
CREATE UNIQUE INDEX people_member_id ON people (member_id);
CREATE INDEX people_loud ON people (loud, followers);
CREATE INDEX people_state ON people (state, seen_at);

CREATE TABLE follows (
    follower INTEGER NOT NULL,
    followee INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    -- 0: posts are written into the follower's feed; 1: looked up when it is read; 2: neither, the follower is asleep.
    delivery INTEGER NOT NULL,
    PRIMARY KEY (follower, followee)
) WITHOUT ROWID;
CREATE INDEX follows_delivery ON follows (followee, delivery, follower);
CREATE INDEX follows_pull ON follows (follower, delivery, followee);
CREATE INDEX follows_following ON follows (follower, at, followee);
CREATE INDEX follows_followers ON follows (followee, at, follower);

CREATE TABLE blocks (
    blocker INTEGER NOT NULL,
    blocked INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (blocker, blocked)
) WITHOUT ROWID;
CREATE INDEX blocks_blocked ON blocks (blocked, blocker);
CREATE INDEX blocks_at ON blocks (blocker, at, blocked);

CREATE TABLE posts (
    -- Begins with the time at which it was written, in milliseconds.
    id            BLOB    NOT NULL PRIMARY KEY,
    author        INTEGER NOT NULL,
    body          TEXT    NOT NULL,
    -- 0: shown; 1: hidden by an operator; 2: deleted, and kept a day without its text so that a repeated request makes no other.
    state         INTEGER NOT NULL,
    -- Until when it is hidden. NULL: it is not, or for good.
    hidden_until  INTEGER,
    hidden_reason TEXT,
    -- What its author's program called the request.
    request_key   TEXT,
    -- When a deleted one goes.
    expires_at    INTEGER
);
CREATE INDEX posts_author ON posts (author, state, id);
CREATE UNIQUE INDEX posts_request_key ON posts (author, request_key);
CREATE INDEX posts_hidden_until ON posts (hidden_until);
CREATE INDEX posts_expires_at ON posts (expires_at);

CREATE TABLE post_reports (
    post       BLOB    NOT NULL,
    reporter   INTEGER NOT NULL,
    reason     TEXT    NOT NULL,
    note       TEXT    NOT NULL,
    at         INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (post, reporter)
);
CREATE INDEX post_reports_reporter ON post_reports (reporter, at);
CREATE INDEX post_reports_at ON post_reports (at);
CREATE INDEX post_reports_expires_at ON post_reports (expires_at);

-- What is in whose feed. Whether it is shown is decided when it is read.
CREATE TABLE feed_entries (
    reader INTEGER NOT NULL,
    post   BLOB    NOT NULL,
    author INTEGER NOT NULL,
    PRIMARY KEY (reader, post)
) WITHOUT ROWID;
