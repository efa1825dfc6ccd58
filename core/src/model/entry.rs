//! What happens to a request after it was logged: a list of entries that only grows.
//!
//! Two people may add to it without knowing of each other. Of entries of the same kind the last one counts, and which
//! one is last every device tells alike, by the key an entry is written under.

use std::fmt;
use std::str::FromStr;

use super::word::words;
use crate::id::{MemberId, RequestId};
use crate::time::Timestamp;

words!(
    /// What an entry says.
    EntryKind {
        /// A coordinator looked at it.
        Triaged = "triaged",
        /// It goes this way (`to` a [`Route`], `why` a [`RouteReason`]).
        Route = "route",
        /// Help is looked for this far (`to` a [`Step`]).
        Step = "step",
        /// Nobody was found in time (`why` an [`Attention`]); the relay says so.
        Stuck = "stuck",
        /// Somebody was asked to help (`who`).
        Asked = "asked",
        /// Somebody said that they would help, and a coordinator wrote it down (`who`).
        Assigned = "assigned",
        /// A helper was let go (`who`).
        LetGo = "let_go",
        /// A helper did not begin in time (`who`); the relay says so.
        Expired = "expired",
        /// "Not for me" (`why` a [`PassReason`]).
        Passed = "passed",
        /// A helper is at it, or agreed on a time.
        Started = "started",
        /// How long it took a helper (`n`, minutes).
        Hours = "hours",
        /// Something is in the way (`why` a [`TroubleReason`]).
        Trouble = "trouble",
        /// The ambassador helped on the spot (S4: "indien zij deze niet zelf kunnen oppakken").
        Solved = "solved",
        /// It ends without anybody being told (`why` an [`UntoldReason`]).
        Untold = "untold",
        /// It belongs with another one (`into`), or with none any more (`into` itself).
        Linked = "linked",
        /// It is answered together with another one (`into`; S3: from individual to collective).
        Merged = "merged",
        /// It is answered on its own again.
        Split = "split",
        /// An organisation or the neighbourhood team takes it up.
        TakenUp = "taken_up",
        /// They give it back (`why` a [`HandBackReason`]).
        HandedBack = "handed_back",
        /// Whoever has this talent was invited.
        Invited = "invited",
        /// Whoever has this talent is a member now.
        Joined = "joined",
    }
);

impl EntryKind {
    /// Whether whoever writes it helps, and so is to be known on the board by their first name.
    #[must_use]
    pub const fn names_its_writer(self) -> bool {
        matches!(self, Self::Started | Self::TakenUp | Self::Trouble)
    }
}

words!(
    /// How a request is answered, lightest first (S4; S1 "zo licht als mogelijk, zo zwaar als nodig").
    Route {
        /// By neighbours.
        Informal = "informal",
        /// By an organisation together with a neighbour.
        Combined = "combined",
        /// By an organisation.
        Formal = "formal",
        /// By the neighbourhood team: liveability.
        NeighbourhoodTeam = "neighbourhood_team",
    }
);

impl Route {
    /// Whether neighbours are asked.
    #[must_use]
    pub const fn asks_neighbours(self) -> bool {
        matches!(self, Self::Informal | Self::Combined)
    }

    /// Whether an organisation or team is asked.
    #[must_use]
    pub const fn asks_organisation(self) -> bool {
        !matches!(self, Self::Informal)
    }
}

words!(
    /// Why a heavier way was chosen.
    RouteReason {
        /// No neighbour was found.
        NobodyFound = "nobody_found",
        /// It takes skill that neighbours do not have.
        NeedsSkill = "needs_skill",
        /// It is too much, or goes on too long, for neighbours.
        TooHeavy = "too_heavy",
        /// It would not be safe otherwise.
        Safety = "safety",
        /// The resident wants it so.
        ResidentWish = "resident_wish",
        /// It is about the street or the neighbourhood itself.
        PublicSpace = "public_space",
    }
);

words!(
    /// How far help is looked for, nearest first.
    Step {
        /// Family and friends.
        OwnNetwork = "own_network",
        /// Neighbours in the street.
        Street = "street",
        /// Volunteers in the neighbourhood.
        Neighbourhood = "neighbourhood",
        /// Further away, or by another way.
        Further = "further",
    }
);

words!(
    /// Why somebody should look at a request.
    Attention {
        /// Nobody offered to help in time.
        Nobody = "nobody",
        /// The organisation did not answer in time.
        NoAnswer = "no_answer",
        /// A helper reported something in the way.
        Trouble = "trouble",
        /// The resident waits to be told.
        Untold = "untold",
    }
);

words!(
    /// Why a task is not for somebody. None is a bad one.
    PassReason {
        /// Not now.
        NotNow = "not_now",
        /// It does not fit them.
        NotFitting = "not_fitting",
        /// It is too far.
        TooFar = "too_far",
    }
);

words!(
    /// What is in the way of a task.
    TroubleReason {
        /// Nobody opened the door or answered the phone.
        NobodyHome = "nobody_home",
        /// The helper cannot come.
        CannotCome = "cannot_come",
        /// It is more than a neighbour can do.
        TooMuch = "too_much",
        /// Something does not feel right.
        WorriesMe = "worries_me",
        /// It is another question than was written down.
        OtherQuestion = "other_question",
    }
);

