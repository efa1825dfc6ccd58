//! The whole table, written out once more by hand, and walked: every role, every place, every action.

use super::*;
use crate::consent::{ConsentWord, Consents, Purpose, Recipient};
use crate::id::{MemberId, RequestId};
use crate::model::{
    Area, AreaKind, Ask, Course, FeedbackHow, Repeat, Request, Source, Theme, Urgency,
};
use crate::time::Timestamp;
use crate::vec_map::VecMap;

/// A letter an action, in the order of [`Action::ALL`]: `A` on everything, `o` on what is theirs, `-` not at all.
const TABLE: [(Role, &str); 8] = [
    (Role::Ambassador, "AA-Aooo----------"),
    (Role::Volunteer, "A-A-o------------"),
    (Role::Coordinator, "AA-AAAAAAAA-A-AAA"),
    (Role::ProcessManager, "A-----------A----"),
    (Role::Steward, "--------AA-A----A"),
    (Role::FileManager, "--------A------A-"),
    (Role::OrganisationContact, "A---o--------o---"),
    (Role::NeighbourhoodTeam, "A---o--------o---"),
];

fn letter(scope: Scope) -> char {
    match scope {
        Scope::No => '-',
        Scope::Own => 'o',
        Scope::All => 'A',
    }
}

fn id(n: u8) -> AreaId {
    AreaId::from_bytes([n; 16])
}

const TOWN: u8 = 1;
const QUARTER: u8 = 2;
const STREET: u8 = 3;
const OTHER_QUARTER: u8 = 4;
const OTHER_STREET: u8 = 5;
const OTHER_TOWN: u8 = 6;
const PLACES: [u8; 6] = [
    TOWN,
    QUARTER,
    STREET,
    OTHER_QUARTER,
    OTHER_STREET,
    OTHER_TOWN,
];

fn tree() -> AreaTree {
    let area = |n: u8, kind, parent: Option<u8>| Area {
        id: id(n),
        code: n.to_string(),
        name: n.to_string(),
        kind,
        parent: parent.map(id),
    };
    AreaTree::new([
        area(TOWN, AreaKind::Town, None),
        area(QUARTER, AreaKind::Quarter, Some(TOWN)),
        area(STREET, AreaKind::Street, Some(QUARTER)),
        area(OTHER_QUARTER, AreaKind::Quarter, Some(TOWN)),
        area(OTHER_STREET, AreaKind::Street, Some(OTHER_QUARTER)),
        area(OTHER_TOWN, AreaKind::Town, None),
    ])
    .unwrap()
}

/// Where a role given in one place holds: in it and in what lies in it.
fn holds(given: u8, asked: u8) -> bool {
    match given {
        TOWN => asked != OTHER_TOWN,
        QUARTER => [QUARTER, STREET].contains(&asked),
        OTHER_QUARTER => [OTHER_QUARTER, OTHER_STREET].contains(&asked),
        _ => given == asked,
    }
}

#[test]
fn every_role_does_what_the_table_says_everywhere() {
    let tree = tree();
    assert_eq!(TABLE.len(), Role::ALL.len());
    let mut walked = 0;
    for (role, row) in TABLE {
        assert_eq!(row.chars().count(), Action::ALL.len(), "{role:?}");
        for given in PLACES {
            let memberships = [Membership {
                area: id(given),
                role,
            }];
            for asked in PLACES {
                let rights = Rights::at(id(asked), &memberships, &tree);
                for (&action, expected) in Action::ALL.iter().zip(row.chars()) {
                    let expected = if holds(given, asked) { expected } else { '-' };
                    assert_eq!(
                        letter(rights.scope(action)),
                        expected,
                        "{role:?} of {given} may {action:?} in {asked}"
                    );
                    assert_eq!(rights.allow(action), expected == 'A');
                    assert_eq!(rights.allow_own(action), expected != '-');
                    walked += 1;
                }
            }
        }
    }
    assert_eq!(walked, 8 * 6 * 6 * 17);
}

