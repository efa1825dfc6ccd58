-- Where members who want so are told by e-mail what they have not seen.

CREATE TABLE mail_address (
    member bytea NOT NULL PRIMARY KEY REFERENCES member (id) ON DELETE CASCADE,
    address text NOT NULL CHECK (address <> ''),
    language text NOT NULL,
    -- The hashes of the secrets in the links by which whoever reads there confirms it, and stops it.
    confirm_hash bytea NOT NULL UNIQUE CHECK (octet_length(confirm_hash) = 32),
    stop_hash bytea NOT NULL UNIQUE CHECK (octet_length(stop_hash) = 32),
    asked_at bigint NOT NULL,
    confirmed_at bigint,
    -- When the next message may be written: while a relay writes it, when it comes back from there. Null before whoever
    -- reads there has confirmed it.
    next_at bigint CHECK (next_at IS NULL OR confirmed_at IS NOT NULL)
);

CREATE INDEX mail_address_by_next ON mail_address (next_at) WHERE next_at IS NOT NULL;
