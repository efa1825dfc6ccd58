-- Where members who want so are told by e-mail what they have not seen.

CREATE TABLE mail_address (
    member BLOB NOT NULL PRIMARY KEY REFERENCES member (id) ON DELETE CASCADE,
    address TEXT NOT NULL CHECK (address <> ''),
    language TEXT NOT NULL,
    -- The hashes of the secrets in the links by which whoever reads there confirms it, and stops it.
    confirm_hash BLOB NOT NULL UNIQUE CHECK (length(confirm_hash) = 32),
    stop_hash BLOB NOT NULL UNIQUE CHECK (length(stop_hash) = 32),
    asked_at INTEGER NOT NULL,
    confirmed_at INTEGER,
    -- When the next message may be written: while a relay writes it, when it comes back from there. Null before whoever
    -- reads there has confirmed it.
    next_at INTEGER CHECK (next_at IS NULL OR confirmed_at IS NOT NULL)
) STRICT, WITHOUT ROWID;

CREATE INDEX mail_address_by_next ON mail_address (next_at) WHERE next_at IS NOT NULL;
