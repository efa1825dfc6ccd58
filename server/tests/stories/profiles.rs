//! What volunteers say of themselves, and who gets to know it.

use kruispunt_core::id::AreaId;
use kruispunt_core::model::{Membership, Role};
use kruispunt_server::audit::{by_operator, deed};
use kruispunt_server::clock::now;
use serde_json::{Value, json};

use crate::kit::{
    Answer, ELM_STREET, Ground, HOUR, NORTH, Neighbour, TOWN, Town, on_every_database, settings,
};

on_every_database! {
    what_two_phones_fill_in_stands_together,
    what_no_profile_can_hold_is_refused_whole,
    only_whoever_helps_has_a_profile,
    a_coordinator_knows_who_could_help,
}

const SOUTH: AreaId = AreaId::from_bytes([5; 16]);
const OAK_STREET: AreaId = AreaId::from_bytes([4; 16]);

async fn says(town: &Town, who: &Neighbour, change: &Value) -> Answer {
    let path = "/api/members/me/profile";
    town.asks(who, "PATCH", path, change).await
}

/// What somebody's phone is told of their profile.
async fn profile(town: &Town, who: &Neighbour) -> Value {
    let me = town.asks(who, "GET", "/api/me", &Value::Null).await.json();
    me["profile"].clone()
}

async fn helpers(town: &Town, who: &Neighbour, area: AreaId) -> Answer {
    let path = format!("/api/helpers?area={area}");
    town.asks(who, "GET", &path, &Value::Null).await
}

fn nothing_said() -> Value {
    json!({
        "talents": [], "free": [], "reach": "neighbourhood", "languages": [], "preferences": [], "home": null,
        "from": null, "until": null, "paused_until": null, "at_most": null,
    })
}

async fn what_two_phones_fill_in_stands_together(ground: Ground) {
    let town = Town::found_on(ground, settings()).await;
    let bob = town.volunteer("Bob").await;
    let token = town.session(bob.device, now().plus_millis(HOUR)).await;
    let other_phone = Neighbour::new(bob.member, bob.device, "Bob", Role::Volunteer, token);
    let other = town.twin().await;
    assert_eq!(profile(&town, &bob).await, Value::Null);

    let tuesday = json!([{ "day": "tue", "part": "morning" }]);
    let one =
        json!({ "talents": ["groceries"], "free": tuesday, "at_most": 2, "home": ELM_STREET });
    assert_eq!(says(&town, &bob, &one).await.status, 204);
    let two = json!({ "languages": ["nl", "ar"], "reach": "quarter", "at_most": null });
    assert_eq!(says(&other, &other_phone, &two).await.status, 204);

    let mut expected = nothing_said();
    expected["talents"] = json!(["groceries"]);
    expected["free"] = tuesday;
    expected["home"] = json!(ELM_STREET);
    expected["languages"] = json!(["nl", "ar"]);
    expected["reach"] = json!("quarter");
    assert_eq!(profile(&town, &bob).await, expected);
    assert_eq!(profile(&other, &other_phone).await, expected);
    // The same once more, since the answer was lost.
    assert_eq!(says(&town, &other_phone, &two).await.status, 204);
    let town = town.restart().await;
    assert_eq!(profile(&town, &bob).await, expected);
}

async fn what_no_profile_can_hold_is_refused_whole(ground: Ground) {
    let town = Town::found_on(ground, settings()).await;
    let bob = town.volunteer("Bob").await;
    let languages = [
        "nl", "en", "ar", "tr", "ber", "fr", "de", "es", "pl", "uk", "ru",
    ];
    for wrong in [
        json!({ "talents": ["groceries"], "at_most": 0 }),
        json!({ "talents": ["groceries", "groceries"] }),
        json!({ "talents": ["flying"] }),
        json!({ "languages": languages }),
        json!({ "from": 2, "until": 1 }),
        json!({ "home": AreaId::from_bytes([99; 16]) }),
        json!({ "talents": null }),
        json!({ "wings": true }),
        json!(["groceries"]),
    ] {
        let problem = says(&town, &bob, &wrong).await.problem();
        assert_eq!(problem, (400, "request-invalid".to_owned()), "{wrong}");
    }
    assert_eq!(profile(&town, &bob).await, Value::Null);
}

