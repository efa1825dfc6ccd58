-- Who let whom in and when somebody was last here, and what was done that somebody may ask about later.

-- Area and role are those that the invitation gives; null where it is another way in for somebody who has theirs.
ALTER TABLE invitation ADD COLUMN area bytea REFERENCES area (id);
ALTER TABLE invitation ADD COLUMN role text COLLATE "C" CHECK ((area IS NULL) = (role IS NULL));
ALTER TABLE invitation ADD COLUMN made_at bigint;
-- Null: whoever runs the relay. What somebody made goes with them, since they may still have the link.
ALTER TABLE invitation ADD COLUMN made_by bytea REFERENCES member (id) ON DELETE CASCADE;

CREATE INDEX invitation_by_member ON invitation (member);

-- When a session was last opened, which a device does at least twice on a day on which it is used. Whoever was here
-- before this was counted is taken to be here now.
ALTER TABLE device ADD COLUMN seen_at bigint;
UPDATE device SET seen_at = GREATEST(created_at, (EXTRACT(EPOCH FROM now()) * 1000)::bigint);

CREATE INDEX device_by_member ON device (member);

-- What was done. It outlives whom it is about: identifiers here refer to nothing. Member and device are null where
-- whoever runs the relay did it, or the relay itself. Deeds and details are keys, never text about people.
CREATE TABLE audit (
    id bytea NOT NULL PRIMARY KEY CHECK (octet_length(id) = 16),
    at bigint NOT NULL,
    member bytea CHECK (octet_length(member) = 16),
    device bytea CHECK (octet_length(device) = 16),
    area bytea CHECK (octet_length(area) = 16),
    deed text COLLATE "C" NOT NULL CHECK (deed <> ''),
    subject bytea CHECK (octet_length(subject) = 16),
    detail text COLLATE "C"
);

CREATE INDEX audit_by_time ON audit (at, id);
CREATE INDEX audit_by_subject ON audit (subject);
CREATE INDEX audit_by_member ON audit (member);
