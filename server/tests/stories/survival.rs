//! `kill -9` right after the relay said that work is safe.

use kruispunt_core::id::DocumentId;
use kruispunt_core::model::Role;
use kruispunt_core::sync::frame::Frame;
use kruispunt_server::Secret;

use crate::kit::{Key, Line, Neighbour, Program, board, push};

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut relay = Program::serve(folder.path(), &["--demo"]).await;
    let fatma = relay.line().await;
    let secret = Secret::given(fatma.rsplit_once('/').unwrap().1);
    let answer = relay
        .http
        .post("/api/invitations/redeem", &Key::new().redeem(&secret))
        .await;
    let (token, device) = (answer.text("token"), answer.text("device").parse().unwrap());
    let member = answer.text("member").parse().unwrap();
    let fatma = Neighbour::new(member, device, "Fatma", Role::Ambassador, token);
    let bearer = format!("Bearer {}", fatma.token);
    let me = relay
        .http
        .get("/api/me", &[("authorization", &bearer)])
        .await
        .json();
    let lekstraat: DocumentId = me["streets"][0]["document"]
        .as_str()
        .unwrap()
        .parse()
        .unwrap();

    let mut safe = Vec::new();
    for _ in 0..5 {
        let mut line = Line::open(relay.http.0).await;
        assert_eq!(line.greet(&fatma.token, vec![]).await.following, 1);
        let Frame::Changes(log) = line.frame().await else {
            panic!("a log was expected")
        };
        for change in &safe {
            assert!(
                log.changes.contains(change),
                "an acknowledged change is lost"
            );
        }

        let (_, change) = fatma.logs(&mut board(lekstraat));
        line.send(&push(lekstraat, std::slice::from_ref(&change)))
            .await;
        assert!(matches!(line.frame().await, Frame::Ack(_)));
        relay.dies().await;

        safe.push(change.into());
        relay = Program::serve(folder.path(), &["--demo"]).await;
    }
}
