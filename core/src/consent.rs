//! What a resident consents to (S1 §1.1): per purpose and recipient, withdrawn at any time.
//!
//! Words come from phones that may have been without reception for days. The relay puts them in order and counts them
//! from 1. A withdrawal always counts; a word that gives counts only if its author had heard of every withdrawal of the
//! same thing that came before it. So whoever withdraws wins over whoever shares without knowing.

use crate::model::{Word, words};

words!(
    /// What for.
    Purpose {
        /// To look for help.
        Arrange = "arrange",
        /// To help.
        Help = "help",
    }
);

words!(
    /// Who may know.
    Recipient {
        /// The coordinator of the area.
        Coordinator = "coordinator",
        /// The volunteer who helps.
        Volunteer = "volunteer",
        /// The organisation that helps.
        Organisation = "organisation",
        /// The neighbourhood team that helps.
        NeighbourhoodTeam = "neighbourhood_team",
    }
);

words!(
    /// How it was said.
    ConsentHow {
        /// At the door, or on the phone.
        Spoken = "spoken",
        /// On paper.
        Written = "written",
        /// By somebody who speaks for the resident.
        Representative = "representative",
    }
);

words!(
    /// Why a card is opened without consent.
    DangerReason {
        /// Fire, gas, water.
        Fire = "fire",
        /// Violence, or the threat of it.
        Violence = "violence",
        /// Life or health at stake.
        Health = "health",
        /// Somebody may end their life.
        Suicide = "suicide",
        /// A child is not safe.
        Child = "child",
        /// Something else, which the member can explain.
        Other = "other",
    }
);

/// Whether this is something residents are asked at all.
#[must_use]
pub const fn is_asked(purpose: Purpose, recipient: Recipient) -> bool {
    match purpose {
        Purpose::Arrange => matches!(recipient, Recipient::Coordinator),
        Purpose::Help => !matches!(recipient, Recipient::Coordinator),
    }
}

/// A word of the resident, as it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConsentWord {
    /// What for.
    pub purpose: Purpose,
    /// For whom.
    pub recipient: Recipient,
    /// Given, or withdrawn.
    pub given: bool,
    /// The number of the last word about this case its author had seen; 0 for none.
    pub after: u32,
}

/// What stands, once all words were heard in the relay's order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Consents {
    heard: u32,
    /// Per purpose and recipient: whether it stands, and the number of the last withdrawal.
    pairs: [[(bool, u32); Recipient::ALL.len()]; Purpose::ALL.len()],
}

impl Consents {
    /// Hears words in order. The first is number 1.
    #[must_use]
    pub fn of(words: impl IntoIterator<Item = ConsentWord>) -> Self {
        let mut consents = Self::default();
        for word in words {
            consents.hear(word);
        }
        consents
    }

    /// Hears one more word.
    pub fn hear(&mut self, word: ConsentWord) {
        self.heard += 1;
        let number = self.heard;
        let Some((stands, withdrawn)) = self
            .pairs
            .get_mut(word.purpose as usize)
            .and_then(|pairs| pairs.get_mut(word.recipient as usize))
        else {
            return;
        };
        if !word.given {
            *stands = false;
            *withdrawn = number;
        // Nobody heard of what comes after them.
        } else if word.after < number && word.after >= *withdrawn {
            *stands = true;
        }
    }

    /// Whether this consent stands.
    #[must_use]
    pub fn stands(&self, purpose: Purpose, recipient: Recipient) -> bool {
        self.pairs
            .get(purpose as usize)
            .and_then(|pairs| pairs.get(recipient as usize))
            .is_some_and(|&(stands, _)| stands)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn word(given: bool, after: u32) -> ConsentWord {
        ConsentWord {
            purpose: Purpose::Help,
            recipient: Recipient::Volunteer,
            given,
            after,
        }
    }

    fn stand(words: &[ConsentWord]) -> bool {
        Consents::of(words.iter().copied()).stands(Purpose::Help, Recipient::Volunteer)
    }

    #[test]
    fn nothing_stands_that_was_not_given() {
        assert!(!stand(&[]));
        assert!(stand(&[word(true, 0)]));
        let other = Consents::of([word(true, 0)]);
        assert!(!other.stands(Purpose::Help, Recipient::Organisation));
        assert!(!other.stands(Purpose::Arrange, Recipient::Coordinator));
    }

    #[test]
    fn a_withdrawal_wins_over_whoever_did_not_know_of_it() {
        assert!(!stand(&[word(true, 0), word(false, 1), word(true, 1)]));
        assert!(!stand(&[word(true, 0), word(true, 0), word(false, 0)]));
        // Asked again, after they had heard of it.
        assert!(stand(&[word(true, 0), word(false, 1), word(true, 2)]));
    }

    #[test]
    fn nobody_heard_of_what_comes_after_them() {
        assert!(!stand(&[word(false, 0), word(true, u32::MAX)]));
    }

    proptest! {
        /// Whatever comes in whatever order: where the last withdrawal was not known to a later giver, nothing stands.
        #[test]
        fn no_consent_stands_that_was_withdrawn_unheard(
            words in prop::collection::vec((any::<bool>(), 0u32..12), 0..12),
        ) {
            let words: Vec<_> = words.into_iter().map(|(given, after)| word(given, after)).collect();
            let last = words.iter().rposition(|word| !word.given);
            let later = words.iter().enumerate().skip(last.map_or(0, |at| at + 1));
            let informed = later
                .filter(|(at, word)| {
                    let number = u32::try_from(at + 1).unwrap();
                    let withdrawn = last.map_or(0, |at| u32::try_from(at + 1).unwrap());
                    word.after < number && word.after >= withdrawn
                })
                .count();
            prop_assert_eq!(stand(&words), informed > 0);
        }
    }
}
