//! Start from the stored records, and stay equal with the other tabs of the same phone by reading what they store.

use super::super::record::{Key, Outgoing, Place};
use super::kept::Kept;
use super::street::{LocalStreet, Pending};
use super::{Batch, Effect, LoadError, Phone};
use crate::id::{AreaId, DocumentId};
use crate::neighbourhood::Me;
use crate::view::Refused;

impl Phone {
    /// Reads what an earlier start stored.
    ///
    /// A document that cannot be read is fetched from the relay anew; this phone's own unsent work is a record of
    /// its own and survives that.
    ///
    /// # Errors
    /// When the record of the member cannot be read: then this device must sign in again.
    pub fn load(
        actor: [u8; 16],
        records: impl IntoIterator<Item = (String, Vec<u8>)>,
    ) -> Result<Self, LoadError> {
        let mut phone = Self::new(actor);
        let batch = Batch {
            number: 0,
            puts: records.into_iter().collect(),
            deletes: Vec::new(),
        };
        phone.take_in(batch)?;
        Ok(phone)
    }

    /// Takes in a batch that another tab stored.
    ///
    /// # Errors
    /// When a record cannot be read; the tab must start anew from the store.
    pub fn absorb(&mut self, batch: Batch) -> Result<(), LoadError> {
        self.take_in(batch)?;
        self.effects.push(Effect::Changed);
        self.push_pending();
        Ok(())
    }

    fn take_in(&mut self, batch: Batch) -> Result<(), LoadError> {
        let mut documents = Documents::default();
        let unreadable = |key: &str| LoadError::Record(key.to_owned());
        for (text, bytes) in batch.puts {
            // A key this version does not know was written by a newer one in another tab.
            let Some(key) = Key::parse(&text) else {
                continue;
            };
            match key {
                Key::Me => {
                    let me: Me = minicbor::decode(&bytes).map_err(|_| unreadable(&text))?;
                    self.settle_in(me)?;
                }
                Key::Cursor(document) => {
                    documents.of(document).place = minicbor::decode(&bytes).ok();
                }
                Key::Snapshot(document) => {
                    documents.of(document).snapshot = Some(bytes);
                }
                Key::Increment(document, seq) => {
                    documents.of(document).increments.push((seq, bytes));
                }
                Key::Outbox(document, hash) => {
                    let outgoing = minicbor::decode(&bytes).map_err(|_| unreadable(&text))?;
                    documents.of(document).outbox.push((hash, outgoing));
                }
                Key::Refused(document, _) => {
                    let refused = minicbor::decode(&bytes).map_err(|_| unreadable(&text))?;
                    documents.of(document).refused.push(refused);
                }
                // What waited and could be done at once was written and removed in one go.
                Key::Kept(..) if batch.deletes.contains(&text) => {}
                Key::Kept(document, place) => {
                    let outgoing = minicbor::decode(&bytes).map_err(|_| unreadable(&text))?;
                    documents.of(document).kept.push(Kept { place, outgoing });
                }
            }
        }
        for key in batch.deletes.iter().filter_map(|text| Key::parse(text)) {
            match key {
                Key::Outbox(document, hash) => {
                    documents.of(document).gone.push(hash);
                }
                Key::Refused(document, request) => {
                    if let Some(street) = self.streets.get_mut(&document) {
                        street.refused.retain(|refused| refused.request != request);
                        street.read = None;
                    }
                }
                Key::Kept(document, place) => {
                    if let Some(street) = self.streets.get_mut(&document) {
                        street.kept.retain(|kept| kept.place != place);
                        street.read = None;
                    }
                }
                Key::Cursor(document) => {
                    // Another tab was told to forget this document.
                    self.streets.remove(&document);
                }
                _ => {}
            }
        }
        for (document, stored) in documents.0 {
            let street = match self.streets.remove(&document) {
                Some(street) => street,
                // No longer among the member's streets, but work on it may still be unsent.
                None => LocalStreet::found(
                    document,
                    AreaId::from_bytes(*document.as_bytes()),
                    self.actor,
                )?,
            };
            if stored.is_before(&street) {
                // Work that is not stored yet would be lost from memory: the tab reads everything afresh.
                return Err(LoadError::Record(Key::Cursor(document).to_string()));
            }
            let mut street = stored.into_street(document, street, self.actor)?;
            street.read = None;
            self.streets.insert(document, street);
        }
        Ok(())
    }
}

/// What a batch has of each document.
#[derive(Default)]
struct Documents(Vec<(DocumentId, Stored)>);

impl Documents {
    fn of(&mut self, document: DocumentId) -> &mut Stored {
        // The records of one document stand together, so the last is nearly always the one.
        let at = self.0.iter().rposition(|&(known, _)| known == document);
        let at = at.unwrap_or(self.0.len());
        if at == self.0.len() {
            self.0.push((document, Stored::default()));
        }
        #[expect(
            clippy::indexing_slicing,
            reason = "the position was found or just made"
        )]
        &mut self.0[at].1
    }
}

/// The records of one document, as far as a batch has them.
#[derive(Default)]
struct Stored {
    place: Option<Place>,
    snapshot: Option<Vec<u8>>,
    /// In order: records come in the order of their keys.
    increments: Vec<(u64, Vec<u8>)>,
    outbox: Vec<([u8; 32], Outgoing)>,
    gone: Vec<[u8; 32]>,
    refused: Vec<Refused>,
    kept: Vec<Kept>,
}

impl Stored {
    /// Whether this is an earlier state of the document: another tab put it in the place of the one here after the
    /// relay lost some, or word of it comes late, when a tab that was frozen began anew from the store.
    fn is_before(&self, street: &LocalStreet) -> bool {
        let now = street.place;
        self.place
            .is_some_and(|place| (place.epoch, place.seq) < (now.epoch, now.seq))
    }

    fn into_street(
        mut self,
        document: DocumentId,
        mut street: LocalStreet,
        actor: [u8; 16],
    ) -> Result<LocalStreet, LoadError> {
        let (area, place) = (street.area, self.place.unwrap_or(street.place));
        if self.fill(&mut street, place, actor).is_err() {
            let pending = std::mem::take(&mut street.pending);
            street = LocalStreet::found(document, area, actor)?;
            street.pending = pending;
        }
        for refused in self.refused {
            street.keep_shown(refused);
        }
        for kept in self.kept {
            street.take_kept(kept);
        }
        for (hash, outgoing) in self.outbox {
            street.take_pending(Pending {
                hash,
                outgoing,
                batch: None,
                sent: false,
            });
        }
        for hash in self.gone {
            street.forget_pending(hash, actor)?;
        }
        for pending in street.pending.clone() {
            street.reapply(&pending)?;
        }
        Ok(street)
    }

    fn fill(
        &mut self,
        street: &mut LocalStreet,
        place: Place,
        actor: [u8; 16],
    ) -> Result<(), LoadError> {
        // A compacted document is the same document; only a new epoch or a start from disk needs the bytes.
        if let Some(bytes) = self.snapshot.take()
            && (place.epoch != street.place.epoch
                || street.place.seq == 0
                || place.seq > street.place.seq)
        {
            street.load_snapshot(&bytes, place, actor)?;
        }
        let increments = std::mem::take(&mut self.increments);
        street.confirm(increments)?;
        street.place = Place {
            epoch: place.epoch,
            seq: place.seq.max(street.place.seq),
        };
        Ok(())
    }
}
