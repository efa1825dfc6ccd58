-- What volunteers say of themselves, and how long a request may stand on each step of the ladder.

-- Field by field, since two phones of one member may have changed different ones: of each the last that came stands.
CREATE TABLE profile_field (
    member BLOB NOT NULL REFERENCES member (id) ON DELETE CASCADE,
    field TEXT NOT NULL CHECK (field <> ''),
    -- JSON.
    said TEXT NOT NULL,
    said_at INTEGER NOT NULL,
    PRIMARY KEY (member, field)
) STRICT, WITHOUT ROWID;

-- In hours. An empty theme is any.
CREATE TABLE ladder_rule (
    area BLOB NOT NULL REFERENCES area (id),
    theme TEXT NOT NULL,
    urgency TEXT NOT NULL,
    own_network_hours INTEGER NOT NULL CHECK (own_network_hours >= 0),
    street_hours INTEGER NOT NULL CHECK (street_hours >= 0),
    neighbourhood_hours INTEGER NOT NULL CHECK (neighbourhood_hours >= 0),
    start_hours INTEGER NOT NULL CHECK (start_hours >= 0),
    answer_hours INTEGER NOT NULL CHECK (answer_hours >= 0),
    PRIMARY KEY (area, theme, urgency)
) STRICT, WITHOUT ROWID;
