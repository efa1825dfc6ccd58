//! What a resident needs, as the shared street board carries it.

use super::word::words;
use super::{Course, Entry, Language, Source};
use crate::id::{MemberId, RequestId};
use crate::time::Timestamp;
use crate::vec_map::VecMap;
words!(
    /// What a request is about (S4: the themes an ambassador hears at the door).
    Theme {
        /// Boodschappen.
        Groceries = "groceries",
        /// Vervoer.
        Transport = "transport",
        /// Gezelschap.
        Company = "company",
        /// Klusjes in en om huis.
        Chores = "chores",
        /// Administratie.
        Paperwork = "paperwork",
        /// Digitaal.
        Digital = "digital",
        /// Taal.
        Language = "language",
        /// Kinderen.
        Children = "children",
        /// Zorg en welzijn.
        Care = "care",
        /// Leefbaarheid.
        Liveability = "liveability",
        /// Anders.
        Other = "other",
    }
);

words!(
    /// What is asked, in a template: the shared board never carries a resident's own words.
    Ask {
        /// Do the shopping.
        ShopForMe = "shop_for_me",
        /// Go shopping together.
        ShopTogether = "shop_together",
        /// Fetch something at the pharmacy.
        Pharmacy = "pharmacy",
        /// Carry heavy things.
        HeavyThings = "heavy_things",
        /// To the doctor or the hospital.
        Doctor = "doctor",
        /// To visit somebody.
        Visit = "visit",
        /// Walk along.
        WalkAlong = "walk_along",
        /// Fetch or bring something.
        Fetch = "fetch",
        /// Drink coffee.
        Coffee = "coffee",
        /// Take a walk.
        Walk = "walk",
        /// Play a game.
        Game = "game",
        /// Eat together.
        Meal = "meal",
        /// A lamp or a light bulb.
        Lamp = "lamp",
        /// The garden or the balcony.
        Garden = "garden",
        /// A small repair.
        Repair = "repair",
        /// Move furniture or boxes.
        MoveThings = "move_things",
        /// A letter that is hard to understand.
        Letter = "letter",
        /// Fill in a form.
        Form = "form",
        /// Make a phone call to an office.
        PhoneCall = "phone_call",
        /// Sort papers.
        Sort = "sort",
        /// The phone.
        Phone = "phone",
        /// The computer or tablet.
        Computer = "computer",
        /// A government web site.
        GovernmentSite = "government_site",
        /// Video calling.
        VideoCall = "video_call",
        /// Practise Dutch.
        Practise = "practise",
        /// Read a letter aloud or explain it.
        ReadLetter = "read_letter",
        /// Interpret.
        Interpret = "interpret",
        /// Find a course.
        Course = "course",
        /// Look after children for a while.
        Sitting = "sitting",
        /// Help with homework.
        Homework = "homework",
        /// Play.
        Play = "play",
        /// Bring to or fetch from school.
        SchoolRun = "school_run",
        /// Look in now and then.
        CheckIn = "check_in",
        /// Back from the hospital.
        AfterHospital = "after_hospital",
        /// Take over from a carer for a while.
        Respite = "respite",
        /// A pet.
        Pet = "pet",
        /// Litter.
        Litter = "litter",
        /// Something in the street is broken.
        Broken = "broken",
        /// Noise.
        Noise = "noise",
        /// Green in the street.
        Green = "green",
        /// Something else.
        SomethingElse = "something_else",
    }
);

impl Theme {
    /// The templates of this theme. An ask belongs to exactly one theme.
    #[must_use]
    pub const fn asks(self) -> &'static [Ask] {
        match self {
            Self::Groceries => &[
                Ask::ShopForMe,
                Ask::ShopTogether,
                Ask::Pharmacy,
                Ask::HeavyThings,
            ],
            Self::Transport => &[Ask::Doctor, Ask::Visit, Ask::WalkAlong, Ask::Fetch],
            Self::Company => &[Ask::Coffee, Ask::Walk, Ask::Game, Ask::Meal],
            Self::Chores => &[Ask::Lamp, Ask::Garden, Ask::Repair, Ask::MoveThings],
            Self::Paperwork => &[Ask::Letter, Ask::Form, Ask::PhoneCall, Ask::Sort],
            Self::Digital => &[
                Ask::Phone,
                Ask::Computer,
                Ask::GovernmentSite,
                Ask::VideoCall,
            ],
            Self::Language => &[Ask::Practise, Ask::ReadLetter, Ask::Interpret, Ask::Course],
            Self::Children => &[Ask::Sitting, Ask::Homework, Ask::Play, Ask::SchoolRun],
            Self::Care => &[Ask::CheckIn, Ask::AfterHospital, Ask::Respite, Ask::Pet],
            Self::Liveability => &[Ask::Litter, Ask::Broken, Ask::Noise, Ask::Green],
            Self::Other => &[Ask::SomethingElse],
        }
    }
}

