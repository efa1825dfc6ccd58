//! What a push carries: words without a name, and the way to the right screen. In the form of declarative web push, which
//! Safari shows by itself and which the service worker reads elsewhere.

use kruispunt_core::model::{NoticeKind, Tongue, Word as _};
use kruispunt_storage::NewDelivery;
use serde_json::{Value, json};

use super::words::{direction, say};

/// Every message is this long, so that its length says nothing, in bytes.
pub(super) const LENGTH: usize = 1_000;

/// The message for a delivery, padded with spaces. `public_url` has no slash at its end.
pub(super) fn message(delivery: &NewDelivery, tongue: Tongue, public_url: &str) -> Vec<u8> {
    let request = delivery.request.map(|request| request.to_string());
    let kind = delivery.kind.map_or("several", NoticeKind::key);
    let theme = delivery.word.as_deref().unwrap_or("other");
    let theme = say(tongue, &format!("push.theme.{theme}"), &[]);
    let count = delivery.unseen.to_string();
    let given = [("theme", theme.as_str()), ("count", count.as_str())];
    let words = |part| say(tongue, &format!("push.{kind}.{part}"), &given);
    let place = match (delivery.kind, &request) {
        (Some(NoticeKind::Intake), _) => "intake".to_owned(),
        (Some(NoticeKind::Joined), _) => "people".to_owned(),
        (Some(_), Some(request)) => format!("request/{request}"),
        _ => "inbox".to_owned(),
    };
    let navigate = format!("{public_url}/#/{place}");
    let mut notification = json!({
        "title": words("title"),
        "body": words("body"),
        "lang": tongue.key(),
        "dir": direction(tongue),
        "navigate": navigate,
        "tag": delivery.topic,
        "silent": false,
        "app_badge": count,
        "data": {
            "kind": kind,
            "request": request,
            "notice": delivery.notice.map(|notice| notice.to_string()),
            "topic": delivery.topic,
        },
    });
    if delivery.kind.is_some_and(NoticeKind::asks) {
        let action = |name: &str| {
            let title = say(tongue, &format!("push.{name}"), &[]);
            json!({ "action": name, "title": title, "navigate": navigate })
        };
        if let Value::Object(notification) = &mut notification {
            let actions = json!([action("accept"), action("not_now")]);
            notification.insert("actions".to_owned(), actions);
        }
    }
    let message = json!({
        "web_push": 8030,
        "notification": notification,
        "app_badge": count,
    });
    let mut bytes = message.to_string().into_bytes();
    if bytes.len() < LENGTH {
        bytes.resize(LENGTH, b' ');
    }
    bytes
}

#[cfg(test)]
mod tests {
    use kruispunt_core::id::{DeviceId, MemberId, NoticeId, RequestId};
    use kruispunt_core::model::Theme;
    use kruispunt_core::time::Timestamp;

    use super::*;

    fn delivery(kind: Option<NoticeKind>) -> NewDelivery {
        NewDelivery {
            device: DeviceId::from_bytes([1; 16]),
            member: MemberId::from_bytes([2; 16]),
            topic: "x".repeat(32),
            kind,
            notice: Some(NoticeId::from_bytes([3; 16])),
            request: Some(RequestId::from_bytes([4; 16])),
            word: Some(Theme::Digital.key().to_owned()),
            unseen: 1_000,
            is_urgent: true,
            due_at: Timestamp::from_millis(0),
            expires_at: Timestamp::from_millis(1),
        }
    }

    #[test]
    fn every_message_is_as_long_as_every_other_and_names_nobody() {
        let url = "https://kruispunt.middelgrote-gemeente.example";
        for &tongue in Tongue::ALL {
            let kinds = NoticeKind::ALL.iter().map(|&kind| Some(kind));
            for kind in kinds.chain([None]) {
                let bytes = message(&delivery(kind), tongue, url);
                assert_eq!(bytes.len(), LENGTH, "{kind:?} {}", tongue.key());
                let read: Value = serde_json::from_slice(&bytes).unwrap();
                assert_eq!(read["web_push"], 8030);
                let text = String::from_utf8(bytes).unwrap();
                assert!(!text.contains('{') || !text.contains("{theme}"), "{text}");
                let member = MemberId::from_bytes([2; 16]).to_string();
                assert!(!text.contains(&member), "{text}");
            }
        }
    }

    #[test]
    fn a_task_can_be_answered_and_leads_to_its_request() {
        let bytes = message(
            &delivery(Some(NoticeKind::Task)),
            Tongue::Dutch,
            "https://k.example",
        );
        let read: Value = serde_json::from_slice(&bytes).unwrap();
        let shown = &read["notification"];
        assert_eq!(shown["title"], "Kun jij even helpen?");
        assert_eq!(
            shown["body"],
            "Nieuwe vraag in je buurt: computer of telefoon."
        );
        let request = RequestId::from_bytes([4; 16]);
        assert_eq!(
            shown["navigate"],
            format!("https://k.example/#/request/{request}")
        );
        assert_eq!(shown["actions"][0]["action"], "accept");
        assert_eq!(shown["actions"][1]["action"], "not_now");
        let bytes = message(&delivery(None), Tongue::Arabic, "https://k.example");
        let read: Value = serde_json::from_slice(&bytes).unwrap();
        assert_eq!(read["notification"]["dir"], "rtl");
        assert_eq!(
            read["notification"]["navigate"],
            "https://k.example/#/inbox"
        );
        assert_eq!(read["notification"]["actions"], Value::Null);
    }
}
