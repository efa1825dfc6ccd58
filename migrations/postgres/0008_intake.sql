-- What residents ask by themselves, until a coordinator looked at it.

-- A way to ask: on a screen at the Startpunt, or by a link. Switched off it stays, for what still waits.
CREATE TABLE intake_form (
    id bytea NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    code bytea NOT NULL UNIQUE CHECK (octet_length(code) = 16),
    area bytea NOT NULL REFERENCES area (id),
    kind text NOT NULL,
    made_by bytea NOT NULL REFERENCES member (id),
    made_at bigint NOT NULL,
    closed_at bigint
);

-- What was asked. Who asks is sealed, under a key of its own.
CREATE TABLE intake (
    id bytea NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    form bytea NOT NULL REFERENCES intake_form (id),
    -- Null where the resident does not know, or it is of the whole area.
    street bytea REFERENCES area (id),
    theme text NOT NULL,
    ask text NOT NULL,
    day text,
    part text,
    urgency text NOT NULL,
    repeat text NOT NULL,
    -- What the resident consents to: purpose/recipient, with spaces between.
    consents text NOT NULL,
    received_at bigint NOT NULL,
    record_key bytea NOT NULL REFERENCES record_key (id),
    wrapped bytea NOT NULL,
    sealed bytea NOT NULL
);

CREATE INDEX intake_by_form ON intake (form);
CREATE INDEX intake_by_record_key ON intake (record_key);

-- What became of it, so that deciding twice is once. Of what was asked nothing is left.
CREATE TABLE intake_decision (
    id bytea NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    area bytea NOT NULL REFERENCES area (id),
    accepted boolean NOT NULL,
    request bytea CHECK (octet_length(request) = 16),
    member bytea NOT NULL REFERENCES member (id),
    decided_at bigint NOT NULL
);
