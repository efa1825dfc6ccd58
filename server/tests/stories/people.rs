//! Who lets whom in, who is what, and what is written down of it.

use std::time::Duration;

use kruispunt_core::id::{AreaId, MemberId};
use kruispunt_core::model::Role;
use kruispunt_core::sync::frame::{Frame, failure};
use kruispunt_server::Secret;
use kruispunt_server::clock::stopwatch;
use serde_json::{Value, json};

use crate::kit::{
    ELM, ELM_STREET, Ground, Key, NORTH, Neighbour, Story, TOWN, Town, at, board,
    on_every_database, push, settings,
};

on_every_database! {
    whoever_loses_a_role_loses_the_street_within_a_second,
    a_role_that_is_given_is_there_at_once,
    a_sheet_of_links_lets_everybody_in_once,
    what_was_done_can_be_read,
}

const SOUTH: AreaId = AreaId::from_bytes([5; 16]);

fn is(area: AreaId, role: &str) -> Value {
    json!({ "area": area, "role": role })
}

/// What somebody asks for, signed in.
async fn asks(
    town: &Town,
    who: &Neighbour,
    method: &str,
    path: &str,
    body: &Value,
) -> (u16, Value) {
    let bearer = format!("Bearer {}", who.token);
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "application/json"),
    ];
    let body = if body.is_null() {
        String::new()
    } else {
        body.to_string()
    };
    let answer = town.http.ask(method, path, &headers, &body).await;
    let value = if answer.body.is_empty() {
        Value::Null
    } else {
        answer.json()
    };
    (answer.status, value)
}

async fn gets(town: &Town, who: &Neighbour, path: &str) -> Value {
    let (status, value) = asks(town, who, "GET", path, &Value::Null).await;
    assert_eq!(status, 200, "{path}: {value}");
    value
}

/// The status and the key of what somebody is refused.
async fn is_refused(
    town: &Town,
    who: &Neighbour,
    method: &str,
    path: &str,
    body: &Value,
) -> (u16, String) {
    let (status, value) = asks(town, who, method, path, body).await;
    assert!(status >= 400, "{method} {path}: {status} {value}");
    (status, value["key"].as_str().unwrap().to_owned())
}

fn not_allowed() -> (u16, String) {
    (403, "not-allowed".to_owned())
}

fn invite(area: AreaId, role: &str, names: &[&str]) -> Value {
    json!({ "area": area, "role": role, "first_names": names, "days": 7 })
}

async fn invites(town: &Town, who: &Neighbour, asked: &Value) -> Vec<Value> {
    let (status, made) = asks(town, who, "POST", "/api/invitations", asked).await;
    assert_eq!(status, 201, "{made}");
    made["invitations"].as_array().unwrap().clone()
}

/// A phone comes in with the secret of an invitation.
async fn comes_in(town: &Town, secret: &Value, role: Role) -> Neighbour {
    let secret = Secret::given(secret.as_str().unwrap());
    let answer = town
        .http
        .post("/api/invitations/redeem", &Key::new().redeem(&secret))
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let id = |name: &str| answer.text(name);
    Neighbour::new(
        id("member").parse().unwrap(),
        id("device").parse().unwrap(),
        "Somebody",
        role,
        id("token"),
    )
}

async fn knocks(town: &Town, secret: &Value) -> (u16, String) {
    let secret = Secret::given(secret.as_str().unwrap());
    let body = Key::new().redeem(&secret);
    town.http
        .post("/api/invitations/redeem", &body)
        .await
        .problem()
}

fn memberships_of(member: MemberId) -> String {
    format!("/api/members/{member}/memberships")
}