#[test]
fn two_roles_together_go_as_far_as_the_widest() {
    let rights = Rights::of([Role::Volunteer, Role::Ambassador]);
    assert!(rights.allow(Action::Claim) && rights.allow(Action::LogRequest));
    assert_eq!(rights.scope(Action::OpenCard), Scope::Own);
    assert_eq!(Rights::default().scope(Action::Read), Scope::No);
}

#[test]
fn roles_are_given_from_above() {
    let tree = tree();
    let given_by = |giver: Role| -> Vec<Role> {
        let giver = [Membership {
            area: id(QUARTER),
            role: giver,
        }];
        for &role in Role::ALL {
            for beside in [TOWN, OTHER_QUARTER, OTHER_STREET, OTHER_TOWN] {
                assert!(!may_give(&giver, role, id(beside), &tree));
            }
            assert_eq!(
                may_give(&giver, role, id(STREET), &tree),
                may_give(&giver, role, id(QUARTER), &tree)
            );
        }
        let may = |&&role: &&Role| may_give(&giver, role, id(STREET), &tree);
        Role::ALL.iter().filter(may).copied().collect()
    };
    assert_eq!(given_by(Role::Steward), Role::ALL);
    assert_eq!(
        given_by(Role::Coordinator),
        [
            Role::Ambassador,
            Role::Volunteer,
            Role::OrganisationContact,
            Role::NeighbourhoodTeam
        ]
    );
    assert_eq!(given_by(Role::FileManager), [Role::Volunteer]);
    for nobody in [
        Role::Ambassador,
        Role::Volunteer,
        Role::ProcessManager,
        Role::OrganisationContact,
        Role::NeighbourhoodTeam,
    ] {
        assert_eq!(given_by(nobody), [], "{nobody:?}");
    }
}

#[test]
fn nobody_comes_in_as_somebody_who_is_more_than_they_may_give() {
    let tree = tree();
    let is = |area: u8, role| Membership {
        area: id(area),
        role,
    };
    let coordinator = [is(QUARTER, Role::Coordinator)];
    let volunteer = is(STREET, Role::Volunteer);
    assert!(may_manage_member(&coordinator, &[volunteer], &tree));
    for more in [
        is(TOWN, Role::Steward),
        is(QUARTER, Role::Coordinator),
        is(STREET, Role::ProcessManager),
        is(OTHER_STREET, Role::Volunteer),
        is(TOWN, Role::Volunteer),
    ] {
        assert!(
            !may_manage_member(&coordinator, &[volunteer, more], &tree),
            "{more:?}"
        );
    }
    assert!(!may_manage_member(&coordinator, &[], &tree));
    let steward = [is(TOWN, Role::Steward)];
    assert!(may_manage_member(&steward, &coordinator, &tree));
    assert!(!may_manage_member(
        &steward,
        &[is(OTHER_TOWN, Role::Volunteer)],
        &tree
    ));
}

const FATMA: MemberId = MemberId::from_bytes([1; 16]);
const AMINA: MemberId = MemberId::from_bytes([2; 16]);
const NOON: Timestamp = Timestamp::from_millis(1_790_000_000_000);

fn request(change: impl FnOnce(&mut Request)) -> Request {
    let mut request = Request {
        id: RequestId::from_bytes([9; 16]),
        theme: Some(Theme::Groceries),
        ask: Some(Ask::ShopForMe),
        day: None,
        part: None,
        urgency: Urgency::CanWait,
        repeat: Repeat::Once,
        places: 1,
        logged_by: FATMA,
        logged_at: NOON,
        claims: VecMap::new(),
        matches: VecMap::new(),
        done_at: None,
        told: None,
        withdrawn_at: None,
        source: Source::Ambassador,
        language: None,
        is_talent: false,
        entries: Vec::new(),
        course: Course::default(),
    };
    change(&mut request);
    request
}

fn claimed(request: &mut Request) {
    request.claims.insert(AMINA, NOON);
}

fn matched(request: &mut Request) {
    claimed(request);
    request.matches.insert(AMINA, NOON);
}

