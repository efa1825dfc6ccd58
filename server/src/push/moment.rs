//! When to ring: by the clock where somebody lives, not at night, and for what can wait once a day if they like.

use jiff::tz::TimeZone;
use jiff::{Timestamp as Moment, ToSpan as _, ZonedDateTime};
use kruispunt_core::model::Wishes;
use kruispunt_core::time::Timestamp;

/// Whether there is a time zone of this name.
pub(crate) fn is_time_zone(name: &str) -> bool {
    TimeZone::get(name).is_ok()
}

/// When to ring for something that happens now.
pub(super) fn ring_at(wishes: &Wishes, is_urgent: bool, now: Timestamp) -> Timestamp {
    let Ok(moment) = Moment::from_millisecond(now.as_millis()) else {
        return now;
    };
    let zone = TimeZone::get(&wishes.time_zone);
    // Whoever chose a zone that a newer database knows is rung for by the relay's usual clock.
    let zone = zone
        .or_else(|_| TimeZone::get(&Wishes::default().time_zone))
        .unwrap_or(TimeZone::UTC);
    let mut at = moment.to_zoned_datetime(zone);
    if wishes.digest && !is_urgent {
        at = next(&at, wishes.digest_at);
    }
    if wishes.is_quiet(minute(&at)) {
        at = next(&at, wishes.quiet_until);
    }
    if at.timestamp() == moment {
        now
    } else {
        Timestamp::from_millis(at.timestamp().as_millisecond())
    }
}

/// Until when nobody rings there, where it is quiet now.
pub(super) fn quiet_until(wishes: &Wishes, now: Timestamp) -> Option<Timestamp> {
    let at_once = Wishes {
        digest: false,
        ..wishes.clone()
    };
    let at = ring_at(&at_once, false, now);
    (at != now).then_some(at)
}

/// When the next daily message comes.
pub(super) fn next_daily(wishes: &Wishes, now: Timestamp) -> Timestamp {
    let daily = Wishes {
        digest: true,
        ..wishes.clone()
    };
    ring_at(&daily, false, now)
}

fn minute(at: &ZonedDateTime) -> u16 {
    let minutes = i32::from(at.hour()) * 60 + i32::from(at.minute());
    u16::try_from(minutes).unwrap_or_default()
}

/// The next time that a clock there shows this minute of the day.
fn next(after: &ZonedDateTime, minute: u16) -> ZonedDateTime {
    let (hour, minute) = (minute / 60, minute % 60);
    let (hour, minute) = (
        i8::try_from(hour).unwrap_or_default(),
        i8::try_from(minute).unwrap_or_default(),
    );
    let time = jiff::civil::time(hour.min(23), minute, 0, 0);
    let on = |date: jiff::civil::Date| {
        date.to_datetime(time)
            .to_zoned_datetime(after.time_zone().clone())
    };
    match on(after.date()) {
        Ok(today) if today > *after => today,
        // Beyond the end of the calendar there is no tomorrow.
        _ => on(after.date().saturating_add(1.day())).unwrap_or_else(|_| after.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        let moment: Moment = text.parse().unwrap();
        Timestamp::from_millis(moment.as_millisecond())
    }

    fn rings(wishes: &Wishes, is_urgent: bool, now: &str) -> String {
        let at = ring_at(wishes, is_urgent, at(now));
        Moment::from_millisecond(at.as_millis())
            .unwrap()
            .to_string()
    }

    #[test]
    fn by_day_at_once_and_by_night_in_the_morning() {
        let usual = Wishes::default();
        for (now, then) in [
            ("2026-11-28T12:00:00Z", "2026-11-28T12:00:00Z"),
            // 21:30 in the Netherlands.
            ("2026-11-28T20:30:00Z", "2026-11-29T07:00:00Z"),
            // 02:00 there.
            ("2026-11-29T01:00:00Z", "2026-11-29T07:00:00Z"),
            // In summer eight o'clock comes an hour earlier.
            ("2026-07-01T20:00:00Z", "2026-07-02T06:00:00Z"),
        ] {
            assert_eq!(rings(&usual, false, now), then);
            assert_eq!(rings(&usual, true, now), then, "nobody is woken");
        }
    }

    #[test]
    fn the_night_in_which_the_clock_changes_ends_at_eight_too() {
        let usual = Wishes::default();
        assert_eq!(
            rings(&usual, false, "2027-03-27T22:00:00Z"),
            "2027-03-28T06:00:00Z"
        );
        assert_eq!(
            rings(&usual, false, "2026-10-24T22:00:00Z"),
            "2026-10-25T07:00:00Z"
        );
    }

    #[test]
    fn a_clock_elsewhere_counts_where_it_is() {
        let elsewhere = Wishes {
            time_zone: "America/Paramaribo".to_owned(),
            ..Wishes::default()
        };
        assert_eq!(
            rings(&elsewhere, false, "2026-11-28T09:00:00Z"),
            "2026-11-28T11:00:00Z"
        );
        let nowhere = Wishes {
            time_zone: "Mars/Olympus".to_owned(),
            ..Wishes::default()
        };
        assert_eq!(
            rings(&nowhere, false, "2026-11-28T20:30:00Z"),
            "2026-11-29T07:00:00Z"
        );
        assert!(is_time_zone("Europe/Amsterdam") && !is_time_zone("Mars/Olympus"));
    }

    #[test]
    fn once_a_day_everything_that_can_wait() {
        let daily = Wishes {
            digest: true,
            ..Wishes::default()
        };
        let noon = "2026-11-28T11:00:00Z";
        assert_eq!(rings(&daily, false, noon), "2026-11-28T17:00:00Z");
        assert_eq!(rings(&daily, true, noon), noon);
        let evening = "2026-11-28T18:00:00Z";
        assert_eq!(rings(&daily, false, evening), "2026-11-29T17:00:00Z");
        let at_night = Wishes {
            digest: true,
            digest_at: 23 * 60,
            ..Wishes::default()
        };
        assert_eq!(rings(&at_night, false, noon), "2026-11-29T07:00:00Z");
    }

    #[test]
    fn whoever_wants_no_quiet_hours_has_none() {
        let always = Wishes {
            quiet_from: 0,
            quiet_until: 0,
            ..Wishes::default()
        };
        let night = "2026-11-28T02:00:00Z";
        assert_eq!(rings(&always, false, night), night);
    }
}
