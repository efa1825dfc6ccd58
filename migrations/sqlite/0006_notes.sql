-- Notes: what the participants of a case write to each other about it, sealed, and who has seen how much of it.

CREATE TABLE note (
    street BLOB NOT NULL REFERENCES area (id),
    request BLOB NOT NULL CHECK (length(request) = 16),
    -- The order in which the relay heard them.
    n INTEGER NOT NULL CHECK (n >= 1),
    id BLOB NOT NULL CHECK (length(id) = 16),
    audience TEXT NOT NULL,
    member BLOB NOT NULL REFERENCES member (id),
    -- By the clock of the phone, and by the relay's.
    written_at INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    record_key BLOB NOT NULL REFERENCES record_key (id),
    wrapped BLOB NOT NULL,
    sealed BLOB NOT NULL,
    PRIMARY KEY (street, request, n),
    UNIQUE (street, request, id)
) STRICT;

CREATE INDEX note_by_member ON note (member);
CREATE INDEX note_by_record_key ON note (record_key);

-- Up to which note somebody has seen those for an audience.
CREATE TABLE note_seen (
    street BLOB NOT NULL REFERENCES area (id),
    request BLOB NOT NULL CHECK (length(request) = 16),
    member BLOB NOT NULL REFERENCES member (id),
    audience TEXT NOT NULL,
    n INTEGER NOT NULL CHECK (n >= 1),
    PRIMARY KEY (street, request, member, audience)
) STRICT, WITHOUT ROWID;
