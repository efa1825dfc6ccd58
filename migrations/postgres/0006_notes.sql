-- Notes: what the participants of a case write to each other about it, sealed, and who has seen how much of it.

CREATE TABLE note (
    street bytea NOT NULL REFERENCES area (id),
    request bytea NOT NULL CHECK (octet_length(request) = 16),
    -- The order in which the relay heard them.
    n bigint NOT NULL CHECK (n >= 1),
    id bytea NOT NULL CHECK (octet_length(id) = 16),
    audience text NOT NULL,
    member bytea NOT NULL REFERENCES member (id),
    -- By the clock of the phone, and by the relay's.
    written_at bigint NOT NULL,
    received_at bigint NOT NULL,
    record_key bytea NOT NULL REFERENCES record_key (id),
    wrapped bytea NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (street, request, n),
    UNIQUE (street, request, id)
);

CREATE INDEX note_by_member ON note (member);
CREATE INDEX note_by_record_key ON note (record_key);

-- Up to which note somebody has seen those for an audience.
CREATE TABLE note_seen (
    street bytea NOT NULL REFERENCES area (id),
    request bytea NOT NULL CHECK (octet_length(request) = 16),
    member bytea NOT NULL REFERENCES member (id),
    audience text NOT NULL,
    n bigint NOT NULL CHECK (n >= 1),
    PRIMARY KEY (street, request, member, audience)
);
