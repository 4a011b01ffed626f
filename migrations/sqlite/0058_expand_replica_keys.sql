-- With which master key a replica seals, by the id of the key. All is sealed again only while those that are there agree on it; NULL: it
-- does not tell, as the program before.
ALTER TABLE replicas ADD COLUMN newest_key TEXT;