async fn whoever_loses_a_role_loses_the_street_within_a_second(ground: Ground) {
    let Story {
        town,
        alice,
        mut alices,
        mut bobs,
        ..
    } = Story::begins_on(ground).await;
    let cora = town.neighbour("Cora", Role::Coordinator, NORTH).await;
    let other = town.twin().await;
    let mut board = board(ELM);
    let (_, first) = alice.logs(&mut board);
    alices.send(&push(ELM, &[first])).await;
    alices.is_acked(1, 1).await;
    bobs.is_told(1, 1).await;
    let mut elsewhere = other.greeted_at(&alice, 1, false).await;

    let begin = stopwatch();
    let (path, role) = (memberships_of(alice.member), is(NORTH, "ambassador"));
    let ended = asks(&town, &cora, "DELETE", &path, &role).await;
    assert_eq!(ended.0, 204);

    // On this relay and on the other, and what she pushes with her old rights is not taken.
    let (_, second) = alice.logs(&mut board);
    alices
        .try_send(&push(ELM, std::slice::from_ref(&second)))
        .await;
    assert_eq!(alices.ended().await, failure::CHANGED);
    assert_eq!(elsewhere.ended().await, failure::CHANGED);
    assert!(
        begin.elapsed() < Duration::from_secs(5),
        "{:?}",
        begin.elapsed()
    );
    for town in [&town, &other] {
        let mut alices = town.connect().await;
        assert_eq!(alices.greet(&alice.token, vec![at(1)]).await.following, 1);
        let Frame::Purge(purge) = alices.frame().await else {
            panic!("she still sees the street")
        };
        assert_eq!(purge.document, ELM);
        alices.send(&push(ELM, std::slice::from_ref(&second))).await;
        let refused = alices.is_refused().await;
        assert_eq!(refused[0].reason.key(), "unknown-document");
    }
    assert_eq!(
        town.storage.changes_since(ELM, 0, 0).await.unwrap().len(),
        1
    );
    let me = gets(&town, &alice, "/api/me").await;
    assert_eq!(
        (&me["streets"], &me["memberships"]),
        (&json!([]), &json!([]))
    );
}

async fn a_role_that_is_given_is_there_at_once(ground: Ground) {
    let Story {
        town,
        mut bobs,
        bob,
        alice,
        mut alices,
        ..
    } = Story::begins_on(ground).await;
    let cora = town.neighbour("Cora", Role::Coordinator, NORTH).await;
    let path = memberships_of(bob.member);
    let more = is(ELM_STREET, "ambassador");

    assert_eq!(asks(&town, &cora, "PUT", &path, &more).await.0, 204);

    assert_eq!(bobs.ended().await, failure::CHANGED);
    let mut bobs = town.greeted(&bob).await;
    let both = Neighbour::new(
        bob.member,
        bob.device,
        "Bob",
        Role::Ambassador,
        bob.token.clone(),
    );
    let (_, logged) = both.logs(&mut board(ELM));
    bobs.send(&push(ELM, &[logged])).await;
    bobs.is_acked(1, 1).await;
    // Nobody else came back, and saying it twice changes nothing.
    alices.is_told(1, 1).await;
    assert_eq!(asks(&town, &cora, "PUT", &path, &more).await.0, 204);
    let (_, logged) = both.logs(&mut board(ELM));
    bobs.send(&push(ELM, &[logged])).await;
    bobs.is_acked(2, 1).await;
    assert_eq!(alice.member.to_string().len(), 22);
}

async fn a_sheet_of_links_lets_everybody_in_once(ground: Ground) {
    let town = Town::found_on(ground, settings()).await;
    let cora = town.neighbour("Cora", Role::Coordinator, NORTH).await;
    let names: Vec<String> = (0..100)
        .map(|number| format!("Somebody {number}"))
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();

    let made = invites(&town, &cora, &invite(ELM_STREET, "volunteer", &names)).await;

    assert_eq!(made.len(), 100);
    let listed = gets(&town, &cora, &format!("/api/invitations?area={NORTH}")).await;
    let open = listed["invitations"].as_array().unwrap();
    assert_eq!(open.len(), 100);
    assert_eq!(open[0]["by"], json!(cora.member));
    assert_eq!(
        (&open[0]["area"], &open[0]["role"]),
        (&json!(ELM_STREET), &json!("volunteer"))
    );
    assert!(!listed.to_string().contains("secret"));
    let alice = comes_in(&town, &made[3]["secret"], Role::Volunteer).await;
    assert_eq!(json!(alice.member), made[3]["member"]);
    assert_eq!(
        knocks(&town, &made[3]["secret"]).await,
        (410, "invitation-used".to_owned())
    );
    let me = gets(&town, &alice, "/api/me").await;
    assert_eq!(me["member"]["first_name"], "Somebody 3");
    assert_eq!(me["memberships"], json!([is(ELM_STREET, "volunteer")]));

    // One is withdrawn, and whoever was invited by it is forgotten.
    let withdrawn = format!("/api/invitations/{}", made[4]["id"].as_str().unwrap());
    assert_eq!(
        asks(&town, &cora, "DELETE", &withdrawn, &Value::Null)
            .await
            .0,
        204
    );
    assert_eq!(
        knocks(&town, &made[4]["secret"]).await,
        (404, "invitation-unknown".to_owned())
    );
    let used = format!("/api/invitations/{}", made[3]["id"].as_str().unwrap());
    assert_eq!(
        is_refused(&town, &cora, "DELETE", &used, &Value::Null).await,
        not_allowed()
    );
    let members = gets(&town, &cora, &format!("/api/members?area={NORTH}")).await;
    let members = members["members"].as_array().unwrap();
    // The hundred without one, and Cora herself.
    assert_eq!(members.len(), 100);
    let of = |name: &str| {
        members
            .iter()
            .find(|one| one["first_name"] == name)
            .unwrap()
    };
    assert_eq!(
        (&of("Somebody 3")["came_in"], &of("Somebody 3")["devices"]),
        (&json!(true), &json!(1))
    );
    assert_eq!(
        (
            &of("Somebody 5")["came_in"],
            &of("Somebody 5")["may_manage"]
        ),
        (&json!(false), &json!(true))
    );
    assert_eq!(of("Cora")["may_manage"], json!(false));
}

