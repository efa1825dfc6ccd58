-- What residents ask by themselves, until a coordinator looked at it.

-- A way to ask: on a screen at the Startpunt, or by a link. Switched off it stays, for what still waits.
CREATE TABLE intake_form (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    code BLOB NOT NULL UNIQUE CHECK (length(code) = 16),
    area BLOB NOT NULL REFERENCES area (id),
    kind TEXT NOT NULL,
    made_by BLOB NOT NULL REFERENCES member (id),
    made_at INTEGER NOT NULL,
    closed_at INTEGER
) STRICT, WITHOUT ROWID;

-- What was asked. Who asks is sealed, under a key of its own.
CREATE TABLE intake (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    form BLOB NOT NULL REFERENCES intake_form (id),
    -- Null where the resident does not know, or it is of the whole area.
    street BLOB REFERENCES area (id),
    theme TEXT NOT NULL,
    ask TEXT NOT NULL,
    day TEXT,
    part TEXT,
    urgency TEXT NOT NULL,
    repeat TEXT NOT NULL,
    -- What the resident consents to: purpose/recipient, with spaces between.
    consents TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    record_key BLOB NOT NULL REFERENCES record_key (id),
    wrapped BLOB NOT NULL,
    sealed BLOB NOT NULL
) STRICT;

CREATE INDEX intake_by_form ON intake (form);
CREATE INDEX intake_by_record_key ON intake (record_key);

-- What became of it, so that deciding twice is once. Of what was asked nothing is left.
CREATE TABLE intake_decision (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    area BLOB NOT NULL REFERENCES area (id),
    accepted INTEGER NOT NULL CHECK (accepted IN (0, 1)),
    request BLOB CHECK (length(request) = 16),
    member BLOB NOT NULL REFERENCES member (id),
    decided_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
