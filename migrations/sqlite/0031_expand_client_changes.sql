-- Serving programs ask every second whether the registered clients are still those that they know. To count them is to read a
-- hundred thousand rows; a number that each change raises is one.
CREATE TABLE client_changes (
    -- 'clients'.
    id     TEXT    NOT NULL PRIMARY KEY,
    -- Raised in the transaction of each change of a client or a secret.
    number INTEGER NOT NULL
);