fn everything() -> Consents {
    let mut consents = Consents::default();
    for &purpose in Purpose::ALL {
        for &recipient in Recipient::ALL {
            consents.hear(ConsentWord {
                purpose,
                recipient,
                given: true,
                after: 0,
            });
        }
    }
    consents
}

fn opens(member: MemberId, role: Role, request: &Request, consents: &Consents) -> Result<(), Shut> {
    let case = Case { request, consents };
    may_open_card(member, Rights::of([role]), case, false)
}

#[test]
fn the_ambassador_who_logged_it_opens_it_while_the_case_is_open() {
    let nothing = Consents::default();
    let open = request(|_| {});
    assert_eq!(opens(FATMA, Role::Ambassador, &open, &nothing), Ok(()));
    // Another ambassador of the same street does not, whatever was consented to.
    assert_eq!(
        opens(AMINA, Role::Ambassador, &open, &everything()),
        Err(Shut::NotAllowed)
    );
    // Nor does somebody who is no ambassador any more.
    assert_eq!(
        opens(FATMA, Role::Volunteer, &open, &everything()),
        Err(Shut::NotAllowed)
    );
    let done = request(|request| request.done_at = Some(NOON));
    assert_eq!(opens(FATMA, Role::Ambassador, &done, &nothing), Ok(()));
    let closed = request(|request| request.told = Some((NOON, FeedbackHow::Phone)));
    assert_eq!(
        opens(FATMA, Role::Ambassador, &closed, &nothing),
        Err(Shut::Closed)
    );
}

#[test]
fn a_helper_opens_it_from_the_match_until_it_is_done() {
    let (all, nothing) = (everything(), Consents::default());
    let volunteer = |request: &Request, consents| opens(AMINA, Role::Volunteer, request, consents);
    assert_eq!(volunteer(&request(|_| {}), &all), Err(Shut::NotAllowed));
    assert_eq!(volunteer(&request(claimed), &all), Err(Shut::NotAllowed));
    assert_eq!(volunteer(&request(matched), &all), Ok(()));
    assert_eq!(volunteer(&request(matched), &nothing), Err(Shut::NoConsent));
    let let_go = request(|request| {
        matched(request);
        request.claims.remove(&AMINA);
    });
    assert_eq!(volunteer(&let_go, &all), Err(Shut::NotAllowed));
    for over in [
        (|request: &mut Request| request.done_at = Some(NOON)) as fn(&mut Request),
        |request| request.told = Some((NOON, FeedbackHow::Phone)),
        |request| request.withdrawn_at = Some(NOON),
    ] {
        let over = request(|request| {
            matched(request);
            over(request);
        });
        assert_eq!(volunteer(&over, &all), Err(Shut::Closed));
    }
}

#[test]
fn consent_is_for_one_kind_of_helper() {
    let volunteers = Consents::of([ConsentWord {
        purpose: Purpose::Help,
        recipient: Recipient::Volunteer,
        given: true,
        after: 0,
    }]);
    let request = request(matched);
    let as_role = |role| opens(AMINA, role, &request, &volunteers);
    assert_eq!(as_role(Role::Volunteer), Ok(()));
    for other in [Role::OrganisationContact, Role::NeighbourhoodTeam] {
        assert_eq!(as_role(other), Err(Shut::NoConsent), "{other:?}");
    }
    for never in [Role::ProcessManager, Role::Steward, Role::FileManager] {
        assert_eq!(
            opens(AMINA, never, &request, &everything()),
            Err(Shut::NotAllowed),
            "{never:?}"
        );
    }
}

#[test]
fn a_coordinator_opens_it_with_consent_or_in_danger() {
    let request = request(|_| {});
    let coordinator = |consents, in_danger| {
        let case = Case {
            request: &request,
            consents,
        };
        may_open_card(AMINA, Rights::of([Role::Coordinator]), case, in_danger)
    };
    let (all, nothing) = (everything(), Consents::default());
    assert_eq!(coordinator(&all, false), Ok(()));
    assert_eq!(coordinator(&nothing, false), Err(Shut::NoConsent));
    assert_eq!(coordinator(&nothing, true), Ok(()));
    // Danger opens nothing for those who have no such leave.
    for other in [Role::Volunteer, Role::Ambassador, Role::Steward] {
        let case = Case {
            request: &request,
            consents: &nothing,
        };
        assert!(may_open_card(AMINA, Rights::of([other]), case, true).is_err());
    }
}

