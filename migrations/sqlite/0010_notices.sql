-- What people hear of: from what happened to what was sent. Nothing here is more than an identifier, a word or a number.

-- Something happened that somebody should hear of; written with what happened, and gone when it is known who hears.
CREATE TABLE notice_cause (
    n INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    whom TEXT NOT NULL,
    member BLOB CHECK (length(member) = 16),
    document BLOB CHECK (length(document) = 16),
    area BLOB CHECK (length(area) = 16),
    request BLOB CHECK (length(request) = 16),
    by_member BLOB CHECK (length(by_member) = 16),
    ring INTEGER NOT NULL CHECK (ring >= 0),
    at INTEGER NOT NULL,
    due_at INTEGER NOT NULL
) STRICT;

CREATE INDEX notice_cause_by_due ON notice_cause (due_at, n);

-- An inbox has one of each kind about each request. Where it is about none, the request is all zeros.
CREATE TABLE notice (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    member BLOB NOT NULL REFERENCES member (id) ON DELETE CASCADE,
    subject BLOB NOT NULL CHECK (length(subject) = 16),
    kind TEXT NOT NULL,
    area BLOB CHECK (length(area) = 16),
    word TEXT,
    at INTEGER NOT NULL,
    -- When to ring for it; null when nothing is to ring, or it rang or was seen.
    push_at INTEGER,
    is_urgent INTEGER NOT NULL CHECK (is_urgent IN (0, 1)),
    seen_at INTEGER,
    UNIQUE (member, subject, kind)
) STRICT, WITHOUT ROWID;

CREATE INDEX notice_by_push ON notice (push_at) WHERE push_at IS NOT NULL;
CREATE INDEX notice_by_subject ON notice (subject, kind);
CREATE INDEX notice_by_time ON notice (at, kind, member);

-- How a device can be reached. Whoever has the endpoint can ring there.
CREATE TABLE push_subscription (
    device BLOB NOT NULL PRIMARY KEY REFERENCES device (id),
    member BLOB NOT NULL REFERENCES member (id),
    endpoint TEXT NOT NULL UNIQUE CHECK (endpoint <> ''),
    -- Uncompressed P-256 points: the browser's, and the relay's that it was made for.
    p256dh BLOB NOT NULL,
    auth BLOB NOT NULL,
    relay_key BLOB NOT NULL,
    language TEXT NOT NULL,
    said_at INTEGER NOT NULL,
    is_refused INTEGER NOT NULL CHECK (is_refused IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE INDEX push_subscription_by_member ON push_subscription (member);

-- One message for one device. A device has one of each topic; one that takes its place gets another number.
CREATE TABLE delivery (
    n INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    device BLOB NOT NULL REFERENCES push_subscription (device) ON DELETE CASCADE,
    member BLOB NOT NULL REFERENCES member (id),
    topic TEXT NOT NULL,
    kind TEXT,
    notice BLOB CHECK (length(notice) = 16),
    request BLOB CHECK (length(request) = 16),
    word TEXT,
    unseen INTEGER NOT NULL CHECK (unseen >= 0),
    is_urgent INTEGER NOT NULL CHECK (is_urgent IN (0, 1)),
    due_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    tries INTEGER NOT NULL CHECK (tries >= 0),
    -- When it may be taken: while a relay has it, when it comes back from there. Null while its subscription is refused.
    next_at INTEGER,
    UNIQUE (device, topic)
) STRICT;

CREATE INDEX delivery_by_next ON delivery (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX delivery_by_member ON delivery (member, request);
CREATE INDEX delivery_by_notice ON delivery (notice) WHERE notice IS NOT NULL;

-- How a member wants to hear of things. A wish of a newer version is kept as it is.
CREATE TABLE wishes (
    member BLOB NOT NULL PRIMARY KEY REFERENCES member (id) ON DELETE CASCADE,
    -- JSON.
    said TEXT NOT NULL
) STRICT, WITHOUT ROWID;
