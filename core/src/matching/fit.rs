//! How well one person fits one request, with the reasons that screens put into words.

use super::{Load, Near, Person};
use crate::model::{
    Ask, DayPart, Preference, Profile, Reach, Repeat, Request, Theme, Weekday, Word as _,
};
use crate::time::Timestamp;

/// Something that is said about a fit: a message key under `fit.`, and a word that belongs in it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Said {
    /// The key.
    pub key: &'static str,
    /// The key of a theme, a language, a day, a part of a day, a preference or a distance.
    pub word: Option<&'static str>,
    /// A second word: the part of the day beside the day.
    pub more: Option<&'static str>,
}

impl Said {
    const fn new(key: &'static str) -> Self {
        Self {
            key,
            word: None,
            more: None,
        }
    }

    const fn about(key: &'static str, word: &'static str) -> Self {
        Self {
            word: Some(word),
            ..Self::new(key)
        }
    }
}

/// How well one person fits one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fit {
    /// How well; more is better. Between [`Fit::LEAST`] and [`Fit::MOST`].
    pub score: i32,
    /// How far away it is.
    pub near: Near,
    /// What speaks for it, most important first.
    pub reasons: Vec<Said>,
    /// What stands in the way. Who has one is not proposed, but may be asked all the same.
    pub obstacles: Vec<Said>,
}

impl Fit {
    /// The least score.
    pub const LEAST: i32 = -2;
    /// The greatest score.
    pub const MOST: i32 = 14;

    /// Whether they may be proposed.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        self.obstacles.is_empty()
    }

    pub(super) fn of(
        person: Person<'_>,
        load: Load,
        request: &Request,
        near: Near,
        now: Timestamp,
    ) -> Self {
        let mut fit = Self {
            score: 0,
            near,
            reasons: Vec::new(),
            obstacles: Vec::new(),
        };
        let nothing = Profile::default();
        let profile = person.profile.unwrap_or(&nothing);
        let course = &request.course;
        if course.asked.contains_key(&person.member) {
            fit.good(3, Said::new("asked"));
        }
        fit.talents(profile, request.theme);
        fit.time(profile, request.day, request.part);
        fit.distance(profile, person);
        fit.language(profile, request);
        fit.preferences(profile, request);
        if is_away(profile, now) {
            fit.bad(Said::new("away"));
        }
        if profile
            .at_most
            .is_some_and(|most| load.now >= u32::from(most))
        {
            fit.bad(Said::new("enough"));
        }
        if course.passed.contains_key(&person.member)
            && !request.claims.contains_key(&person.member)
        {
            fit.bad(Said::new("passed"));
        }
        fit
    }

    fn good(&mut self, score: i32, why: Said) {
        self.score += score;
        self.reasons.push(why);
    }

    fn bad(&mut self, why: Said) {
        self.obstacles.push(why);
    }

    fn talents(&mut self, profile: &Profile, theme: Option<Theme>) {
        let Some(theme) = theme else { return };
        if profile.talents.contains(&theme) {
            self.good(4, Said::about("likes", theme.key()));
        } else if !profile.talents.is_empty() && theme != Theme::Other {
            self.bad(Said::about("other_talents", theme.key()));
        }
    }

    fn time(&mut self, profile: &Profile, day: Option<Weekday>, part: Option<DayPart>) {
        if profile.free.is_empty() {
            return;
        }
        let is_free = profile.free.iter().any(|free| {
            day.is_none_or(|day| free.day == day) && part.is_none_or(|part| free.part == part)
        });
        let mut said = Said::new(if is_free { "has_time" } else { "no_time" });
        said.word = day.map(Weekday::key);
        said.more = part.map(DayPart::key);
        if !is_free {
            self.bad(said);
        } else if day.is_some() || part.is_some() {
            self.good(2, said);
        } else {
            self.score += 1;
        }
    }

    fn distance(&mut self, profile: &Profile, person: Person<'_>) {
        let furthest = match profile.reach {
            Reach::Street => Near::Street,
            Reach::Neighbourhood => Near::Neighbourhood,
            Reach::Quarter => Near::Quarter,
            Reach::Anywhere => Near::Far,
        };
        let said = Said::about("near", self.near.key());
        // Whoever did not say where they live goes where they were asked to be a volunteer.
        let knows_home = person.profile.is_some_and(|known| known.home.is_some());
        if knows_home && self.near > furthest {
            self.bad(Said::about("too_far", self.near.key()));
            return;
        }
        match self.near {
            Near::Street => self.good(3, said),
            Near::Neighbourhood => self.good(2, said),
            Near::Quarter => self.good(1, said),
            Near::Far => {}
        }
    }

    fn language(&mut self, profile: &Profile, request: &Request) {
        let Some(language) = request.language else {
            return;
        };
        if profile.languages.contains(&language) {
            self.good(2, Said::about("speaks", language.key()));
        } else if request.theme == Some(Theme::Language) && !profile.languages.is_empty() {
            self.bad(Said::about("other_languages", language.key()));
        } else if !profile.languages.is_empty() {
            self.score -= 1;
        }
    }

    fn preferences(&mut self, profile: &Profile, request: &Request) {
        let has = |preference| profile.preferences.contains(&preference);
        let wishes = [
            (Preference::Once, request.repeat == Repeat::Once),
            (Preference::Weekly, request.repeat == Repeat::Weekly),
            (Preference::Outdoors, request.ask.is_some_and(is_outdoors)),
            (Preference::ByPhone, request.ask.is_some_and(is_by_phone)),
        ];
        // One of them is enough: a preference is no talent.
        let met = wishes.iter().find(|&&(wish, is_so)| is_so && has(wish));
        if let Some((wish, _)) = met {
            self.good(1, Said::about("prefers", wish.key()));
        }
        if has(Preference::NoLifting) && request.ask.is_some_and(is_heavy) {
            self.bad(Said::about("rather_not", Preference::NoLifting.key()));
        }
        if has(Preference::Once) && request.repeat == Repeat::Weekly {
            self.score -= 1;
        }
    }
}

/// Whether they do not want to be asked now.
fn is_away(profile: &Profile, now: Timestamp) -> bool {
    profile.paused_until.is_some_and(|until| now < until)
        || profile.from.is_some_and(|from| now < from)
        || profile.until.is_some_and(|until| now >= until)
}

const fn is_outdoors(ask: Ask) -> bool {
    matches!(
        ask,
        Ask::Walk | Ask::WalkAlong | Ask::Garden | Ask::Pet | Ask::Green | Ask::Litter
    )
}

const fn is_by_phone(ask: Ask) -> bool {
    matches!(ask, Ask::PhoneCall | Ask::VideoCall | Ask::CheckIn)
}

const fn is_heavy(ask: Ask) -> bool {
    matches!(ask, Ask::HeavyThings | Ask::MoveThings)
}
