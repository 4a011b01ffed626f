-- With which sign-in method a grant of an app began. What lasts longer than its session belongs to none, so nothing else says that it ends
-- when its owner unlinks that method. NULL: the row is from before, or of the release before; then all that may have begun by the
-- method ends.
ALTER TABLE refresh_families ADD COLUMN sign_in_method VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
ALTER TABLE authorization_codes ADD COLUMN sign_in_method VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
ALTER TABLE device_codes ADD COLUMN sign_in_method VARCHAR(20) CHARACTER SET ascii COLLATE ascii_bin;
