-- Passkeys: a second key of a member, in hardware or in their password manager, beside the key of the device.
--
-- The id is WebAuthn's credential id. The credential is public: what is needed to check a signature, as JSON of the
-- library that checks it.

CREATE TABLE passkey (
    id bytea NOT NULL PRIMARY KEY CHECK (octet_length(id) BETWEEN 1 AND 1023),
    member bytea NOT NULL REFERENCES member (id),
    credential text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    used_at bigint NOT NULL
);

CREATE INDEX passkey_by_member ON passkey (member);

-- Until when a session counts as signed with a passkey; null for one that was not.
ALTER TABLE session ADD COLUMN verified_until bigint;
