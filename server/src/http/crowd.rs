//! How often anybody may knock: whoever tries secrets, or invites without end, is asked to wait, by the address they
//! come from. Many phones may share an address, so that what one may do at once is generous.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;
use kruispunt_core::intake::FormKind;

use super::{App, Problem};
use crate::allowance::Allowance;
use crate::clock::stopwatch;
use crate::relay::{Limits, Rate};

/// How many addresses are told apart, so that a flood from many costs some megabytes and no more. Those who come
/// when there are so many share what one may do.
const MOST: usize = 1 << 14;

/// How often those are looked for who have not knocked for a while.
const TIDY_EVERY: Duration = Duration::from_secs(1);

/// What all together may ask, in terms of what one may.
const ALL_VISITS: u32 = 50;
const ALL_INVITATIONS: u32 = 10;
const ALL_INTAKES: u32 = 50;

/// What a question takes of what comes back at one a second: on a public form it is five at once and then one a minute.
/// At a screen of the Startpunt one resident comes after another.
const fn price(kind: FormKind) -> usize {
    match kind {
        FormKind::Public => 60,
        FormKind::Kiosk => 10,
    }
}

/// Everybody who knocks.
#[derive(Debug)]
pub(crate) struct Crowd {
    visits: Door,
    invitations: Door,
    public_forms: Door,
    kiosks: Door,
    is_behind_proxy: bool,
}

impl Crowd {
    pub(crate) fn new(limits: &Limits, is_behind_proxy: bool) -> Self {
        Self {
            visits: Door::new(limits.visits, ALL_VISITS),
            invitations: Door::new(limits.invitations, ALL_INVITATIONS),
            public_forms: Door::new(limits.intakes, ALL_INTAKES),
            kiosks: Door::new(limits.intakes, ALL_INTAKES),
            is_behind_proxy,
        }
    }

    /// Somebody invites so many.
    pub(super) fn invites(&self, visitor: &Visitor, count: usize) -> Result<(), Problem> {
        self.invitations.pass(visitor.0, count, stopwatch())
    }

    /// Somebody asks something on a form.
    pub(super) fn asks(&self, visitor: &Visitor, kind: FormKind) -> Result<(), Problem> {
        let door = match kind {
            FormKind::Public => &self.public_forms,
            FormKind::Kiosk => &self.kiosks,
        };
        door.pass(visitor.0, price(kind), stopwatch())
    }
}

/// Where a question comes from: an address, or the network of somebody who has as many as they like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Visitor(Option<IpAddr>);

impl Visitor {
    fn at(address: IpAddr) -> Self {
        let network = match address.to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
            address @ IpAddr::V4(_) => address,
        };
        Self(Some(network))
    }

    fn of(parts: &Parts, is_behind_proxy: bool) -> Self {
        let forwarded = is_behind_proxy.then(|| forwarded(&parts.headers)).flatten();
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map(|ConnectInfo(peer)| peer.ip());
        forwarded.or(peer).map_or(Self(None), Self::at)
    }
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        Ok(Self::of(parts, app.crowd.is_behind_proxy))
    }
}

/// Somebody without a session asks to come in, not too often.
pub(super) struct Knock;

impl FromRequestParts<Arc<App>> for Knock {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Problem> {
        let visitor = Visitor::of(parts, app.crowd.is_behind_proxy);
        app.crowd.visits.pass(visitor.0, 1, stopwatch())?;
        Ok(Self)
    }
}

/// Whom the proxy spoke to: what it wrote itself, which is last; what stands before that anybody could have sent.
/// `X-Forwarded-For` is what proxies write by themselves, and a `Forwarded` beside it may be the visitor's own.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = |name| {
        let value = headers.get_all(name).iter().next_back()?.to_str().ok()?;
        value.rsplit(',').next().map(str::trim)
    };
    if let Some(hop) = last("x-forwarded-for") {
        return address(hop);
    }
    let mut pairs = last("forwarded")?.split(';');
    let hop = pairs.find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for").then_some(value)
    })?;
    address(hop.trim_matches('"'))
}

/// An address, with a port or without.
fn address(text: &str) -> Option<IpAddr> {
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(address.ip());
    }
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'));
    bare.unwrap_or(text).parse().ok()
}

/// A door with a purse for every address, and one for all.
#[derive(Debug)]
struct Door {
    each: Rate,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    all: Allowance,
    known: HashMap<Option<IpAddr>, Allowance>,
    tidied: Instant,
}

