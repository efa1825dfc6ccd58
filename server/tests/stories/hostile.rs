//! A phone in hostile hands that speaks the protocol well: nothing of what it forges is taken, nobody else sees any of
//! it, and honest work goes on.

use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, AutoCommit, AutomergeError, Change, ObjId, ObjType, ROOT, ReadDoc};
use kruispunt_core::id::RequestId;
use kruispunt_core::message::Reason;
use kruispunt_server::clock::random;

use crate::kit::{ELM, Story, board, push};

/// The street's board in the hands of somebody who writes what they like.
struct Forge {
    doc: AutoCommit,
    request: RequestId,
    alice: String,
    bob: String,
}

impl Forge {
    fn object(&self, path: &[&str]) -> ObjId {
        path.iter().fold(ROOT, |object, name| {
            self.doc.get(&object, *name).unwrap().unwrap().1
        })
    }

    fn request(&self) -> ObjId {
        self.object(&["requests", &self.request.to_string()])
    }

    fn of_request(&self, name: &str) -> ObjId {
        self.object(&["requests", &self.request.to_string(), name])
    }

    /// The bytes of what is written now, by an actor nobody knows.
    fn writes(&mut self, deed: Deed) -> Vec<u8> {
        let mut forged = Self {
            doc: self.doc.fork(),
            alice: self.alice.clone(),
            bob: self.bob.clone(),
            ..*self
        };
        let actor: [u8; 16] = random().unwrap();
        forged.doc.set_actor(ActorId::from(actor));
        deed(&mut forged).unwrap();
        forged
            .doc
            .commit_with(CommitOptions::default().with_time(0));
        let change = forged.doc.get_last_local_change().unwrap();
        change.raw_bytes().to_vec()
    }
}

type Deed = fn(&mut Forge) -> Result<(), AutomergeError>;

/// What Bob, a volunteer, tries, and what he is told.
const DEEDS: [(&str, Reason, Deed); 14] = [
    ("claims as somebody else", Reason::NotAllowed, |forge| {
        let (claims, alice) = (forge.of_request("claims"), forge.alice.clone());
        forge.doc.put(claims, alice, 1_i64)
    }),
    ("confirms his own claim", Reason::NotAllowed, |forge| {
        let (matches, bob) = (forge.of_request("matches"), forge.bob.clone());
        forge.doc.put(matches, bob, 1_i64)
    }),
    ("says it is done unmatched", Reason::NotAllowed, |forge| {
        let request = forge.request();
        forge.doc.put(request, "done_at", 1_i64)
    }),
    ("says the resident was told", Reason::NotAllowed, |forge| {
        let request = forge.request();
        forge.doc.put(request, "told_at", 1_i64)
    }),
    ("withdraws it", Reason::NotAllowed, |forge| {
        let request = forge.request();
        forge.doc.put(request, "withdrawn_at", 1_i64)
    }),
    ("makes it somebody else's", Reason::NotAllowed, |forge| {
        let (request, bob) = (forge.request(), forge.bob.clone());
        forge.doc.put(request, "by", bob)
    }),
    ("puts a list for a word", Reason::InvalidChange, |forge| {
        let request = forge.request();
        forge
            .doc
            .put_object(request, "theme", ObjType::List)
            .map(drop)
    }),
    ("writes a text beside it", Reason::InvalidChange, |forge| {
        let request = forge.request();
        forge
            .doc
            .put_object(request, "note", ObjType::Text)
            .map(drop)
    }),
    ("writes a field nobody knows", Reason::NotAllowed, |forge| {
        let request = forge.request();
        forge.doc.put(request, "phone", "0000000000")
    }),
    ("makes a place nobody knows", Reason::NotAllowed, |forge| {
        forge.doc.put_object(ROOT, "notes", ObjType::Map).map(drop)
    }),
    ("ends the request", Reason::InvalidChange, |forge| {
        let (requests, id) = (forge.object(&["requests"]), forge.request.to_string());
        forge.doc.delete(requests, id)
    }),
    ("logs one of his own", Reason::NotAllowed, |forge| {
        let requests = forge.object(&["requests"]);
        let id = RequestId::from_bytes([77; 16]).to_string();
        forge.doc.put_object(requests, id, ObjType::Map).map(drop)
    }),
    ("tells something by his name", Reason::NotAllowed, |forge| {
        let (helpers, bob) = (forge.object(&["helpers"]), forge.bob.clone());
        let helper = forge.doc.put_object(helpers, bob, ObjType::Map)?;
        forge.doc.put(helper, "name", "call 0000000000")
    }),
    ("has an endless name", Reason::TooLarge, |forge| {
        let (helpers, bob) = (forge.object(&["helpers"]), forge.bob.clone());
        let helper = forge.doc.put_object(helpers, bob, ObjType::Map)?;
        forge.doc.put(helper, "name", "b".repeat(10_000))
    }),
];

#[tokio::test]
async fn a_hostile_phone_changes_nothing_and_holds_nobody_up() {
    let Story {
        town,
        alice,
        mut alices,
        bob,
        mut bobs,
    } = Story::begins().await;
    let mut street = board(ELM);
    let (request, logged) = alice.logs(&mut street);
    alices.send(&push(ELM, &[logged])).await;
    alices.is_acked(1, 1).await;
    bobs.is_told(1, 1).await;

    let mut doc = AutoCommit::new();
    doc.apply_changes(street.changes()).unwrap();
    let mut forge = Forge {
        doc,
        request,
        alice: alice.member.to_string(),
        bob: bob.member.to_string(),
    };
    for (what, reason, deed) in DEEDS {
        let forged = forge.writes(deed);
        // Before and after it in the same push: each is judged by itself.
        bobs.send(&push(ELM, &[forged.clone(), vec![0; 40], forged]))
            .await;
        let refused = bobs.is_refused().await;
        assert_eq!(refused.len(), 3, "Bob {what}");
        assert_eq!(refused[0].reason, reason, "Bob {what}");
        assert_eq!(refused[2].reason, reason, "Bob {what}");
    }
    // What builds on something forged has nothing to build on.
    let forged = forge.writes(DEEDS[0].2);
    let mut on_top = AutoCommit::new();
    on_top.apply_changes(street.changes()).unwrap();
    let change = Change::from_bytes(forged).unwrap();
    on_top.apply_changes([change]).unwrap();
    let mut orphan = Forge {
        doc: on_top,
        alice: forge.alice.clone(),
        bob: forge.bob.clone(),
        ..forge
    };
    let orphan = orphan.writes(|forge| {
        let (claims, bob) = (forge.of_request("claims"), forge.bob.clone());
        forge.doc.put(claims, bob, 1_i64)
    });
    bobs.send(&push(ELM, &[orphan])).await;
    assert_eq!(bobs.is_refused().await[0].reason, Reason::MissingDependency);

    // Nothing of it is stored, nobody heard of it, and Bob may still help.
    let stored = town.storage.changes_since(ELM, 0, 0).await.unwrap();
    assert_eq!(stored.len(), 1, "only what Alice logged");
    street.write_as(random().unwrap());
    let claimed = bob.claims(&mut street, request);
    bobs.send(&push(ELM, &[claimed])).await;
    bobs.is_acked(2, 1).await;
    alices.is_told(2, 1).await;
}