async fn what_was_done_can_be_read(ground: Ground) {
    let town = Town::found_on(ground, settings()).await;
    let saskia = town.neighbour("Saskia", Role::Steward, TOWN).await;
    let cora = town.neighbour("Cora", Role::Coordinator, NORTH).await;
    let made = invites(&town, &cora, &invite(ELM_STREET, "volunteer", &["Alice"])).await;
    let alice = comes_in(&town, &made[0]["secret"], Role::Volunteer).await;
    let let_in = format!("/api/members/{}/invitation", alice.member);
    let (status, again) = asks(&town, &cora, "POST", &let_in, &json!({})).await;
    assert_eq!(status, 201, "{again}");
    let second = comes_in(&town, &again["secret"], Role::Volunteer).await;
    assert_eq!(second.member, alice.member);
    let device = format!("/api/members/{}/devices/{}", alice.member, alice.device);
    assert_eq!(
        asks(&town, &cora, "DELETE", &device, &Value::Null).await.0,
        204
    );

    let read = gets(&town, &saskia, &format!("/api/audit?area={ELM_STREET}")).await;

    let entries = read["entries"].as_array().unwrap();
    let deeds: Vec<_> = entries
        .iter()
        .map(|entry| entry["deed"].as_str().unwrap())
        .collect();
    // A recovery's arrival counts for no place, since its link gave none.
    assert_eq!(
        deeds,
        ["device-revoked", "let-back-in", "came-in", "invited"]
    );
    for entry in entries {
        assert_eq!(entry["subject"], json!(alice.member));
        assert_eq!(entry["area"], json!(ELM_STREET));
    }
    assert_eq!(
        (&entries[1]["member"], &entries[1]["first_name"]),
        (&json!(cora.member), &json!("Cora"))
    );
    assert_eq!(entries[3]["detail"], "volunteer");
    let last = entries[2]["id"].as_str().unwrap();
    let older = format!("/api/audit?area={TOWN}&before={last}&limit=1");
    let older = gets(&town, &saskia, &older).await;
    assert_eq!(older["entries"], json!([entries[3]]));
    // Only in one's own places.
    for path in [
        format!("/api/audit?area={TOWN}"),
        format!("/api/audit?area={SOUTH}"),
    ] {
        assert_eq!(
            is_refused(&town, &cora, "GET", &path, &Value::Null).await,
            not_allowed()
        );
    }
    let path = format!("/api/audit?area={ELM_STREET}");
    assert_eq!(
        is_refused(&town, &second, "GET", &path, &Value::Null).await,
        not_allowed()
    );
    let (status, key) = is_refused(
        &town,
        &saskia,
        "GET",
        "/api/audit?area=nowhere",
        &Value::Null,
    )
    .await;
    assert_eq!((status, key.as_str()), (400, "request-invalid"));
}

