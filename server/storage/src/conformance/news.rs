//! What happens outside of boards and somebody should hear of; and that nothing of it outlives whom it is about.

use kruispunt_core::access::Audience;
use kruispunt_core::id::{ErasureId, IntakeFormId, RecordKeyId, RequestId};
use kruispunt_core::model::{NoticeKind, Whom, Wishes};

use super::audit::entry;
use super::invitations::newcomer;
use super::notes::{ELM_STREET, GROCERIES};
use super::notices::{
    BOB, WALK, bobs, cause, causes, delivery_of, hear, inbox, ring, task, with_both,
};
use super::{
    ALICE, ALICES_PHONE, Backend, Documents as _, ELM, HOUR, MemberId, NOON, NORTH, People as _,
    Storage, append, intakes, invitations, notes, with_alice, with_alices_phone,
};
use crate::{Append, Erasure, NewCause, NewDelivery, NewNotice, Note, Subject};

const CORA: MemberId = MemberId::from_bytes([12; 16]);

/// Something that happened in the street, at this moment.
fn news(kind: NoticeKind, whom: Whom, after: i64) -> NewCause {
    NewCause {
        kind,
        whom,
        member: None,
        document: None,
        area: Some(ELM_STREET),
        request: None,
        by: None,
        ring: 0,
        at: NOON.plus_millis(after),
        due_at: NOON.plus_millis(after),
    }
}

async fn all(storage: &impl Storage) -> Vec<NewCause> {
    let causes = causes(storage).await;
    causes.into_iter().map(|cause| cause.cause).collect()
}

/// Several at once are one piece of news, and what is for fewer is told to fewer.
pub async fn a_new_note_is_news_once(backend: &impl Backend) {
    let storage = notes::with_both(backend).await;
    let care = Note {
        audience: Audience::Care,
        ..notes::alices(3)
    };
    let written = [notes::alices(1), notes::alices(2), care];
    let write = storage.notes();
    write
        .write_notes(ELM_STREET, GROCERIES, &written)
        .await
        .unwrap();

    let note = |whom, after| NewCause {
        request: Some(GROCERIES),
        by: Some(ALICE),
        ..news(NoticeKind::Note, whom, after)
    };
    let expected = [note(Whom::Participants, 2), note(Whom::Care, 3)];
    assert_eq!(all(&storage).await, expected);
    write
        .write_notes(ELM_STREET, GROCERIES, &written)
        .await
        .unwrap();
    let mut lost = notes::alices(4);
    lost.sealed.key.record_key = RecordKeyId::from_bytes([99; 16]);
    let refused = write.write_notes(ELM_STREET, GROCERIES, &[lost]).await;
    assert!(refused.is_err());
    assert_eq!(all(&storage).await, expected);
}

/// To those of the street it is for, or else of the area of the form.
pub async fn a_question_of_a_resident_is_news_once(backend: &impl Backend) {
    let storage = intakes::with_forms(backend).await;
    let in_elm = crate::Intake {
        street: Some(ELM_STREET),
        ..intakes::intake(12, 1)
    };
    let closed = crate::Intake {
        form: IntakeFormId::from_bytes([9; 16]),
        ..intakes::intake(13, 1)
    };
    let asked = [
        intakes::intake(11, 1),
        in_elm,
        closed,
        intakes::intake(11, 1),
    ];
    for intake in &asked {
        let sealed = intakes::sealed(11);
        let receive = storage.intakes().receive(intake, &sealed, 9);
        receive.await.unwrap();
    }

    let in_north = NewCause {
        area: Some(NORTH),
        ..news(NoticeKind::Intake, Whom::Coordinators, 11)
    };
    let expected = [in_north, news(NoticeKind::Intake, Whom::Coordinators, 12)];
    assert_eq!(all(&storage).await, expected);
}

/// To whoever invited them; not that the same phone asks again, and not somebody's next phone.
pub async fn whoever_invited_hears_who_came_in(backend: &impl Backend) {
    let storage = with_alice(backend).await;
    assert!(all(&storage).await.is_empty());
    let invited = [newcomer(BOB, 1, ELM_STREET), newcomer(CORA, 2, NORTH)];
    storage.invite_newcomers(&invited).await.unwrap();
    for token in [1, 2] {
        invitations::comes_in_with(&storage, 1, token).await;
    }

    let joined = NewCause {
        member: Some(ALICE),
        by: Some(BOB),
        ..news(NoticeKind::Joined, Whom::Member, 0)
    };
    assert_eq!(all(&storage).await, std::slice::from_ref(&joined));
    let next = invitations::invitation(BOB, 5);
    storage.invite_again(&next, &entry(5, NOON)).await.unwrap();
    storage
        .redeem(&super::alice_comes_in(ALICES_PHONE, 9))
        .await
        .unwrap();
    assert_eq!(all(&storage).await, [joined]);
}

