//! Places.

use super::{
    AreaId, AreaKind, Areas, Backend, DocumentId, Documents, Timestamp, is_conflict, is_not_found,
    places, with_places,
};
use crate::{DocumentKind, DocumentPosition, Imported};

/// Streets and only streets get a board, empty and in its first epoch.
pub async fn an_import_makes_areas_and_boards(backend: &impl Backend) {
    let storage = backend.open().await;
    assert_eq!(storage.areas().await.unwrap(), []);

    let imported = storage.import_areas(&places()).await.unwrap();

    assert_eq!(
        imported,
        Imported {
            added: 4,
            changed: 0,
            unchanged: 0
        }
    );
    let areas = storage.areas().await.unwrap();
    let codes: Vec<_> = areas.iter().map(|area| area.code.as_str()).collect();
    assert_eq!(codes, ["elm", "north", "oak", "town"]);
    assert_eq!(areas[0].parent, Some(areas[1].id));
    assert_eq!(areas[3].parent, None);
    let mut boards = storage.positions().await.unwrap();
    boards.sort_by_key(|board| board.document);
    let board = |number: u8| DocumentPosition {
        document: DocumentId::from_bytes([number; 16]),
        kind: DocumentKind::Street,
        area: AreaId::from_bytes([number; 16]),
        epoch: 0,
        seq: 0,
        began_at: Timestamp::from_millis(0),
    };
    assert_eq!(boards, [board(3), board(4)]);
}

/// The code is what stays; identifiers offered for a known code are not used.
pub async fn a_second_import_renames_and_keeps_identity(backend: &impl Backend) {
    let storage = with_places(backend).await;
    let before = storage.areas().await.unwrap();

    let mut again = places();
    for area in &mut again {
        area.id = AreaId::from_bytes([99; 16]);
        area.document = DocumentId::from_bytes([99; 16]);
    }
    again[0].name = "Elm Lane".to_owned();
    again[1].parent = Some("town".to_owned());
    let imported = storage.import_areas(&again).await.unwrap();

    assert_eq!(
        imported,
        Imported {
            added: 0,
            changed: 2,
            unchanged: 2
        }
    );
    let after = storage.areas().await.unwrap();
    assert_eq!(after[0].name, "Elm Lane");
    assert_eq!(after[2].parent, Some(after[3].id));
    let ids = |areas: &[kruispunt_core::model::Area]| {
        areas.iter().map(|area| area.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(&before), ids(&after));
    assert_eq!(storage.positions().await.unwrap().len(), 2);
}

/// One unknown parent, and nothing of the file is there.
pub async fn an_import_happens_whole_or_not_at_all(backend: &impl Backend) {
    let storage = backend.open().await;
    let mut areas = places();
    areas[1].parent = Some("nowhere".to_owned());

    assert!(is_not_found(&storage.import_areas(&areas).await));

    assert_eq!(storage.areas().await.unwrap(), []);
    assert_eq!(storage.positions().await.unwrap(), []);
}

/// A street that became a quarter would leave its board behind.
pub async fn an_area_never_changes_its_kind(backend: &impl Backend) {
    let storage = with_places(backend).await;
    let before = storage.areas().await.unwrap();
    let mut areas = places();
    areas[0].kind = AreaKind::Neighbourhood;
    areas[1].name = "Oak Lane".to_owned();

    assert!(is_conflict(&storage.import_areas(&areas).await));

    assert_eq!(storage.areas().await.unwrap(), before);
}
