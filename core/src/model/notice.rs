//! What people hear of, and how they want to hear it.
//!
//! A notice says only of what kind the news is and about which request; what to show of that is with whoever may read
//! the board.

use super::word::words;
use crate::model::Word;

words!(
    /// What somebody hears of.
    NoticeKind {
        /// A task that fits them: volunteers.
        Task = "task",
        /// A coordinator asks them to help.
        Asked = "asked",
        /// Their help is confirmed.
        Confirmed = "confirmed",
        /// Their help is not needed: somebody was first, their place ended, or the request was withdrawn.
        Lost = "lost",
        /// Somebody will help with what they logged.
        Matched = "matched",
        /// Nobody was found for a request.
        Stale = "stale",
        /// A request is stuck: something is in the way, or an organisation does not answer.
        Bottleneck = "bottleneck",
        /// The resident waits to be told what became of it.
        FeedbackDue = "feedback_due",
        /// Somebody wrote a note about a case.
        Note = "note",
        /// Their organisation, or the neighbourhood team, is asked.
        Brought = "brought",
        /// A resident asked by themselves.
        Intake = "intake",
        /// Somebody they invited came in.
        Joined = "joined",
    }
);

impl NoticeKind {
    /// Whether somebody can say "I help" or "not now" to it at once.
    #[must_use]
    pub const fn asks(self) -> bool {
        matches!(self, Self::Task | Self::Asked)
    }
}

words!(
    /// To whom it is news. Who that is, is looked up when they are told: roles change.
    Whom {
        /// One member.
        Member = "member",
        /// Volunteers whom the request fits, a few at a time.
        Helpers = "helpers",
        /// Coordinators of the area.
        Coordinators = "coordinators",
        /// Process managers of the area.
        ProcessManagers = "process_managers",
        /// Organisation contacts of the area.
        Organisations = "organisations",
        /// The neighbourhood team of the area.
        Team = "team",
        /// Whoever takes part in the case.
        Participants = "participants",
        /// Whoever logged the request, and coordinates.
        Care = "care",
    }
);

words!(
    /// A language the app speaks, by its code of ISO 639.
    #[derive(Default)]
    Tongue {
        /// Dutch.
        #[default]
        Dutch = "nl",
        /// English.
        English = "en",
        /// Arabic.
        Arabic = "ar",
    }
);

/// The minutes of a day.
const DAY: u16 = 24 * 60;

/// How a member wants to hear of things. Nobody has to say anything: these are then the usual ways.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Wishes {
    /// What they do not want to be rung for. It is in their inbox all the same.
    #[serde(deserialize_with = "known_kinds")]
    pub off: Vec<NoticeKind>,
    /// When the quiet hours begin, in minutes of their day.
    pub quiet_from: u16,
    /// When they end; when both are the same there are none.
    pub quiet_until: u16,
    /// Whether everything that can wait comes together, once a day.
    pub digest: bool,
    /// When, in minutes of their day.
    pub digest_at: u16,
    /// Where their clock is, by its name in the time zone database of IANA.
    pub time_zone: String,
    /// What the app speaks to them.
    #[serde(deserialize_with = "known_tongue")]
    pub language: Tongue,
}

impl Default for Wishes {
    fn default() -> Self {
        Self {
            off: Vec::new(),
            quiet_from: 21 * 60,
            quiet_until: 8 * 60,
            digest: false,
            digest_at: 18 * 60,
            time_zone: "Europe/Amsterdam".to_owned(),
            language: Tongue::default(),
        }
    }
}

/// These are no wishes: a minute that no day has, or a name that no time zone has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these wishes name a moment or a place that does not exist")]
pub struct NotAWish;

impl Wishes {
    /// Whether they can be kept. Whether the time zone exists only the relay knows.
    ///
    /// # Errors
    /// When a minute is beyond the end of the day, or the time zone is longer than any.
    pub fn check(&self) -> Result<(), NotAWish> {
        let minutes = [self.quiet_from, self.quiet_until, self.digest_at];
        if minutes.iter().any(|&minute| minute >= DAY) || self.time_zone.len() > 64 {
            return Err(NotAWish);
        }
        Ok(())
    }

    /// Whether a minute of their day is in the quiet hours.
    #[must_use]
    pub const fn is_quiet(&self, minute: u16) -> bool {
        if self.quiet_from <= self.quiet_until {
            self.quiet_from <= minute && minute < self.quiet_until
        } else {
            self.quiet_from <= minute || minute < self.quiet_until
        }
    }
}

/// Words that only a newer version knows are skipped.
fn known_kinds<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<NoticeKind>, D::Error> {
    let written: Vec<String> = serde::Deserialize::deserialize(from)?;
    let known = written.iter().filter_map(|key| NoticeKind::from_key(key));
    Ok(known.collect())
}

fn known_tongue<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Tongue, D::Error> {
    let written: String = serde::Deserialize::deserialize(from)?;
    Ok(Tongue::from_key(&written).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_go_over_midnight() {
        let usual = Wishes::default();
        for (hour, is_quiet) in [(20, false), (21, true), (0, true), (7, true), (8, false)] {
            assert_eq!(usual.is_quiet(hour * 60), is_quiet, "at {hour}");
        }
    }

    #[test]
    fn whoever_works_at_night_is_quiet_by_day_and_whoever_wants_none_has_none() {
        let by_day = Wishes {
            quiet_from: 9 * 60,
            quiet_until: 17 * 60,
            ..Wishes::default()
        };
        assert!(by_day.is_quiet(12 * 60) && !by_day.is_quiet(17 * 60) && !by_day.is_quiet(3 * 60));
        let never = Wishes {
            quiet_from: 0,
            quiet_until: 0,
            ..Wishes::default()
        };
        assert!((0..DAY).all(|minute| !never.is_quiet(minute)));
    }

    #[test]
    fn what_a_newer_app_says_is_skipped_and_what_no_clock_shows_is_refused() {
        let read: Wishes = serde_json::from_str(
            r#"{"off": ["note", "moonlight"], "language": "eo", "more": true}"#,
        )
        .unwrap();
        assert_eq!(read.off, [NoticeKind::Note]);
        assert_eq!(read.language, Tongue::Dutch);
        assert_eq!(read.check(), Ok(()));
        let beyond = Wishes {
            digest_at: DAY,
            ..Wishes::default()
        };
        assert_eq!(beyond.check(), Err(NotAWish));
    }
}