words!(
    /// Day of the week.
    Weekday {
        /// Monday.
        Mon = "mon",
        /// Tuesday.
        Tue = "tue",
        /// Wednesday.
        Wed = "wed",
        /// Thursday.
        Thu = "thu",
        /// Friday.
        Fri = "fri",
        /// Saturday.
        Sat = "sat",
        /// Sunday.
        Sun = "sun",
    }
);

words!(
    /// Part of the day; the board carries no finer time.
    DayPart {
        /// Until noon.
        Morning = "morning",
        /// Noon to six.
        Afternoon = "afternoon",
        /// After six.
        Evening = "evening",
    }
);

words!(
    /// How soon, most urgent last.
    Urgency {
        /// It can wait.
        CanWait = "can_wait",
        /// This week.
        ThisWeek = "this_week",
        /// Today.
        Today = "today",
    }
);

words!(
    /// How often.
    Repeat {
        /// Once.
        Once = "once",
        /// Every week.
        Weekly = "weekly",
        /// Now and then.
        Sometimes = "sometimes",
    }
);

words!(
    /// How the resident was told what became of the request.
    FeedbackHow {
        /// At the door.
        InPerson = "in_person",
        /// By phone.
        Phone = "phone",
        /// With a letter or card.
        Letter = "letter",
    }
);

/// One request as it stands in the street's document.
///
/// Words a newer app wrote are kept as they are in the document; here they read as `None` or the mildest word,
/// the same on every device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its identifier.
    pub id: RequestId,
    /// What it is about; `None` is a theme this version does not know.
    pub theme: Option<Theme>,
    /// What is asked; `None` is a template this version does not know.
    pub ask: Option<Ask>,
    /// On which day; `None` is any.
    pub day: Option<Weekday>,
    /// In which part of the day; `None` is any.
    pub part: Option<DayPart>,
    /// How soon.
    pub urgency: Urgency,
    /// How often.
    pub repeat: Repeat,
    /// How many helpers are needed, at least one.
    pub places: usize,
    /// Who logged it, and when by their clock.
    pub logged_by: MemberId,
    /// When it was logged.
    pub logged_at: Timestamp,
    /// Who said "I will do this", and when by their clock.
    pub claims: VecMap<MemberId, Timestamp>,
    /// Whose claim the relay confirmed. Only the relay writes here.
    pub matches: VecMap<MemberId, Timestamp>,
    /// When somebody said that it is done.
    pub done_at: Option<Timestamp>,
    /// When and how the resident was told.
    pub told: Option<(Timestamp, FeedbackHow)>,
    /// When it was withdrawn.
    pub withdrawn_at: Option<Timestamp>,
    /// Who brought it in.
    pub source: Source,
    /// Which language whoever helps had better speak; `None` is none in particular.
    pub language: Option<Language>,
    /// Whether it is a talent that somebody found, and no request: what a resident can and wants to do for others. It
    /// is written down, sealed and closed in the same ways.
    pub is_talent: bool,
    /// What happened to it after it was logged, in the order that counts.
    pub entries: Vec<Entry>,
    /// Where it has come to, by its entries.
    pub course: Course,
}

impl Request {
    /// Whether somebody helps with it: they were matched and did not let go, or they took it up for an organisation.
    #[must_use]
    pub fn is_helped_by(&self, member: MemberId) -> bool {
        let is_matched = self.matches.contains_key(&member) && self.claims.contains_key(&member);
        is_matched || self.is_taken_up_by(member)
    }

    /// Whether this member took it up for an organisation, or for the neighbourhood team.
    #[must_use]
    pub fn is_taken_up_by(&self, member: MemberId) -> bool {
        self.course
            .taken_up
            .is_some_and(|taken| taken.what == member)
    }
}
