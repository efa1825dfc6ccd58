-- Cases: what is known of a resident, sealed; consent; work that was refused; erasure and retention.

-- Record keys by identifier. The keys themselves are never in the database.
CREATE TABLE record_key (
    id bytea NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    known_at bigint NOT NULL
);

-- An uncompressed P-256 point, to which cards are sealed for this device.
ALTER TABLE device ADD COLUMN sealing_key bytea;

-- A request is known by its street and its identifier: whoever writes the same identifier on another street's board
-- has nothing to do with this one.
CREATE TABLE card (
    street bytea NOT NULL REFERENCES area (id),
    request bytea NOT NULL CHECK (octet_length(request) = 16),
    sealed bytea NOT NULL,
    member bytea NOT NULL REFERENCES member (id),
    written_at bigint NOT NULL,
    PRIMARY KEY (street, request)
);

-- Apart from the card: without this row it is noise.
CREATE TABLE card_key (
    street bytea NOT NULL,
    request bytea NOT NULL,
    record_key bytea NOT NULL REFERENCES record_key (id),
    wrapped bytea NOT NULL,
    PRIMARY KEY (street, request),
    FOREIGN KEY (street, request) REFERENCES card (street, request)
);

CREATE INDEX card_key_by_record_key ON card_key (record_key);

-- What a resident said, in the order in which the relay heard it.
CREATE TABLE consent (
    street bytea NOT NULL REFERENCES area (id),
    request bytea NOT NULL CHECK (octet_length(request) = 16),
    n bigint NOT NULL CHECK (n >= 1),
    id bytea NOT NULL CHECK (octet_length(id) = 16),
    purpose text NOT NULL,
    recipient text NOT NULL,
    given boolean NOT NULL,
    how text NOT NULL,
    said_at bigint NOT NULL,
    after bigint NOT NULL,
    member bytea NOT NULL REFERENCES member (id),
    PRIMARY KEY (street, request, n),
    UNIQUE (street, request, id)
);

-- Changes that the gate refused, sealed.
CREATE TABLE refused (
    id bytea NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    street bytea NOT NULL REFERENCES area (id),
    member bytea NOT NULL REFERENCES member (id),
    device bytea NOT NULL REFERENCES device (id),
    reason text NOT NULL,
    refused_at bigint NOT NULL,
    bytes bigint NOT NULL,
    record_key bytea NOT NULL REFERENCES record_key (id),
    wrapped bytea NOT NULL,
    sealed bytea NOT NULL,
    UNIQUE (device, hash)
);

CREATE INDEX refused_by_street ON refused (street, refused_at);
CREATE INDEX refused_by_record_key ON refused (record_key);

-- Which requests it was about, as far as the relay could tell.
CREATE TABLE refused_request (
    refused bytea NOT NULL REFERENCES refused (id) ON DELETE CASCADE,
    request bytea NOT NULL CHECK (octet_length(request) = 16),
    PRIMARY KEY (refused, request)
);

-- Something was erased; each device that may hold something of it says when it holds nothing any more.
CREATE TABLE erasure (
    id bytea NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    kind text NOT NULL,
    subject bytea NOT NULL CHECK (octet_length(subject) = 16),
    area bytea REFERENCES area (id),
    -- Null is the relay itself, when its time had come.
    member bytea REFERENCES member (id),
    asked_at bigint NOT NULL,
    done_at bigint
);

CREATE INDEX erasure_by_subject ON erasure (subject);

CREATE TABLE erasure_device (
    erasure bytea NOT NULL REFERENCES erasure (id),
    device bytea NOT NULL REFERENCES device (id),
    confirmed_at bigint,
    PRIMARY KEY (erasure, device)
);

CREATE INDEX erasure_device_by_device ON erasure_device (device);

-- How many days things are kept; what is not here has the usual number.
CREATE TABLE retention (
    what text NOT NULL PRIMARY KEY,
    days bigint NOT NULL CHECK (days >= 1)
);

-- Whose turn it is, where several relays could do the same work.
CREATE TABLE turn (
    work text NOT NULL PRIMARY KEY,
    until bigint NOT NULL
);
