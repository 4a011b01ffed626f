-- By what members name their account who signed up with a passkey and have no address: beside a recovery code, when the passkey is lost. It
-- is no secret, and it is random, so that nobody finds an account by a name.

CREATE TABLE account_codes (
    id CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    code CHAR(8) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    CONSTRAINT account_codes_member_fk FOREIGN KEY (id) REFERENCES members (id) ON DELETE CASCADE
) ENGINE = InnoDB;
CREATE UNIQUE INDEX account_codes_code ON account_codes (code);