async fn only_whoever_helps_has_a_profile(ground: Ground) {
    let town = Town::found_on(ground, settings()).await;
    let far = json!({ "reach": "anywhere" });
    for role in [
        Role::Coordinator,
        Role::ProcessManager,
        Role::Steward,
        Role::FileManager,
        Role::OrganisationContact,
        Role::NeighbourhoodTeam,
    ] {
        let nobody = town.neighbour("Nobody", role, NORTH).await;
        let problem = says(&town, &nobody, &far).await.problem();
        assert_eq!(problem, (403, "not-allowed".to_owned()), "{role:?}");
    }
    for role in [Role::Ambassador, Role::Volunteer] {
        let helper = town.neighbour("Helper", role, ELM_STREET).await;
        assert_eq!(says(&town, &helper, &far).await.status, 204);
        assert_eq!(profile(&town, &helper).await["reach"], "anywhere");
    }
}

/// Also of who never came in, and of who helps in a larger place. Not of who helps elsewhere, nor where else.
async fn a_coordinator_knows_who_could_help(ground: Ground) {
    let town = Town::found_on(ground, settings()).await;
    let (alice, bob) = (town.ambassador("Alice").await, town.volunteer("Bob").await);
    let carla = town.neighbour("Carla", Role::Coordinator, NORTH).await;
    let tom = town.neighbour("Tom", Role::Coordinator, TOWN).await;
    let felix = town.neighbour("Felix", Role::FileManager, NORTH).await;
    town.member("Dora", Role::Volunteer, TOWN).await;
    town.member("Otto", Role::Volunteer, OAK_STREET).await;
    town.member("Sam", Role::Volunteer, SOUTH).await;
    let elsewhere = Membership {
        area: SOUTH,
        role: Role::Volunteer,
    };
    let entry = by_operator(deed::ROLE_GIVEN, now()).unwrap();
    let given = town.storage.give_role(bob.member, elsewhere, &[], &entry);
    assert!(given.await.unwrap());
    let change = json!({ "preferences": ["no_stairs"], "paused_until": 1_900_000_000_000_i64 });
    assert_eq!(says(&town, &bob, &change).await.status, 204);

    let listed = |answer: Answer| -> Vec<(String, Value)> {
        let value = answer.json();
        let helpers = value["helpers"].as_array().unwrap().iter();
        let helpers = helpers.map(|helper| {
            let name = helper["first_name"].as_str().unwrap();
            (name.to_owned(), helper["areas"].clone())
        });
        helpers.collect()
    };
    let is = |name: &str, areas: &[AreaId]| (name.to_owned(), json!(areas));
    let north = helpers(&town, &carla, NORTH).await.json();
    let mut said = nothing_said();
    said["preferences"] = json!(["no_stairs"]);
    said["paused_until"] = json!(1_900_000_000_000_i64);
    assert_eq!(
        north["helpers"][0],
        json!({ "member": bob.member, "first_name": "Bob", "areas": [NORTH], "profile": said })
    );
    assert_eq!(north["helpers"][1]["profile"], nothing_said());
    assert_eq!(
        listed(helpers(&town, &carla, NORTH).await),
        [
            is("Bob", &[NORTH]),
            is("Dora", &[TOWN]),
            is("Otto", &[OAK_STREET])
        ]
    );
    assert_eq!(
        listed(helpers(&town, &felix, ELM_STREET).await),
        [is("Bob", &[NORTH]), is("Dora", &[TOWN])]
    );
    assert_eq!(
        listed(helpers(&town, &tom, TOWN).await),
        [
            is("Bob", &[NORTH, SOUTH]),
            is("Dora", &[TOWN]),
            is("Otto", &[OAK_STREET]),
            is("Sam", &[SOUTH])
        ]
    );
    let steward = town.neighbour("Stella", Role::Steward, TOWN).await;
    for (who, area) in [
        (&alice, NORTH),
        (&bob, NORTH),
        (&steward, NORTH),
        (&carla, TOWN),
        (&carla, SOUTH),
    ] {
        let problem = helpers(&town, who, area).await.problem();
        assert_eq!(problem, (403, "not-allowed".to_owned()));
    }
}
