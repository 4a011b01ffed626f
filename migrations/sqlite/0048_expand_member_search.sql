-- Operators find members by the beginning of a nickname, in the order of nicknames, and by a contact address.
CREATE INDEX members_nickname ON members (nickname, id);
CREATE INDEX members_email ON members (email);