/// Nothing of it is left, and nothing comes of what was on its way.
pub async fn an_erased_case_is_no_news(backend: &impl Backend) {
    let storage = with_both(backend).await;
    let (groceries, walk) = (task(1, GROCERIES), task(2, WALK));
    hear(&storage, &[groceries.clone(), walk.clone()]).await;
    let sent = [delivery_of(&groceries), delivery_of(&walk)];
    ring(&storage, &[&groceries, &walk], &sent).await;
    let happened = Append {
        causes: vec![cause(GROCERIES, 0), cause(WALK, 0)],
        ..append(ELM, 1, &[1])
    };
    storage.append(&[happened]).await.unwrap();
    let planned: Vec<_> = causes(&storage).await.iter().map(|cause| cause.n).collect();

    erase(
        &storage,
        Subject::Case {
            street: ELM_STREET,
            request: GROCERIES,
        },
    )
    .await;

    assert_eq!(all(&storage).await, [cause(WALK, 0)]);
    assert_eq!(requests(&storage, ALICE).await, [Some(WALK)]);
    assert_eq!(storage.notices().waiting_deliveries().await.unwrap(), 1);
    let more = [task(3, GROCERIES)];
    assert!(
        !storage
            .notices()
            .settle(&planned, &more, &[])
            .await
            .unwrap()
    );
    assert_eq!(requests(&storage, ALICE).await, [Some(WALK)]);
}

/// Nor does anybody hear what they did; others hear the rest.
pub async fn an_erased_member_hears_nothing(backend: &impl Backend) {
    let storage = with_both(backend).await;
    let notices = storage.notices();
    let bobs_task = NewNotice {
        member: BOB,
        ..task(1, GROCERIES)
    };
    hear(&storage, &[bobs_task.clone(), task(2, GROCERIES)]).await;
    let to_bob = NewDelivery {
        device: super::BOBS_PHONE,
        ..delivery_of(&bobs_task)
    };
    ring(&storage, &[&bobs_task], &[to_bob]).await;
    notices.set_wishes(BOB, &Wishes::default()).await.unwrap();
    let for_bob = NewCause {
        whom: Whom::Member,
        member: Some(BOB),
        by: None,
        ..cause(WALK, 0)
    };
    let other = NewCause {
        by: Some(ALICE),
        ..cause(WALK, 0)
    };
    let happened = Append {
        causes: vec![cause(WALK, 0), for_bob, other.clone()],
        ..append(ELM, 1, &[1])
    };
    storage.append(&[happened]).await.unwrap();

    erase(&storage, Subject::Member(BOB)).await;

    // What he did is news to others still.
    let nobodys = NewCause {
        by: None,
        ..cause(WALK, 0)
    };
    assert_eq!(all(&storage).await, [nobodys, other]);
    assert_eq!(inbox(&storage, BOB).await, []);
    assert_eq!(requests(&storage, ALICE).await, [Some(GROCERIES)]);
    assert_eq!(notices.waiting_deliveries().await.unwrap(), 0);
    assert_eq!(notices.wishes(BOB).await.unwrap(), None);
    let known = notices.subscriptions(&[ALICE, BOB]).await.unwrap();
    assert!(
        known
            .iter()
            .all(|subscription| subscription.member == ALICE)
    );
    // What was on its way to them does not come; the others get theirs.
    let last = causes(&storage).await[0].n;
    let late = [bobs_task, task(3, WALK)];
    assert!(notices.settle(&[last], &late, &[]).await.unwrap());
    assert_eq!(inbox(&storage, BOB).await, []);
    assert_eq!(inbox(&storage, ALICE).await.len(), 2);
    assert!(super::is_not_found(&notices.subscribe(&bobs(9)).await));
}

/// A member who was never there is left out too, and the others hear.
pub async fn nobody_unknown_hears_anything(backend: &impl Backend) {
    let storage = with_alices_phone(backend).await;
    let nobody = NewNotice {
        member: CORA,
        ..task(1, WALK)
    };

    hear(&storage, &[nobody, task(2, WALK)]).await;

    assert_eq!(inbox(&storage, CORA).await, []);
    assert_eq!(inbox(&storage, ALICE).await.len(), 1);
}

async fn requests(storage: &impl Storage, member: MemberId) -> Vec<Option<RequestId>> {
    let inbox = inbox(storage, member).await;
    inbox.iter().map(|it| it.notice.request).collect()
}

pub(super) async fn erase(storage: &impl Storage, subject: Subject) {
    let erasure = Erasure {
        id: ErasureId::from_bytes([91; 16]),
        subject,
        member: Some(ALICE),
        asked_at: NOON.plus_millis(HOUR),
        done_at: None,
        waits: Vec::new(),
    };
    let erase = storage.erasures();
    erase.erase(&erasure, &entry(7, NOON)).await.unwrap();
}
