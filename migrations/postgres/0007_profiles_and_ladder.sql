-- What volunteers say of themselves, and how long a request may stand on each step of the ladder.

-- Field by field, since two phones of one member may have changed different ones: of each the last that came stands.
CREATE TABLE profile_field (
    member bytea NOT NULL REFERENCES member (id) ON DELETE CASCADE,
    field text NOT NULL CHECK (field <> ''),
    -- JSON.
    said text NOT NULL,
    said_at bigint NOT NULL,
    PRIMARY KEY (member, field)
);

-- In hours. An empty theme is any.
CREATE TABLE ladder_rule (
    area bytea NOT NULL REFERENCES area (id),
    theme text NOT NULL,
    urgency text NOT NULL,
    own_network_hours bigint NOT NULL CHECK (own_network_hours >= 0),
    street_hours bigint NOT NULL CHECK (street_hours >= 0),
    neighbourhood_hours bigint NOT NULL CHECK (neighbourhood_hours >= 0),
    start_hours bigint NOT NULL CHECK (start_hours >= 0),
    answer_hours bigint NOT NULL CHECK (answer_hours >= 0),
    PRIMARY KEY (area, theme, urgency)
);
