//! The rules of the ladder.

use super::{AreaId, Backend, NOON, NORTH, Storage, is_conflict, is_not_found, with_places};
use crate::{Asked, Audit as _};
use kruispunt_core::model::{LadderRule, Theme, Urgency};

const TOWN: AreaId = AreaId::from_bytes([1; 16]);

fn rule(theme: Option<Theme>, urgency: Urgency, start_hours: u16) -> LadderRule {
    LadderRule {
        theme,
        start_hours,
        ..LadderRule::usual(urgency)
    }
}

async fn rules(storage: &impl Storage) -> Vec<(AreaId, LadderRule)> {
    let ladder = storage.ladder().ladder().await.unwrap();
    ladder.iter().copied().collect()
}

async fn sets(storage: &impl Storage, number: u8, area: AreaId, rules: &[LadderRule]) {
    let entry = super::audit::entry(number, NOON);
    let ladder = storage.ladder();
    ladder.set_ladder(area, rules, &entry).await.unwrap();
}

/// What an area sets takes the place of what it had set, and of nobody else's. It is written down.
pub async fn an_area_has_the_rules_it_set_last(backend: &impl Backend) {
    let storage = with_places(backend).await;
    assert_eq!(rules(&storage).await, []);
    let any = rule(None, Urgency::CanWait, 8760);
    let care = rule(Some(Theme::Care), Urgency::Today, 1);

    sets(&storage, 1, TOWN, &[any, care]).await;
    sets(&storage, 2, NORTH, &[care]).await;
    assert_eq!(
        rules(&storage).await,
        [(TOWN, any), (TOWN, care), (NORTH, care)]
    );

    let later = rule(Some(Theme::Care), Urgency::Today, 2);
    sets(&storage, 3, TOWN, &[later]).await;
    sets(&storage, 4, NORTH, &[]).await;
    storage.close().await;
    let storage = backend.open().await;
    assert_eq!(rules(&storage).await, [(TOWN, later)]);
    let everything = Asked {
        areas: None,
        about: None,
        before: None,
        limit: 9,
    };
    assert_eq!(storage.entries(everything).await.unwrap().len(), 4);
}

/// Neither rules nor a word about them.
pub async fn rules_are_set_together_or_not_at_all(backend: &impl Backend) {
    let storage = with_places(backend).await;
    let (one, other) = (rule(None, Urgency::Today, 1), rule(None, Urgency::Today, 2));
    sets(&storage, 1, NORTH, &[one]).await;

    let entry = super::audit::entry(2, NOON);
    let ladder = storage.ladder();
    let twice = ladder.set_ladder(NORTH, &[other, one], &entry).await;
    assert!(is_conflict(&twice));
    let nowhere = AreaId::from_bytes([99; 16]);
    let unknown = ladder.set_ladder(nowhere, &[one], &entry).await;
    assert!(is_not_found(&unknown));

    assert_eq!(rules(&storage).await, [(NORTH, one)]);
    sets(&storage, 2, NORTH, &[other]).await;
    assert_eq!(rules(&storage).await, [(NORTH, other)]);
}
