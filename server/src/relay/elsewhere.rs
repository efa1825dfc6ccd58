//! What other relays on the same database did, and what an operator did by a command: followers hear of it, a device that
//! was taken out of use is cut, whoever is something else now comes back, and new places are served.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use kruispunt_core::id::MemberId;
use kruispunt_core::model::Membership;
use kruispunt_storage::{Elsewhere, StorageError, Watch};

use super::hub::Hub;

/// How long to wait before looking again where storage did not answer.
const AGAIN: Duration = Duration::from_secs(1);

/// Listens until the relay goes down.
pub(super) async fn listen(hub: Arc<Hub>, mut watch: Box<dyn Watch>) {
    let mut goodbye = hub.goodbye();
    let listening = async {
        loop {
            match watch.next().await {
                Elsewhere::Document {
                    document,
                    epoch,
                    seq,
                } => {
                    if !hub.hears(document, (epoch, seq)) {
                        // A street that is new here.
                        look_around(&hub).await;
                    }
                }
                Elsewhere::Device(device) => hub.lines.revoke(device),
                Elsewhere::Member(member) => hub.lines.change(member),
                Elsewhere::Anything => look_around(&hub).await,
            }
        }
    };
    tokio::select! {
        // An error means that the hub is gone, which is the same.
        _ = goodbye.wait_for(|&is_over| is_over) => {}
        () = listening => {}
    }
}

/// Anything may have changed: everything that is kept in memory is compared with storage.
async fn look_around(hub: &Arc<Hub>) {
    while let Err(error) = compare(hub).await {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "what others wrote could not be read"
        );
        tokio::time::sleep(AGAIN).await;
    }
}

async fn compare(hub: &Arc<Hub>) -> Result<(), StorageError> {
    // Devices first: what somebody may no longer read should not reach them.
    let on_line = hub.lines.devices();
    let members = hub.common.storage.members().await?.into_iter();
    let members: HashMap<MemberId, Vec<Membership>> = members
        .map(|member| (member.id, member.memberships))
        .collect();
    for (device, greeted) in on_line {
        let known = hub.common.storage.device(device).await?;
        if known.is_none_or(|device| device.revoked_at.is_some()) {
            hub.lines.revoke(device);
        }
        let memberships = members.get(&greeted.member);
        if memberships.is_none_or(|memberships| memberships[..] != *greeted.memberships) {
            hub.lines.change(greeted.member);
        }
    }
    let positions = hub.common.storage.positions().await?;
    hub.learn(&positions).await?;
    for position in positions {
        hub.hears(position.document, (position.epoch, position.seq));
    }
    Ok(())
}