words!(
    /// Why nobody can be told what became of it.
    UntoldReason {
        /// The resident could not be reached.
        Unreachable = "unreachable",
        /// The resident moved away.
        Moved = "moved",
        /// The resident died.
        Died = "died",
        /// The resident does not want to hear of it.
        NotWanted = "not_wanted",
        /// It is not known who asked.
        Anonymous = "anonymous",
    }
);

words!(
    /// Why an organisation gives a request back.
    HandBackReason {
        /// It has no such service.
        NoService = "no_service",
        /// It has no room now.
        NoRoom = "no_room",
        /// A neighbour can do it.
        NeighbourCan = "neighbour_can",
    }
);

words!(
    /// Who brought a request in (S4; S1: finding places).
    Source {
        /// A street ambassador.
        Ambassador = "ambassador",
        /// A resident, at the desk of the Startpunt.
        Desk = "desk",
        /// A resident, by themselves.
        Resident = "resident",
        /// A school, a doctor, a housing corporation, a club.
        FindingPlace = "finding_place",
        /// Somebody who works in the neighbourhood.
        Professional = "professional",
    }
);

/// How long a key is.
const LENGTH: usize = 21;

/// The key of an entry: a number that is one more than any its writer knew, the moment by their clock, and the
/// beginning of who they are, so that no two people write under the same key. Keys sort in the order that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct EntryKey {
    /// Its place among the entries.
    pub number: u16,
    /// When, by the writer's clock. It is shown, and not trusted.
    pub at: Timestamp,
    writer: [u8; 4],
}

impl EntryKey {
    /// What every key of an entry begins with, and no other field of a request.
    pub(crate) const MARK: char = '+';

    /// The key under which somebody writes; nobody is the relay.
    #[must_use]
    pub fn new(number: u16, at: Timestamp, writer: Option<MemberId>) -> Self {
        let mut short = [b'0'; 4];
        if let Some(writer) = writer {
            for (to, from) in short.iter_mut().zip(writer.to_string().bytes()) {
                *to = from;
            }
        }
        let at = Timestamp::from_millis(at.as_millis().clamp(0, MOST_MILLIS));
        Self {
            number,
            at,
            writer: short,
        }
    }

    /// Whether this is how that member's keys end.
    #[must_use]
    pub fn is_of(self, writer: MemberId) -> bool {
        Self::new(self.number, self.at, Some(writer)) == self
    }
}

/// Twelve hexadecimal digits.
const MOST_MILLIS: i64 = 0xffff_ffff_ffff;

impl fmt::Display for EntryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (number, at) = (self.number, self.at.as_millis());
        write!(f, "{}{number:04x}{at:012x}", Self::MARK)?;
        self.writer
            .iter()
            .try_for_each(|&byte| fmt::Write::write_char(f, char::from(byte)))
    }
}

/// The text is no key of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotAnEntry;

impl FromStr for EntryKey {
    type Err = NotAnEntry;

    fn from_str(text: &str) -> Result<Self, NotAnEntry> {
        let parsed = || {
            let is_lower = |digits: &&str| {
                digits
                    .bytes()
                    .all(|digit| !digit.is_ascii_uppercase() && digit != b'+')
            };
            let (number, at) = (text.get(1..5)?, text.get(5..17)?);
            let writer = text.get(17..)?.as_bytes();
            let key = Self {
                number: u16::from_str_radix(Some(number).filter(is_lower)?, 16).ok()?,
                at: Timestamp::from_millis(
                    i64::from_str_radix(Some(at).filter(is_lower)?, 16).ok()?,
                ),
                writer: writer.try_into().ok()?,
            };
            (text.len() == LENGTH && text.starts_with(Self::MARK)).then_some(key)
        };
        parsed().ok_or(NotAnEntry)
    }
}

/// One entry, as far as this version can read it. Words it does not know are kept in the document and read as none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its key.
    pub key: EntryKey,
    /// What it says.
    pub kind: EntryKind,
    /// Who wrote it; `None` is the relay.
    pub by: Option<MemberId>,
    /// Where to, as a word.
    pub to: Option<String>,
    /// Why, as a word.
    pub why: Option<String>,
    /// About whom.
    pub who: Option<MemberId>,
    /// About which other request.
    pub into: Option<RequestId>,
    /// How many.
    pub n: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_text_and_sorts_as_it() {
        let at = Timestamp::from_millis(1_764_336_000_000);
        let member = MemberId::from_bytes([9; 16]);
        let keys = [
            EntryKey::new(1, at, Some(member)),
            EntryKey::new(1, at.plus_millis(1), None),
            EntryKey::new(2, at, None),
            EntryKey::new(300, Timestamp::from_millis(-5), Some(member)),
        ];
        let texts = keys.map(|key| key.to_string());
        assert!(keys.is_sorted() && texts.is_sorted());
        for (key, text) in keys.iter().zip(&texts) {
            assert_eq!(text.parse(), Ok(*key));
        }
        assert!(keys[0].is_of(member) && !keys[0].is_of(MemberId::from_bytes([8; 16])));
    }

    #[test]
    fn other_texts_are_no_keys() {
        for text in [
            "",
            "+",
            "theme",
            "+0001",
            "+000100000000000é000",
            "+00010000000000000000000",
            "+000A0000000000000000",
        ] {
            assert_eq!(text.parse::<EntryKey>(), Err(NotAnEntry), "{text}");
        }
    }
}
