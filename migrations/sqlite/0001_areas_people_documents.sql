-- Places, people and the logs of their documents.
--
-- Identifiers are 16 random bytes, moments are milliseconds since 1970-01-01 UTC, secrets are kept as SHA-256.
-- Kinds and roles are words of the core and are checked there, so that a new word needs no new table.

CREATE TABLE area (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    code TEXT NOT NULL UNIQUE CHECK (code <> ''),
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    parent BLOB REFERENCES area (id)
) STRICT, WITHOUT ROWID;

CREATE TABLE member (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    first_name TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE membership (
    member BLOB NOT NULL REFERENCES member (id),
    area BLOB NOT NULL REFERENCES area (id),
    role TEXT NOT NULL,
    PRIMARY KEY (member, area, role)
) STRICT, WITHOUT ROWID;

CREATE TABLE device (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    member BLOB NOT NULL REFERENCES member (id),
    -- An uncompressed P-256 point.
    public_key BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE invitation (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    secret_hash BLOB NOT NULL UNIQUE CHECK (length(secret_hash) = 32),
    member BLOB NOT NULL REFERENCES member (id),
    expires_at INTEGER NOT NULL,
    redeemed_at INTEGER,
    redeemed_by BLOB REFERENCES device (id),
    CHECK ((redeemed_at IS NULL) = (redeemed_by IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE session (
    token_hash BLOB NOT NULL PRIMARY KEY CHECK (length(token_hash) = 32),
    device BLOB NOT NULL REFERENCES device (id),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX session_by_device ON session (device);

CREATE TABLE document (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind TEXT NOT NULL,
    area BLOB NOT NULL REFERENCES area (id),
    epoch INTEGER NOT NULL DEFAULT 0 CHECK (epoch >= 0)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX one_board_per_street ON document (area) WHERE kind = 'street';

-- Clustered by document, so that a tail is one range. Member and device are null for the relay's own changes.
CREATE TABLE change (
    document BLOB NOT NULL REFERENCES document (id),
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL CHECK (seq >= 1),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    bytes BLOB NOT NULL,
    member BLOB REFERENCES member (id),
    device BLOB REFERENCES device (id),
    received_at INTEGER NOT NULL,
    PRIMARY KEY (document, epoch, seq),
    UNIQUE (document, hash)
) STRICT, WITHOUT ROWID;

-- Device is null for the relay's own actor.
CREATE TABLE actor (
    document BLOB NOT NULL REFERENCES document (id),
    actor BLOB NOT NULL,
    device BLOB REFERENCES device (id),
    PRIMARY KEY (document, actor)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshot (
    document BLOB NOT NULL PRIMARY KEY REFERENCES document (id),
    epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    bytes BLOB NOT NULL
) STRICT;
