//! Work that was refused is kept for a coordinator, sealed, and a flood of it stays bounded.

use kruispunt_core::id::RequestId;
use kruispunt_core::model::Role;
use kruispunt_storage::Refused;
use serde_json::{Value, json};

use crate::kit::{
    ELM, ELM_STREET, Ground, Line, NORTH, Neighbour, PATIENCE, Town, board, on_every_database,
    push, settings,
};

on_every_database! {
    a_coordinator_sees_what_was_refused_and_looking_is_written_down,
    a_hostile_flood_stays_bounded,
}

/// Bob, whose phone was made to log requests as if he were an ambassador.
fn forger(bob: &Neighbour) -> Neighbour {
    Neighbour::new(
        bob.member,
        bob.device,
        "Bob",
        Role::Ambassador,
        String::new(),
    )
}

/// Waits until so much is kept; it is put away beside the answer.
async fn kept(town: &Town, count: usize) -> Vec<Refused> {
    let looking = async {
        loop {
            let kept = town.storage.refused_work().refused().await.unwrap();
            if kept.len() >= count {
                return kept;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.unwrap()
}

async fn bob_is_refused(bobs: &mut Line, bob: &Neighbour) -> (RequestId, Vec<u8>) {
    let (request, made) = forger(bob).logs(&mut board(ELM));
    bobs.send(&push(ELM, std::slice::from_ref(&made))).await;
    assert_eq!(bobs.is_refused().await.len(), 1);
    (request, made)
}

async fn a_coordinator_sees_what_was_refused_and_looking_is_written_down(ground: Ground) {
    let town = Town::found_on(ground, settings()).await;
    let bob = town.volunteer("Bob").await;
    let carla = town.neighbour("Carla", Role::Coordinator, NORTH).await;
    let mut bobs = town.greeted(&bob).await;
    let (request, made) = bob_is_refused(&mut bobs, &bob).await;
    kept(&town, 1).await;
    // Told again it is kept once.
    bobs.send(&push(ELM, &[made])).await;
    bobs.is_refused().await;

    let list = format!("/api/refused?area={NORTH}");
    let listed = town.asks(&carla, "GET", &list, &Value::Null).await.json();
    let refused = &listed["refused"][0];
    assert_eq!(listed["refused"].as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(refused["first_name"], "Bob");
    assert_eq!(refused["area"], ELM_STREET.to_string());
    assert_eq!(refused["reason"], "not-allowed");
    assert_eq!(
        town.asks(&bob, "GET", &list, &Value::Null).await.status,
        403
    );

    let id = refused["id"].as_str().unwrap();
    let open = format!("/api/refused/{id}/open");
    assert_eq!(town.asks(&bob, "POST", &open, &json!({})).await.status, 403);
    let opened = town.asks(&carla, "POST", &open, &json!({})).await.json();
    let paths: Vec<_> = opened["operations"].as_array().unwrap().iter().collect();
    let theme = format!("requests/{request}/theme");
    let theme = paths
        .iter()
        .find(|operation| operation["path"] == theme.as_str());
    assert!(
        theme.unwrap()["value"]
            .as_str()
            .unwrap()
            .contains("company"),
        "{opened}"
    );
    let audit = format!("/api/audit?area={NORTH}");
    let audit = town.asks(&carla, "GET", &audit, &Value::Null).await.json();
    assert_eq!(audit["entries"][0]["deed"], "refused-opened", "{audit}");

    let remove = format!("/api/refused/{id}");
    assert_eq!(
        town.asks(&carla, "DELETE", &remove, &Value::Null)
            .await
            .status,
        204
    );
    assert_eq!(town.storage.refused_work().refused().await.unwrap(), []);
}

async fn a_hostile_flood_stays_bounded(ground: Ground) {
    let town = Town::found_on(ground, settings()).await;
    let (bob, alice) = (town.volunteer("Bob").await, town.ambassador("Alice").await);
    let mut bobs = town.greeted(&bob).await;
    let mut alices = town.greeted(&alice).await;
    for _ in 0..30 {
        let changes: Vec<_> = (0..8)
            .map(|_| forger(&bob).logs(&mut board(ELM)).1)
            .collect();
        bobs.send(&push(ELM, &changes)).await;
        assert_eq!(bobs.is_refused().await.len(), 8);
    }
    // Whoever works honestly meanwhile does not notice.
    let (_, honest) = alice.logs(&mut board(ELM));
    alices.send(&push(ELM, &[honest])).await;
    alices.is_acked(1, 1).await;

    let kept = kept(&town, 1).await;

    assert!(kept.len() <= 100, "{}", kept.len());
    // Alice's refused work still has room.
    let mut nonsense = vec![0; 64];
    nonsense[0] = 7;
    alices.send(&push(ELM, &[nonsense])).await;
    alices.is_refused().await;
    let looking = async {
        let is_hers = |refused: &Refused| refused.member == alice.member;
        while !town
            .storage
            .refused_work()
            .refused()
            .await
            .unwrap()
            .iter()
            .any(is_hers)
        {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, looking).await.unwrap();
}
