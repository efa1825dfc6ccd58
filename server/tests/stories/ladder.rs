//! How long a request may stand on each step, and who says so.

use kruispunt_core::id::AreaId;
use kruispunt_core::model::Role;
use serde_json::{Value, json};

use crate::kit::{
    Answer, ELM_STREET, Ground, NORTH, Neighbour, TOWN, Town, on_every_database, settings,
};

on_every_database! {
    an_area_sets_its_own_rules,
    what_is_no_rule_changes_nothing,
}

async fn sets(town: &Town, who: &Neighbour, area: AreaId, rules: Value) -> Answer {
    let path = format!("/api/ladder?area={area}");
    let body = json!({ "rules": rules });
    town.asks(who, "PUT", &path, &body).await
}

async fn reads(town: &Town, who: &Neighbour, area: AreaId) -> Answer {
    let path = format!("/api/ladder?area={area}");
    town.asks(who, "GET", &path, &Value::Null).await
}

fn rule(theme: Option<&str>, urgency: &str, street_hours: u32) -> Value {
    json!({
        "theme": theme, "urgency": urgency, "own_network_hours": 1, "street_hours": street_hours,
        "neighbourhood_hours": 3, "start_hours": 4, "answer_hours": 5,
    })
}

fn of(area: AreaId, mut rule: Value) -> Value {
    rule["area"] = json!(area);
    rule
}

async fn an_area_sets_its_own_rules(ground: Ground) {
    let town = Town::found_on(ground, settings()).await;
    let stella = town.neighbour("Stella", Role::Steward, TOWN).await;
    let carla = town.neighbour("Carla", Role::Coordinator, NORTH).await;
    let nothing = reads(&town, &carla, ELM_STREET).await.json();
    assert_eq!(nothing["rules"], json!([]));
    let usual = nothing["defaults"].as_array().unwrap().iter();
    let usual: Vec<_> = usual
        .map(|rule| (rule["urgency"].clone(), rule["street_hours"].clone()))
        .collect();
    assert_eq!(
        json!(usual),
        json!([["can_wait", 72], ["this_week", 24], ["today", 0]])
    );

    let (any, care) = (rule(None, "today", 2), rule(Some("care"), "today", 0));
    let set = sets(&town, &stella, TOWN, json!([any, care])).await;
    assert_eq!(set.status, 204, "{set:?}");
    assert_eq!(sets(&town, &carla, NORTH, json!([any])).await.status, 204);
    let set = sets(
        &town,
        &carla,
        NORTH,
        json!([care, rule(None, "can_wait", 8760)]),
    )
    .await;
    assert_eq!(set.status, 204, "{set:?}");

    let known = reads(&town, &carla, ELM_STREET).await.json();
    assert_eq!(
        known["rules"],
        json!([
            of(NORTH, rule(None, "can_wait", 8760)),
            of(NORTH, care.clone()),
            of(TOWN, any),
            of(TOWN, care)
        ])
    );
    let town = town.restart().await;
    assert_eq!(sets(&town, &carla, NORTH, json!([])).await.status, 204);
    let known = reads(&town, &stella, TOWN).await.json();
    assert_eq!(known["rules"].as_array().unwrap().len(), 2);
    let known = reads(&town, &carla, NORTH).await.json();
    assert_eq!(known["rules"].as_array().unwrap().len(), 2);

    let path = format!("/api/audit?area={NORTH}&limit=1");
    let audit = town.asks(&carla, "GET", &path, &Value::Null).await.json();
    let entry = &audit["entries"][0];
    assert_eq!(
        (&entry["deed"], &entry["member"]),
        (&json!("ladder-set"), &json!(carla.member))
    );
}

async fn what_is_no_rule_changes_nothing(ground: Ground) {
    let town = Town::found_on(ground, settings()).await;
    let carla = town.neighbour("Carla", Role::Coordinator, NORTH).await;
    let one = rule(None, "today", 2);
    assert_eq!(sets(&town, &carla, NORTH, json!([one])).await.status, 204);
    let mut lacking = one.clone();
    lacking.as_object_mut().unwrap().remove("start_hours");
    let mut negative = one.clone();
    negative["start_hours"] = json!(-1);
    for wrong in [
        json!([rule(None, "today", 8761)]),
        json!([one, rule(None, "today", 3)]),
        json!([rule(Some("flying"), "today", 3)]),
        json!([rule(None, "yesterday", 3)]),
        json!([lacking]),
        json!([negative]),
    ] {
        let problem = sets(&town, &carla, NORTH, wrong.clone()).await.problem();
        assert_eq!(problem, (400, "request-invalid".to_owned()), "{wrong}");
    }

    let alice = town.ambassador("Alice").await;
    let paul = town.neighbour("Paul", Role::ProcessManager, TOWN).await;
    for (who, area) in [(&alice, NORTH), (&paul, NORTH), (&carla, TOWN)] {
        let not_allowed = (403, "not-allowed".to_owned());
        let set = sets(&town, who, area, json!([])).await;
        assert_eq!(set.problem(), not_allowed);
        assert_eq!(reads(&town, who, area).await.problem(), not_allowed);
    }
    let known = reads(&town, &carla, NORTH).await.json();
    assert_eq!(known["rules"], json!([of(NORTH, one)]));
}
