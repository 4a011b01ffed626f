-- The revocation feed is read by the moment at which rows were made, since numbers are not in order where several servers
-- give them out. Replicas of an older version read on from the highest number, and need no less than before.
CREATE INDEX revocations_not_before ON revocations (not_before);