impl Door {
    fn new(each: Rate, all: u32) -> Self {
        let now = stopwatch();
        let all = Rate {
            burst: each.burst.saturating_mul(all),
            per_second: each.per_second.saturating_mul(all),
        };
        Self {
            each,
            state: Mutex::new(State {
                all: Allowance::new(all, now),
                known: HashMap::new(),
                tidied: now,
            }),
        }
    }

    fn pass(&self, from: Option<IpAddr>, count: usize, now: Instant) -> Result<(), Problem> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let State { all, known, tidied } = &mut *state;
        if known.len() >= MOST && now.saturating_duration_since(*tidied) >= TIDY_EVERY {
            *tidied = now;
            known.retain(|_, purse| !purse.is_full(now));
        }
        let from = if known.len() < MOST || known.contains_key(&from) {
            from
        } else {
            None
        };
        let purse = known.entry(from);
        let purse = purse.or_insert_with(|| Allowance::new(self.each, now));
        // Both or neither: whoever has to wait for the others is not charged for that.
        let wait = purse.enough_in(count, now).max(all.enough_in(count, now));
        if wait > 0 {
            return Err(Problem::too_fast(wait));
        }
        purse.take(count, now);
        all.take(count, now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate {
        burst: 2,
        per_second: 1,
    };

    fn v4(last: u8) -> Option<IpAddr> {
        Visitor::at(IpAddr::from([10, 0, 0, last])).0
    }

    #[test]
    fn who_knocks_too_often_waits_and_nobody_else() {
        let (door, now) = (Door::new(RATE, 50), stopwatch());
        assert!(door.pass(v4(1), 2, now).is_ok());
        assert_eq!(door.pass(v4(1), 1, now), Err(Problem::too_fast(1)));
        assert_eq!(door.pass(v4(1), 2, now), Err(Problem::too_fast(2)));
        assert!(door.pass(v4(2), 1, now).is_ok());
        let later = now + Duration::from_secs(1);
        assert!(door.pass(v4(1), 1, later).is_ok());
    }

    #[test]
    fn all_together_have_a_limit_too() {
        let (door, now) = (Door::new(RATE, 2), stopwatch());
        for number in 0..4 {
            assert!(door.pass(v4(number), 1, now).is_ok());
        }
        assert_eq!(door.pass(v4(9), 1, now), Err(Problem::too_fast(1)));
    }

    #[test]
    fn a_flood_from_everywhere_is_bounded_and_passes() {
        let (door, now) = (Door::new(RATE, u32::MAX), stopwatch());
        let from = |number: u32| Some(IpAddr::from(number.to_be_bytes()));
        for number in 0..u32::try_from(MOST).unwrap() + 10 {
            let _ = door.pass(from(number), 1, now);
        }
        assert!(door.state.lock().unwrap().known.len() <= MOST + 1);
        let later = now + Duration::from_secs(10);
        door.pass(v4(1), 1, later).unwrap();
        assert_eq!(door.state.lock().unwrap().known.len(), 1);
    }

    #[test]
    fn a_network_is_one_visitor() {
        let at = |text: &str| Visitor::at(text.parse().unwrap());
        assert_eq!(at("2001:db8:1:2:3::4"), at("2001:db8:1:2:ffff::1"));
        assert_ne!(at("2001:db8:1:2::1"), at("2001:db8:1:3::1"));
        assert_eq!(at("::ffff:10.0.0.1"), at("10.0.0.1"));
    }

    #[test]
    fn only_what_the_proxy_wrote_is_believed() {
        let said = |lines: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            for &(name, value) in lines {
                headers.append(name, value.parse().unwrap());
            }
            forwarded(&headers).map(|address| address.to_string())
        };
        let (ours, theirs) = ("x-forwarded-for", "forwarded");
        assert_eq!(
            said(&[(ours, "1.1.1.1, 10.0.0.7")]).as_deref(),
            Some("10.0.0.7")
        );
        assert_eq!(
            said(&[(ours, "1.1.1.1"), (ours, "10.0.0.7:99")]).as_deref(),
            Some("10.0.0.7")
        );
        assert_eq!(
            said(&[(theirs, "for=1.1.1.1, for=\"[2001:db8::1]:99\";proto=https")]).as_deref(),
            Some("2001:db8::1")
        );
        assert_eq!(
            said(&[(theirs, "for=1.1.1.1"), (ours, "10.0.0.7")]).as_deref(),
            Some("10.0.0.7")
        );
        for nothing in ["unknown", "", "_hidden"] {
            assert_eq!(said(&[(ours, nothing)]), None, "{nothing:?}");
        }
        assert_eq!(said(&[]), None);
    }
}
