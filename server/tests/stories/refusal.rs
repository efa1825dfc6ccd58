//! What the relay does not take, and from whom it does not take it.

use std::time::Duration;

use kruispunt_core::message::Reason;
use kruispunt_core::model::Role;
use kruispunt_core::sync::frame::{Cursor, Frame, Hello, MAX_FRAME};
use kruispunt_server::Pace;
use kruispunt_server::clock::now;
use kruispunt_storage::Documents as _;

use crate::kit::{ELM, HOUR, Line, NORTH, Neighbour, OAK, Town, board, push};
use crate::sync::{greeted, span};

#[tokio::test]
async fn what_is_not_allowed_is_refused_and_kept_from_others() {
    let town = Town::found().await;
    let alice = town.neighbour("Alice", Role::Ambassador, NORTH).await;
    let bob = town.neighbour("Bob", Role::Volunteer, NORTH).await;
    let (mut alices, mut bobs) = (greeted(&town, &alice).await, greeted(&town, &bob).await);

    // Bob's phone was made to log a request as if he were an ambassador.
    let forger = Neighbour::new(
        bob.member,
        bob.device,
        "Bob",
        Role::Ambassador,
        String::new(),
    );
    let (_, made) = forger.logs(&mut board(ELM));
    let (_, honest) = alice.logs(&mut board(ELM));
    bobs.send(&push(ELM, &[made, vec![1, 2, 3]])).await;
    let Frame::Reject(reject) = bobs.frame().await else {
        panic!("a reject was expected")
    };
    let reasons: Vec<_> = reject
        .refused
        .iter()
        .map(|refusal| refusal.reason)
        .collect();
    assert_eq!(reasons, [Reason::NotAllowed, Reason::InvalidChange]);

    alices.send(&push(ELM, &[honest])).await;
    assert_eq!(span(&alices.frame().await), ("ack", 1, 1));
    assert_eq!(span(&bobs.frame().await), ("changes", 1, 1));
}

#[tokio::test]
async fn an_actor_stays_with_its_phone() {
    let town = Town::found().await;
    let alice = town.neighbour("Alice", Role::Ambassador, NORTH).await;
    let bob = town.neighbour("Bob", Role::Volunteer, NORTH).await;
    let (mut alices, mut bobs) = (greeted(&town, &alice).await, greeted(&town, &bob).await);
    let mut board = board(ELM);
    let (request, logged) = alice.logs(&mut board);
    alices.send(&push(ELM, &[logged])).await;
    assert_eq!(span(&alices.frame().await), ("ack", 1, 1));
    assert_eq!(span(&bobs.frame().await), ("changes", 1, 1));
    let refused = async |bobs: &mut Line, change| {
        bobs.send(&push(ELM, &[change])).await;
        let Frame::Reject(reject) = bobs.frame().await else {
            panic!("a reject was expected")
        };
        assert_eq!(reject.refused[0].reason, Reason::NotAllowed);
    };

    // As Alice's phone.
    refused(&mut bobs, bob.claims(&mut board.clone(), request)).await;

    // As the relay: first a confirmation is needed, to know its actor.
    board.write_as([2; 16]);
    let claimed = bob.claims(&mut board, request);
    bobs.send(&push(ELM, &[claimed])).await;
    assert_eq!(span(&bobs.frame().await), ("ack", 2, 1));
    let Frame::Changes(verdict) = bobs.frame().await else {
        panic!("changes were expected")
    };
    assert_eq!(verdict.first, 3);
    let stored = town.storage.load(ELM).await.unwrap().unwrap();
    let relay = stored
        .actors
        .iter()
        .find(|known| known.device.is_none())
        .unwrap();
    board.write_as(relay.actor.as_slice().try_into().unwrap());
    refused(&mut bobs, bob.releases(&mut board, request)).await;
}

#[tokio::test]
async fn another_street_is_not_there() {
    let town = Town::found().await;
    let alice = town
        .neighbour(
            "Alice",
            Role::Ambassador,
            kruispunt_core::id::AreaId::from_bytes([3; 16]),
        )
        .await;
    let mut line = town.connect().await;
    let oak = Cursor {
        document: OAK,
        epoch: 0,
        seq: 1,
    };
    assert_eq!(line.greet(&alice.token, vec![oak]).await.following, 1);
    assert!(matches!(line.frame().await, Frame::Purge(purge) if purge.document == OAK));

    let mut board = board(OAK);
    let (_, change) = alice.logs(&mut board);
    line.send(&push(OAK, &[change])).await;

    let Frame::Reject(reject) = line.frame().await else {
        panic!("a reject was expected")
    };
    assert_eq!(reject.refused[0].reason, Reason::UnknownDocument);
    assert_eq!(*reject.refused[0].hash, board.heads()[0].0);
    assert_eq!(town.storage.changes_since(OAK, 0, 0).await.unwrap(), []);
}

#[tokio::test]
async fn what_is_no_conversation_ends() {
    let town = Town::found().await;
    let alice = town.neighbour("Alice", Role::Ambassador, NORTH).await;

    let mut line = town.connect().await;
    line.send_bytes(vec![0xff, 0x00]).await;
    assert_eq!(line.ended().await, "frame-malformed");

    let mut line = town.connect().await;
    line.send(&Frame::Ping).await;
    assert_eq!(line.ended().await, "frame-malformed");

    let mut line = greeted(&town, &alice).await;
    line.send_bytes(vec![0; MAX_FRAME + 1]).await;
    assert_eq!(line.ended().await, "frame-too-large");

    let mut line = greeted(&town, &alice).await;
    let hello = |versions: Vec<u8>, token: &str| {
        Frame::Hello(Hello {
            versions: versions.into(),
            token: token.to_owned(),
            cursors: vec![],
        })
    };
    line.send(&hello(vec![1], &alice.token)).await;
    assert_eq!(line.ended().await, "frame-malformed");

    let mut line = town.connect().await;
    line.send(&hello(vec![1], "made up")).await;
    assert_eq!(line.ended().await, "session-unknown");

    let mut line = town.connect().await;
    line.send(&hello(vec![2, 3], &alice.token)).await;
    assert_eq!(line.ended().await, "version-unsupported");

    // Somebody from the future is understood as far as it goes.
    let mut line = greeted(&town, &alice).await;
    line.send(&Frame::Unknown(99)).await;
    line.send(&Frame::Ping).await;
    assert_eq!(line.frame().await, Frame::Pong);
}

#[tokio::test]
async fn who_says_nothing_or_stays_too_long_is_let_go() {
    let pace = Pace {
        hello: Duration::from_millis(1),
        ..Pace::default()
    };
    let town = Town::found_with(pace).await;
    assert_eq!(town.connect().await.ended().await, "frame-malformed");

    let town = Town::found().await;
    let alice = town.neighbour("Alice", Role::Ambassador, NORTH).await;
    let brief = town.session(alice.device, now().plus_millis(200)).await;
    let mut line = town.connect().await;
    line.greet(&brief, vec![]).await;
    assert_eq!(line.ended().await, "session-unknown");
    let long = town.session(alice.device, now().plus_millis(HOUR)).await;
    town.connect().await.greet(&long, vec![]).await;
}
