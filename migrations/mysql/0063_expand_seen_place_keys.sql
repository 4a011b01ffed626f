-- With which master key a tag was made, by the id of the key. Where that key is gone, a place cannot be told from others, and no mail says
-- that it is new; NULL: it is not known, as before.
ALTER TABLE seen_places ADD COLUMN key_id VARCHAR(16) CHARACTER SET ascii COLLATE ascii_bin;
