//! How members want to hear of things, and where they are told by e-mail, in a backup.

use kruispunt_core::id::MemberId;
use kruispunt_core::model::{Tongue, Word as _};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::mails::Address;
use kruispunt_storage::{AskedMail, Hash, Mail, SaidWishes};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(in crate::backup) struct WishesEntry {
    #[n(0)]
    pub(in crate::backup) member: MemberId,
    /// JSON.
    #[n(1)]
    pub(in crate::backup) said: String,
}

impl From<SaidWishes> for WishesEntry {
    fn from(SaidWishes { member, said }: SaidWishes) -> Self {
        Self { member, said }
    }
}

impl From<WishesEntry> for SaidWishes {
    fn from(WishesEntry { member, said }: WishesEntry) -> Self {
        Self { member, said }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(in crate::backup) struct MailEntry {
    #[n(0)]
    pub(in crate::backup) member: MemberId,
    #[n(1)]
    pub(in crate::backup) address: String,
    #[n(2)]
    pub(in crate::backup) language: String,
    #[n(3)]
    pub(in crate::backup) confirm: ByteArray<32>,
    #[n(4)]
    pub(in crate::backup) stop: ByteArray<32>,
    #[n(5)]
    pub(in crate::backup) asked_at: Timestamp,
    #[n(6)]
    pub(in crate::backup) confirmed_at: Option<Timestamp>,
    #[n(7)]
    pub(in crate::backup) next_at: Option<Timestamp>,
    #[n(8)]
    pub(in crate::backup) told_until: Option<Timestamp>,
}

impl From<Mail> for MailEntry {
    fn from(mail: Mail) -> Self {
        let asked = mail.asked;
        Self {
            member: asked.member,
            address: asked.address.0,
            language: asked.language.key().to_owned(),
            confirm: asked.confirm.0.into(),
            stop: asked.stop.0.into(),
            asked_at: asked.asked_at,
            confirmed_at: mail.confirmed_at,
            next_at: mail.next_at,
            told_until: mail.told_until,
        }
    }
}

impl MailEntry {
    /// What is put back, in a language that was looked up.
    pub(in crate::backup) fn mail(self, language: Tongue) -> Mail {
        let asked = AskedMail {
            member: self.member,
            address: Address(self.address),
            language,
            confirm: Hash(self.confirm.into()),
            stop: Hash(self.stop.into()),
            asked_at: self.asked_at,
        };
        Mail {
            asked,
            confirmed_at: self.confirmed_at,
            next_at: self.next_at,
            told_until: self.told_until,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::Entry;
    use super::*;

    /// One of each, for what is true of every entry.
    pub(in super::super) fn entries() -> Vec<Entry> {
        let (member, noon) = (MemberId::from_bytes([2; 16]), Timestamp::from_millis(4));
        vec![
            Entry::Wishes(WishesEntry {
                member,
                said: "{}".to_owned(),
            }),
            Entry::Mail(MailEntry {
                member,
                address: "somebody@mail.example".to_owned(),
                language: "nl".to_owned(),
                confirm: [3; 32].into(),
                stop: [4; 32].into(),
                asked_at: noon,
                confirmed_at: Some(noon),
                next_at: Some(noon),
                told_until: Some(noon),
            }),
        ]
    }
}
