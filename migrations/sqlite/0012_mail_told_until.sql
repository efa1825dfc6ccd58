-- Up to when news was written to an address; null before any was.

ALTER TABLE mail_address ADD COLUMN told_until INTEGER;
