//! From what stands in a backup to what is put back.

use bytes::Bytes;
use kruispunt_core::model::{Area, Membership, Word};
use kruispunt_core::sync::RelayDocument;
use kruispunt_core::sync::frame::Cursor;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{
    Card, Device, DocumentKind, Erasure, Hash, Invitation, KnownDevice, Member, NewEpoch, Note,
    Passkey, ProfileField, PublicKey, Record, Refused, Retention, Said, Sealed, Seen, Subject,
    Wrapped,
};

use super::BackupError;
use super::entry::{
    DocumentEntry, Entry, ErasureEntry, InvitationEntry, MemberEntry, NoteEntry, RefusedEntry,
    SaidEntry, SealedEntry,
};
use crate::clock::random;

pub(super) fn record(entry: Entry, at: Timestamp) -> Result<Record<NewEpoch>, BackupError> {
    Ok(match entry {
        Entry::Area(area) => Record::Area(Area {
            id: area.id,
            kind: word(&area.kind)?,
            code: area.code,
            name: area.name,
            parent: area.parent,
        }),
        Entry::Member(member) => Record::Member(self::member(member)?),
        Entry::Device(device) => Record::Device(KnownDevice {
            device: Device {
                id: device.id,
                member: device.member,
                public_key: PublicKey(device.public_key.into()),
                revoked_at: device.revoked_at,
            },
            created_at: device.created_at,
            // Whoever was here before this was counted is taken to be here now.
            seen_at: Some(device.seen_at.unwrap_or(at)),
        }),
        Entry::Passkey(passkey) => Record::Passkey(Passkey {
            id: passkey.id.into(),
            member: passkey.member,
            credential: passkey.credential,
            created_at: passkey.created_at,
            used_at: passkey.used_at,
        }),
        Entry::ProfileField(field) => Record::ProfileField(ProfileField {
            member: field.member,
            field: field.field,
            said: field.said,
            said_at: field.said_at,
        }),
        Entry::LadderRule(area, rule) => Record::LadderRule(area, rule),
        Entry::Invitation(invitation) => Record::Invitation(self::invitation(invitation)?),
        Entry::Document(document) => Record::Document(begin(document, at)?),
        Entry::Done(done) => Record::Done(kruispunt_storage::Entry {
            id: done.id,
            at: done.at,
            member: done.member,
            device: done.device,
            area: done.area,
            deed: done.deed,
            subject: done.subject.map(Into::into),
            detail: done.detail,
        }),
        Entry::RecordKey(key, known_at) => Record::RecordKey(key, known_at),
        Entry::Card(card) => Record::Card(Card {
            request: card.request,
            street: card.street,
            sealed: sealed(card.sealed),
            member: card.member,
            written_at: card.written_at,
        }),
        Entry::Said(said) => Record::Said(said.street, said.request, self::said(&said)),
        Entry::Note(note) => self::note(note),
        Entry::Seen(seen) => Record::Seen(
            seen.street,
            seen.request,
            Seen {
                member: seen.member,
                audience: seen.audience,
                until: seen.until,
            },
        ),
        Entry::Refused(refused) => self::refused(refused),
        Entry::Erasure(erasure) => Record::Erasure(self::erasure(erasure)?),
        Entry::Retention(terms) => {
            let mut retention = Retention::default();
            for (what, days) in terms {
                retention.set(&what, days);
            }
            Record::Retention(retention)
        }
        Entry::IntakeForm(form) => Record::IntakeForm(form.into()),
        Entry::Intake(intake) => {
            let (intake, held) = intake.parts();
            Record::Intake(intake, sealed(held))
        }
        Entry::Decision(decision) => Record::Decision(decision.into()),
        Entry::Wishes(wishes) => Record::Wishes(wishes.into()),
        Entry::Mail(mail) => {
            let language = word(&mail.language)?;
            Record::Mail(mail.mail(language))
        }
    })
}

fn sealed(sealed: SealedEntry) -> Sealed {
    Sealed {
        key: Wrapped {
            record_key: sealed.record_key,
            bytes: sealed.wrapped.into(),
        },
        sealed: sealed.sealed.into(),
    }
}

const fn said(said: &SaidEntry) -> Said {
    Said {
        id: said.id,
        n: said.n,
        purpose: said.purpose,
        recipient: said.recipient,
        given: said.given,
        how: said.how,
        said_at: said.said_at,
        after: said.after,
        member: said.member,
    }
}

