-- Who let whom in and when somebody was last here, and what was done that somebody may ask about later.

-- Area and role are those that the invitation gives; null where it is another way in for somebody who has theirs.
ALTER TABLE invitation ADD COLUMN area BLOB REFERENCES area (id);
ALTER TABLE invitation ADD COLUMN role TEXT CHECK ((area IS NULL) = (role IS NULL));
ALTER TABLE invitation ADD COLUMN made_at INTEGER;
-- Null: whoever runs the relay. What somebody made goes with them, since they may still have the link.
ALTER TABLE invitation ADD COLUMN made_by BLOB REFERENCES member (id) ON DELETE CASCADE;

CREATE INDEX invitation_by_member ON invitation (member);

-- When a session was last opened, which a device does at least twice on a day on which it is used. Whoever was here
-- before this was counted is taken to be here now.
ALTER TABLE device ADD COLUMN seen_at INTEGER;
UPDATE device SET seen_at = MAX(created_at, CAST(strftime('%s', 'now') AS INTEGER) * 1000);

CREATE INDEX device_by_member ON device (member);

-- What was done. It outlives whom it is about: identifiers here refer to nothing. Member and device are null where
-- whoever runs the relay did it, or the relay itself. Deeds and details are keys, never text about people.
CREATE TABLE audit (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    at INTEGER NOT NULL,
    member BLOB CHECK (length(member) = 16),
    device BLOB CHECK (length(device) = 16),
    area BLOB CHECK (length(area) = 16),
    deed TEXT NOT NULL CHECK (deed <> ''),
    subject BLOB CHECK (length(subject) = 16),
    detail TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_by_time ON audit (at, id);
CREATE INDEX audit_by_subject ON audit (subject);
CREATE INDEX audit_by_member ON audit (member);
