-- Cases: what is known of a resident, sealed; consent; work that was refused; erasure and retention.

-- Record keys by identifier. The keys themselves are never in the database.
CREATE TABLE record_key (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    known_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- An uncompressed P-256 point, to which cards are sealed for this device.
ALTER TABLE device ADD COLUMN sealing_key BLOB;

-- A request is known by its street and its identifier: whoever writes the same identifier on another street's board
-- has nothing to do with this one.
CREATE TABLE card (
    street BLOB NOT NULL REFERENCES area (id),
    request BLOB NOT NULL CHECK (length(request) = 16),
    sealed BLOB NOT NULL,
    member BLOB NOT NULL REFERENCES member (id),
    written_at INTEGER NOT NULL,
    PRIMARY KEY (street, request)
) STRICT;

-- Apart from the card: without this row it is noise.
CREATE TABLE card_key (
    street BLOB NOT NULL,
    request BLOB NOT NULL,
    record_key BLOB NOT NULL REFERENCES record_key (id),
    wrapped BLOB NOT NULL,
    PRIMARY KEY (street, request),
    FOREIGN KEY (street, request) REFERENCES card (street, request)
) STRICT, WITHOUT ROWID;

CREATE INDEX card_key_by_record_key ON card_key (record_key);

-- What a resident said, in the order in which the relay heard it.
CREATE TABLE consent (
    street BLOB NOT NULL REFERENCES area (id),
    request BLOB NOT NULL CHECK (length(request) = 16),
    n INTEGER NOT NULL CHECK (n >= 1),
    id BLOB NOT NULL CHECK (length(id) = 16),
    purpose TEXT NOT NULL,
    recipient TEXT NOT NULL,
    given INTEGER NOT NULL CHECK (given IN (0, 1)),
    how TEXT NOT NULL,
    said_at INTEGER NOT NULL,
    after INTEGER NOT NULL,
    member BLOB NOT NULL REFERENCES member (id),
    PRIMARY KEY (street, request, n),
    UNIQUE (street, request, id)
) STRICT, WITHOUT ROWID;

-- Changes that the gate refused, sealed.
CREATE TABLE refused (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    street BLOB NOT NULL REFERENCES area (id),
    member BLOB NOT NULL REFERENCES member (id),
    device BLOB NOT NULL REFERENCES device (id),
    reason TEXT NOT NULL,
    refused_at INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    record_key BLOB NOT NULL REFERENCES record_key (id),
    wrapped BLOB NOT NULL,
    sealed BLOB NOT NULL,
    UNIQUE (device, hash)
) STRICT;

CREATE INDEX refused_by_street ON refused (street, refused_at);
CREATE INDEX refused_by_record_key ON refused (record_key);

-- Which requests it was about, as far as the relay could tell.
CREATE TABLE refused_request (
    refused BLOB NOT NULL REFERENCES refused (id) ON DELETE CASCADE,
    request BLOB NOT NULL CHECK (length(request) = 16),
    PRIMARY KEY (refused, request)
) STRICT, WITHOUT ROWID;

-- Something was erased; each device that may hold something of it says when it holds nothing any more.
CREATE TABLE erasure (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind TEXT NOT NULL,
    subject BLOB NOT NULL CHECK (length(subject) = 16),
    area BLOB REFERENCES area (id),
    -- Null is the relay itself, when its time had come.
    member BLOB REFERENCES member (id),
    asked_at INTEGER NOT NULL,
    done_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX erasure_by_subject ON erasure (subject);

CREATE TABLE erasure_device (
    erasure BLOB NOT NULL REFERENCES erasure (id),
    device BLOB NOT NULL REFERENCES device (id),
    confirmed_at INTEGER,
    PRIMARY KEY (erasure, device)
) STRICT, WITHOUT ROWID;

CREATE INDEX erasure_device_by_device ON erasure_device (device);

-- How many days things are kept; what is not here has the usual number.
CREATE TABLE retention (
    what TEXT NOT NULL PRIMARY KEY,
    days INTEGER NOT NULL CHECK (days >= 1)
) STRICT, WITHOUT ROWID;

-- Whose turn it is, where several relays could do the same work.
CREATE TABLE turn (
    work TEXT NOT NULL PRIMARY KEY,
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
