-- Passkeys: a second key of a member, in hardware or in their password manager, beside the key of the device.
--
-- The id is WebAuthn's credential id. The credential is public: what is needed to check a signature, as JSON of the
-- library that checks it.

CREATE TABLE passkey (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) BETWEEN 1 AND 1023),
    member BLOB NOT NULL REFERENCES member (id),
    credential TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX passkey_by_member ON passkey (member);

-- Until when a session counts as signed with a passkey; null for one that was not.
ALTER TABLE session ADD COLUMN verified_until INTEGER;