/// Every way by which somebody could become more than they may give, or somebody else than they are.
#[tokio::test]
async fn nobody_becomes_more_than_somebody_may_give() {
    let town = Town::found().await;
    let cora = town.neighbour("Cora", Role::Coordinator, NORTH).await;
    let frans = town.neighbour("Frans", Role::FileManager, NORTH).await;
    let alice = town.ambassador("Alice").await;
    let saskia = town.neighbour("Saskia", Role::Steward, TOWN).await;
    let bob = town.volunteer("Bob").await;
    let refused = async |who: &Neighbour, method: &str, path: &str, body: &Value| {
        assert_eq!(
            is_refused(&town, who, method, path, body).await,
            not_allowed(),
            "{method} {path}"
        );
    };

    // Inviting and giving: not above, not beside, not what one does not give.
    for (who, area, role) in [
        (&cora, NORTH, "coordinator"),
        (&cora, NORTH, "steward"),
        (&cora, NORTH, "process_manager"),
        (&cora, NORTH, "file_manager"),
        (&cora, TOWN, "volunteer"),
        (&cora, SOUTH, "volunteer"),
        (&cora, AreaId::from_bytes([99; 16]), "volunteer"),
        (&frans, NORTH, "ambassador"),
        (&alice, NORTH, "volunteer"),
        (&bob, NORTH, "volunteer"),
    ] {
        refused(
            who,
            "POST",
            "/api/invitations",
            &invite(area, role, &["Eve"]),
        )
        .await;
        refused(who, "PUT", &memberships_of(bob.member), &is(area, role)).await;
        refused(who, "PUT", &memberships_of(who.member), &is(area, role)).await;
    }
    // Coming in as somebody who is more, or is something elsewhere too.
    let dirk = town.volunteer("Dirk").await;
    let more = is(SOUTH, "volunteer");
    assert_eq!(
        asks(&town, &saskia, "PUT", &memberships_of(dirk.member), &more)
            .await
            .0,
        204
    );
    for (who, whom) in [
        (&cora, &saskia),
        (&cora, &dirk),
        (&cora, &frans),
        (&frans, &alice),
        (&bob, &alice),
    ] {
        let member = whom.member;
        refused(
            who,
            "POST",
            &format!("/api/members/{member}/invitation"),
            &json!({}),
        )
        .await;
        refused(
            who,
            "GET",
            &format!("/api/members/{member}/devices"),
            &Value::Null,
        )
        .await;
        let device = format!("/api/members/{member}/devices/{}", whom.device);
        refused(who, "DELETE", &device, &Value::Null).await;
    }
    // Somebody else's device under the name of somebody one manages.
    let wrong = format!("/api/members/{}/devices/{}", bob.member, saskia.device);
    refused(&cora, "DELETE", &wrong, &Value::Null).await;
    // Taking away what one does not give.
    for (whom, role) in [
        (&saskia, is(TOWN, "steward")),
        (&frans, is(NORTH, "file_manager")),
    ] {
        refused(&cora, "DELETE", &memberships_of(whom.member), &role).await;
    }
    let nobody = MemberId::from_bytes([99; 16]);
    refused(
        &saskia,
        "PUT",
        &memberships_of(nobody),
        &is(NORTH, "volunteer"),
    )
    .await;
    refused(
        &bob,
        "GET",
        &format!("/api/members?area={NORTH}"),
        &Value::Null,
    )
    .await;
    refused(
        &bob,
        "GET",
        &format!("/api/invitations?area={NORTH}"),
        &Value::Null,
    )
    .await;
}

/// Whoever made a link for a volunteer would come in as a steward with it.
#[tokio::test]
async fn a_link_for_a_volunteer_is_none_for_what_they_become() {
    let town = Town::found().await;
    let cora = town.neighbour("Cora", Role::Coordinator, NORTH).await;
    let saskia = town.neighbour("Saskia", Role::Steward, TOWN).await;
    let bob = town.volunteer("Bob").await;
    let path = format!("/api/members/{}/invitation", bob.member);
    let (_, link) = asks(&town, &cora, "POST", &path, &json!({})).await;

    // What she may give herself takes no link back.
    let more = is(NORTH, "ambassador");
    assert_eq!(
        asks(&town, &saskia, "PUT", &memberships_of(bob.member), &more)
            .await
            .0,
        204
    );
    comes_in(&town, &link["secret"], Role::Volunteer).await;
    let (_, link) = asks(&town, &cora, "POST", &path, &json!({})).await;
    let steward = is(TOWN, "steward");
    assert_eq!(
        asks(&town, &saskia, "PUT", &memberships_of(bob.member), &steward)
            .await
            .0,
        204
    );

    assert_eq!(
        knocks(&town, &link["secret"]).await,
        (404, "invitation-unknown".to_owned())
    );
    assert_eq!(
        is_refused(&town, &cora, "POST", &path, &json!({})).await,
        not_allowed()
    );
}

