//! What a phone holds that is not safe at the relay, told from its records alone: also when no document can be read.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::record::{Key, Outgoing};
use crate::command::Command;
use crate::id::{DocumentId, RequestId};
use crate::time::Timestamp;
use crate::view::Refused;

/// One piece of work, as a person can read it and a program can use it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Unsent {
    /// The street's document.
    pub document: DocumentId,
    /// The request it is about.
    pub request: RequestId,
    /// When it was done, by this phone's clock.
    pub at: Timestamp,
    /// What was done.
    pub command: Command,
    /// Key of the reason why the relay would not take it; `None` when the relay has not said.
    pub reason: Option<&'static str>,
    /// The change, base64url; `None` when it was refused, since it is good for nothing then.
    pub change: Option<String>,
}

/// Reads the work from the records. A record that cannot be read is not in the answer.
pub fn unsent<'a>(records: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Vec<Unsent> {
    let piece = |(key, bytes): (&str, &[u8])| match Key::parse(key)? {
        Key::Outbox(document, _) => {
            let outgoing: Outgoing = minicbor::decode(bytes).ok()?;
            Some(Unsent {
                document,
                request: outgoing.request,
                at: outgoing.at,
                command: outgoing.command,
                reason: None,
                change: Some(URL_SAFE_NO_PAD.encode(outgoing.change)),
            })
        }
        Key::Refused(document, _) => {
            let refused: Refused = minicbor::decode(bytes).ok()?;
            Some(Unsent {
                document,
                request: refused.request,
                at: refused.at,
                command: refused.command,
                reason: Some(refused.reason.key()),
                change: None,
            })
        }
        _ => None,
    };
    records.into_iter().filter_map(piece).collect()
}

#[cfg(test)]
mod tests {
    use super::super::record::bytes;
    use super::*;
    use crate::message::Reason;

    #[test]
    fn unsent_and_refused_work_is_told_and_nothing_else() {
        let (document, request) = (
            DocumentId::from_bytes([1; 16]),
            RequestId::from_bytes([2; 16]),
        );
        let (command, at) = (Command::ClaimRequest { request }, Timestamp::from_millis(7));
        let outgoing = Outgoing {
            epoch: 0,
            request,
            command: command.clone(),
            at,
            change: vec![1, 2, 255],
        };
        let refused = Refused {
            request,
            command: command.clone(),
            at,
            reason: Reason::AlreadyClosed,
        };
        let records = [
            (Key::Snapshot(document), vec![0xff]),
            (Key::Outbox(document, [3; 32]), bytes(&outgoing)),
            (Key::Outbox(document, [4; 32]), vec![0xff]),
            (Key::Refused(document, request), bytes(&refused)),
        ]
        .map(|(key, bytes)| (key.to_string(), bytes));
        let told = unsent(
            records
                .iter()
                .map(|(key, bytes)| (key.as_str(), bytes.as_slice())),
        );

        let waiting = Unsent {
            document,
            request,
            at,
            command,
            reason: None,
            change: Some("AQL_".to_owned()),
        };
        let not_taken = Unsent {
            reason: Some("already-closed"),
            change: None,
            ..waiting.clone()
        };
        assert_eq!(told, [waiting, not_taken]);
    }
}
