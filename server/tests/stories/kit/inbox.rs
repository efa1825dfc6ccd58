//! What somebody finds in their inbox.

use serde_json::Value;

use super::{Neighbour, PATIENCE, Town};

/// The kinds in somebody's inbox, the newest first, and how many they have not seen.
pub(crate) async fn inbox(town: &Town, who: &Neighbour) -> (Vec<String>, u64) {
    let listed = town.asks(who, "GET", "/api/notices", &Value::Null).await;
    let listed = listed.json();
    let kinds = listed["notices"].as_array().unwrap().iter();
    let kinds = kinds.map(|notice| notice["kind"].as_str().unwrap().to_owned());
    (kinds.collect(), listed["unseen"].as_u64().unwrap())
}

/// Waits until somebody's inbox is so.
pub(crate) async fn inbox_has(town: &Town, who: &Neighbour, kinds: &[&str], unseen: u64) {
    let waiting = async {
        while inbox(town, who).await != (kinds.iter().map(ToString::to_string).collect(), unseen) {
            tokio::task::yield_now().await;
        }
    };
    let waited = tokio::time::timeout(PATIENCE, waiting).await;
    let has = inbox(town, who).await;
    assert!(waited.is_ok(), "{has:?}, not {kinds:?} {unseen}");
}