#[tokio::test]
async fn another_phone_of_mine_comes_in_and_a_lost_one_goes() {
    let town = Town::found().await;
    let bob = town.volunteer("Bob").await;
    let mut bobs = town.greeted(&bob).await;
    let mine = format!("/api/members/{}", bob.member);
    let (status, made) = asks(
        &town,
        &bob,
        "POST",
        &format!("{mine}/invitation"),
        &json!({}),
    )
    .await;
    assert_eq!(status, 201, "{made}");
    let lasts = made["expires_at"].as_i64().unwrap() - kruispunt_server::clock::now().as_millis();
    assert!((9 * 60_000..=10 * 60_000).contains(&lasts), "{lasts}");

    let second = comes_in(&town, &made["secret"], Role::Volunteer).await;

    assert_eq!(second.member, bob.member);
    let listed = gets(&town, &second, &format!("{mine}/devices")).await;
    let devices = listed["devices"].as_array().unwrap();
    let this: Vec<_> = devices.iter().map(|device| &device["this"]).collect();
    assert_eq!(this, [&json!(false), &json!(true)]);
    assert!(
        devices
            .iter()
            .all(|device| device["seen_at"].is_i64() && device["revoked_at"].is_null())
    );
    let lost = format!("{mine}/devices/{}", bob.device);
    assert_eq!(
        asks(&town, &second, "DELETE", &lost, &Value::Null).await.0,
        204
    );
    assert_eq!(bobs.ended().await, failure::REVOKED);
    assert_eq!(
        is_refused(&town, &bob, "GET", "/api/me", &Value::Null)
            .await
            .0,
        401
    );
    // Asked once more, it is as it was.
    assert_eq!(
        asks(&town, &second, "DELETE", &lost, &Value::Null).await.0,
        204
    );
}

#[tokio::test]
async fn the_last_steward_cannot_leave_the_town_alone() {
    let town = Town::found().await;
    let saskia = town.neighbour("Saskia", Role::Steward, TOWN).await;
    let (path, role) = (memberships_of(saskia.member), is(TOWN, "steward"));

    let alone = is_refused(&town, &saskia, "DELETE", &path, &role).await;
    assert_eq!(alone, (409, "last-steward".to_owned()));

    let made = invites(&town, &saskia, &invite(TOWN, "steward", &["Sjoerd"])).await;
    let alone = is_refused(&town, &saskia, "DELETE", &path, &role).await;
    assert_eq!(alone, (409, "last-steward".to_owned()));
    comes_in(&town, &made[0]["secret"], Role::Steward).await;
    assert_eq!(asks(&town, &saskia, "DELETE", &path, &role).await.0, 204);
}

#[tokio::test]
async fn an_invitation_is_as_it_must_be() {
    let town = Town::found().await;
    let cora = town.neighbour("Cora", Role::Coordinator, NORTH).await;
    let too_many = vec!["Eve"; 101];
    let long = "e".repeat(65);
    for names in [
        &[][..],
        &[""],
        &["A\nB"],
        &[long.as_str()],
        too_many.as_slice(),
    ] {
        let asked = invite(NORTH, "volunteer", names);
        let refused = is_refused(&town, &cora, "POST", "/api/invitations", &asked).await;
        assert_eq!(refused, (400, "request-invalid".to_owned()));
    }
    for days in [0, 31] {
        let mut asked = invite(NORTH, "volunteer", &["Eve"]);
        asked["days"] = json!(days);
        let refused = is_refused(&town, &cora, "POST", "/api/invitations", &asked).await;
        assert_eq!(refused.0, 400);
    }
    let everybody = gets(&town, &cora, &format!("/api/members?area={NORTH}")).await;
    assert_eq!(everybody["members"].as_array().unwrap().len(), 1);
}