fn notes(
    member: MemberId,
    role: Role,
    request: &Request,
    consents: &Consents,
) -> [Result<(), Shut>; 2] {
    let case = Case { request, consents };
    let read = |audience| may_read_note(member, Rights::of([role]), case, audience);
    [read(Audience::Case), read(Audience::Care)]
}

#[test]
fn whoever_logged_it_reads_every_note_while_the_case_is_open() {
    let nothing = Consents::default();
    let fatma = |request: &Request| notes(FATMA, Role::Ambassador, request, &nothing);
    assert_eq!(fatma(&request(|_| {})), [Ok(()); 2]);
    let closed = request(|request| request.told = Some((NOON, FeedbackHow::Phone)));
    assert_eq!(fatma(&closed), [Err(Shut::Closed); 2]);
    let others = notes(AMINA, Role::Ambassador, &request(|_| {}), &everything());
    assert_eq!(others, [Err(Shut::NotAllowed); 2]);
}

#[test]
fn a_coordinator_reads_every_note_with_consent() {
    let closed = request(|request| request.told = Some((NOON, FeedbackHow::Phone)));
    let (all, nothing) = (everything(), Consents::default());
    for request in [request(|_| {}), closed] {
        let carla = |consents| notes(AMINA, Role::Coordinator, &request, consents);
        assert_eq!(carla(&all), [Ok(()); 2]);
        assert_eq!(carla(&nothing), [Err(Shut::NoConsent); 2]);
    }
    // Whoever coordinates and logged it themselves needs no consent while it is open.
    let own = notes(FATMA, Role::Coordinator, &request(|_| {}), &nothing);
    assert_eq!(own, [Ok(()); 2]);
}

#[test]
fn a_helper_reads_the_notes_of_the_case_and_never_those_of_care() {
    let (all, nothing) = (everything(), Consents::default());
    let amina = |request: &Request, consents| notes(AMINA, Role::Volunteer, request, consents);
    let never = Err(Shut::NotAllowed);
    assert_eq!(amina(&request(claimed), &all), [never; 2]);
    assert_eq!(amina(&request(matched), &all), [Ok(()), never]);
    let unasked = amina(&request(matched), &nothing);
    assert_eq!(unasked, [Err(Shut::NoConsent), never]);
    let done = request(|request| {
        matched(request);
        request.done_at = Some(NOON);
    });
    assert_eq!(amina(&done, &all), [Ok(()), never]);
    let closed = request(|request| {
        matched(request);
        request.told = Some((NOON, FeedbackHow::Phone));
    });
    assert_eq!(amina(&closed, &all), [Err(Shut::Closed), never]);
    let let_go = request(|request| {
        matched(request);
        request.claims.remove(&AMINA);
    });
    assert_eq!(amina(&let_go, &all), [never; 2]);
}

#[test]
fn a_note_may_come_after_the_case_was_closed() {
    let closed = request(|request| {
        matched(request);
        request.told = Some((NOON, FeedbackHow::Phone));
    });
    let write = |member, role, audience| {
        let consents = &everything();
        let case = Case {
            request: &closed,
            consents,
        };
        may_write_note(member, Rights::of([role]), case, audience)
    };
    assert_eq!(write(FATMA, Role::Ambassador, Audience::Care), Ok(()));
    assert_eq!(write(AMINA, Role::Volunteer, Audience::Case), Ok(()));
    assert_eq!(
        write(AMINA, Role::Volunteer, Audience::Care),
        Err(Shut::NotAllowed)
    );
    for role in [Role::Steward, Role::ProcessManager, Role::FileManager] {
        assert_eq!(
            write(AMINA, role, Audience::Case),
            Err(Shut::NotAllowed),
            "{role:?}"
        );
    }
}
