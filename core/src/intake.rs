//! Self-entry: residents who ask by themselves, at the desk of the Startpunt or from home (S4). What they wrote waits for
//! a coordinator, who looks at it before it reaches a board.

use crate::model::words;

words!(
    /// Where a form stands.
    FormKind {
        /// On a screen at the Startpunt, for one resident after another.
        Kiosk = "kiosk",
        /// Anywhere: whoever has its link.
        Public = "public",
    }
);

words!(
    /// Why what somebody asked did not become a request.
    DeclineReason {
        /// They could not be reached.
        NotReached = "not_reached",
        /// It is known already.
        KnownAlready = "known_already",
        /// They were helped at once, or told where to go.
        HelpedAtOnce = "helped_at_once",
        /// They live elsewhere.
        Elsewhere = "elsewhere",
        /// They would rather not.
        NoLonger = "no_longer",
        /// It is no question at all.
        NoQuestion = "no_question",
    }
);