fn note(entry: NoteEntry) -> Record<NewEpoch> {
    let note = Note {
        id: entry.id,
        n: entry.n,
        audience: entry.audience,
        member: entry.member,
        written_at: entry.written_at,
        received_at: entry.received_at,
        sealed: sealed(entry.sealed),
    };
    Record::Note(entry.street, entry.request, note)
}

fn refused(entry: RefusedEntry) -> Record<NewEpoch> {
    let refused = Refused {
        id: entry.id,
        hash: entry.hash.into(),
        street: entry.street,
        member: entry.member,
        device: entry.device,
        reason: entry.reason,
        refused_at: entry.refused_at,
        bytes: entry.bytes,
    };
    Record::Refused(refused, entry.requests, sealed(entry.sealed))
}

fn erasure(entry: ErasureEntry) -> Result<Erasure, BackupError> {
    let subject = match (entry.case, entry.of_member) {
        (Some((street, request)), None) => Subject::Case { street, request },
        (None, Some(member)) => Subject::Member(member),
        _ => return Err(BackupError::Damaged),
    };
    Ok(Erasure {
        id: entry.id,
        subject,
        member: entry.member,
        asked_at: entry.asked_at,
        done_at: entry.done_at,
        waits: entry.waits,
    })
}

fn word<T: Word>(key: &str) -> Result<T, BackupError> {
    T::from_key(key).ok_or_else(|| BackupError::Unknown(key.to_owned()))
}

fn invitation(invitation: InvitationEntry) -> Result<Invitation, BackupError> {
    let membership = invitation.membership.map(|(area, role)| {
        Ok::<_, BackupError>(Membership {
            area,
            role: word(&role)?,
        })
    });
    Ok(Invitation {
        id: invitation.id,
        secret: Hash(invitation.secret.into()),
        member: invitation.member,
        expires_at: invitation.expires_at,
        redeemed: invitation.redeemed,
        membership: membership.transpose()?,
        made_at: invitation.made_at,
        made_by: invitation.made_by,
    })
}

fn member(member: MemberEntry) -> Result<Member, BackupError> {
    let memberships = member.memberships.into_iter().map(|(area, role)| {
        Ok(Membership {
            area,
            role: word(&role)?,
        })
    });
    Ok(Member {
        id: member.id,
        first_name: member.first_name,
        memberships: memberships.collect::<Result<_, BackupError>>()?,
    })
}

/// Brings a document to life as a relay does, and lets it begin a new epoch.
fn begin(document: DocumentEntry, at: Timestamp) -> Result<NewEpoch, BackupError> {
    let id = document.id;
    let kind = DocumentKind::from_key(&document.kind)
        .ok_or_else(|| BackupError::Unknown(document.kind.clone()))?;
    let (seq, snapshot) = document
        .snapshot
        .map_or((0, None), |(seq, bytes)| (seq, Some(bytes)));
    let start = Cursor {
        document: id,
        epoch: document.epoch,
        seq,
    };
    let rows = document.tail.into_iter().map(Vec::from);
    let snapshot = snapshot.as_ref().map(|bytes| bytes.as_slice());
    let restored = RelayDocument::restore(start, snapshot, rows, [], random()?);
    let mut restored = restored.map_err(|error| BackupError::Document(id, Box::new(error)))?;
    if restored.cursor().seq != document.seq {
        return Err(BackupError::Damaged);
    }
    let next = next_epoch(document.epoch, at);
    let snapshot = restored.put_back(next);
    let snapshot = snapshot.map_err(|error| BackupError::Board(id, Box::new(error)))?;
    Ok(NewEpoch {
        document: id,
        kind,
        area: document.area,
        epoch: next,
        snapshot: Bytes::from(snapshot),
        began_at: at,
    })
}

/// The second in which it begins: more than any epoch that began between the backup and its loss, which nobody
/// remembers here and phones do.
fn next_epoch(epoch: u32, at: Timestamp) -> u32 {
    let second = u32::try_from(at.as_millis() / 1000).unwrap_or_default();
    second.max(epoch.saturating_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_that_nobody_remembers_is_never_given_again() {
        let noon = Timestamp::from_millis(1_700_000_000_000);
        assert_eq!(next_epoch(0, noon), 1_700_000_000);
        // Rotations count minutes, so that whatever began meanwhile is less.
        let minute = u32::try_from(noon.as_millis() / 60_000).unwrap();
        assert!(next_epoch(0, noon) > minute);
        assert_eq!(next_epoch(1_800_000_000, noon), 1_800_000_001);
    }
}
