-- Places, people and the logs of their documents.
--
-- Identifiers are 16 random bytes, moments are milliseconds since 1970-01-01 UTC, secrets are kept as SHA-256.
-- Kinds and roles are words of the core and are checked there, so that a new word needs no new table. Text is sorted
-- byte by byte, so that every database sorts it alike.

CREATE TABLE area (
    id bytea NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    code text COLLATE "C" NOT NULL UNIQUE CHECK (code <> ''),
    name text COLLATE "C" NOT NULL,
    kind text NOT NULL,
    parent bytea REFERENCES area (id)
);

CREATE TABLE member (
    id bytea NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    first_name text COLLATE "C" NOT NULL
);

CREATE TABLE membership (
    member bytea NOT NULL REFERENCES member (id),
    area bytea NOT NULL REFERENCES area (id),
    role text COLLATE "C" NOT NULL,
    PRIMARY KEY (member, area, role)
);

CREATE TABLE device (
    id bytea NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    member bytea NOT NULL REFERENCES member (id),
    -- An uncompressed P-256 point.
    public_key bytea NOT NULL,
    created_at bigint NOT NULL,
    revoked_at bigint
);

CREATE TABLE invitation (
    id bytea NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    secret_hash bytea NOT NULL UNIQUE CHECK (octet_length(secret_hash) = 32),
    member bytea NOT NULL REFERENCES member (id),
    expires_at bigint NOT NULL,
    redeemed_at bigint,
    redeemed_by bytea REFERENCES device (id),
    CHECK ((redeemed_at IS NULL) = (redeemed_by IS NULL))
);

CREATE TABLE session (
    token_hash bytea NOT NULL PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    device bytea NOT NULL REFERENCES device (id),
    expires_at bigint NOT NULL
);

CREATE INDEX session_by_device ON session (device);

-- Half of every page is kept free: its rows change with every commit, and find room for that beside themselves.
CREATE TABLE document (
    id bytea NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    kind text NOT NULL,
    area bytea NOT NULL REFERENCES area (id),
    epoch bigint NOT NULL DEFAULT 0 CHECK (epoch BETWEEN 0 AND 4294967295)
) WITH (fillfactor = 50);

CREATE UNIQUE INDEX one_board_per_street ON document (area) WHERE kind = 'street';

-- Member and device are null for the relay's own changes.
CREATE TABLE change (
    document bytea NOT NULL REFERENCES document (id),
    epoch bigint NOT NULL,
    seq bigint NOT NULL CHECK (seq >= 1),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    bytes bytea NOT NULL,
    member bytea REFERENCES member (id),
    device bytea REFERENCES device (id),
    received_at bigint NOT NULL,
    PRIMARY KEY (document, epoch, seq),
    UNIQUE (document, hash)
);

-- Device is null for the relay's own actor.
CREATE TABLE actor (
    document bytea NOT NULL REFERENCES document (id),
    actor bytea NOT NULL,
    device bytea REFERENCES device (id),
    PRIMARY KEY (document, actor)
);

CREATE TABLE snapshot (
    document bytea NOT NULL PRIMARY KEY REFERENCES document (id),
    epoch bigint NOT NULL,
    seq bigint NOT NULL,
    bytes bytea NOT NULL
);

-- A saved document is compressed already.
ALTER TABLE snapshot ALTER COLUMN bytes SET STORAGE EXTERNAL;
