//! What the relay does not take, and from whom it does not take it.

use std::time::Duration;

use kruispunt_core::message::Reason;
use kruispunt_core::model::Role;
use kruispunt_core::sync::frame::{Cursor, Frame, Hello, MAX_FRAME};
use kruispunt_server::Pace;
use kruispunt_server::clock::now;

use crate::kit::{ELM, ELM_STREET, HOUR, Neighbour, OAK, Story, Town, board, push};

#[tokio::test]
async fn what_is_not_allowed_is_refused_and_kept_from_others() {
    let Story {
        alice,
        mut alices,
        bob,
        mut bobs,
        town: _town,
    } = Story::begins().await;

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
    let refused = bobs.is_refused().await;
    let reasons: Vec<_> = refused.iter().map(|refusal| refusal.reason).collect();
    assert_eq!(reasons, [Reason::NotAllowed, Reason::InvalidChange]);

    alices.send(&push(ELM, &[honest])).await;
    alices.is_acked(1, 1).await;
    bobs.is_told(1, 1).await;
}

#[tokio::test]
async fn an_actor_stays_with_its_phone() {
    let Story {
        town,
        alice,
        mut alices,
        bob,
        mut bobs,
    } = Story::begins().await;
    let mut board = board(ELM);
    let (request, logged) = alice.logs(&mut board);
    alices.send(&push(ELM, &[logged])).await;
    alices.is_acked(1, 1).await;
    bobs.is_told(1, 1).await;

    // As Alice's phone.
    let forged = bob.claims(&mut board.clone(), request);
    bobs.send(&push(ELM, &[forged])).await;
    assert_eq!(bobs.is_refused().await[0].reason, Reason::NotAllowed);

    // As the relay: first a confirmation is needed, to know its actor.
    board.write_as([2; 16]);
    let claimed = bob.claims(&mut board, request);
    bobs.send(&push(ELM, &[claimed])).await;
    bobs.is_acked(2, 1).await;
    bobs.is_told(3, 1).await;
    let stored = town.storage.load(ELM).await.unwrap().unwrap();
    let relay = stored
        .actors
        .iter()
        .find(|known| known.device.is_none())
        .unwrap();
    board.write_as(relay.actor.as_slice().try_into().unwrap());
    let forged = bob.releases(&mut board, request);
    bobs.send(&push(ELM, &[forged])).await;
    assert_eq!(bobs.is_refused().await[0].reason, Reason::NotAllowed);
}

#[tokio::test]
async fn another_street_is_not_there() {
    let town = Town::found().await;
    let alice = town.neighbour("Alice", Role::Ambassador, ELM_STREET).await;
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

    let refused = line.is_refused().await;
    assert_eq!(refused[0].reason, Reason::UnknownDocument);
    assert_eq!(*refused[0].hash, board.heads()[0].0);
    assert_eq!(town.storage.changes_since(OAK, 0, 0).await.unwrap(), []);
}

#[tokio::test]
async fn what_is_no_conversation_ends() {
    let town = Town::found().await;
    let alice = town.ambassador("Alice").await;

    let mut line = town.connect().await;
    line.send_bytes(vec![0xff, 0x00]).await;
    assert_eq!(line.ended().await, "frame-malformed");

    let mut line = town.connect().await;
    line.send(&Frame::Ping).await;
    assert_eq!(line.ended().await, "frame-malformed");

    let mut line = town.greeted(&alice).await;
    line.send_bytes(vec![0; MAX_FRAME + 1]).await;
    assert_eq!(line.ended().await, "frame-too-large");

    let mut line = town.greeted(&alice).await;
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
    let mut line = town.greeted(&alice).await;
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
    let town = Town::found_with(|settings| settings.with_pace(pace)).await;
    assert_eq!(town.connect().await.ended().await, "frame-malformed");

    let town = Town::found().await;
    let alice = town.ambassador("Alice").await;
    let brief = town.session(alice.device, now().plus_millis(200)).await;
    let mut line = town.connect().await;
    line.greet(&brief, vec![]).await;
    assert_eq!(line.ended().await, "session-unknown");
    let long = town.session(alice.device, now().plus_millis(HOUR)).await;
    town.connect().await.greet(&long, vec![]).await;
}
