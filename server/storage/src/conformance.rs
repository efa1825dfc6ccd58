//! The stories every backend must tell the same way.
//!
//! A backend implements [`Backend`] for a fresh database of its own and calls
//! [`conformance!`](crate::conformance!), which makes a test of every story.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::assigning_clones,
    reason = "these are tests: a failed expectation is a failed test"
)]

use std::future::Future;

use bytes::Bytes;
use kruispunt_core::id::{AreaId, DeviceId, DocumentId, InvitationId, MemberId};
use kruispunt_core::model::{AreaKind, Membership, Role};
use kruispunt_core::time::Timestamp;

use crate::{
    Append, Areas, DocumentPosition, Documents, Hash, Member, NewArea, NewChange, NewInvitation,
    NewSession, People, PublicKey, Redemption, Storage, StorageError,
};

pub mod alarms;
pub mod archive;
pub mod areas;
pub mod audit;
pub mod deliveries;
pub mod documents;
pub mod elsewhere;
pub mod epochs;
pub mod intakes;
pub mod invitations;
pub mod ladder;
pub mod mails;
pub mod news;
pub mod notes;
pub mod notices;
pub mod passkeys;
pub mod people;
pub mod profiles;
pub mod roles;

/// One database of a test's own.
pub trait Backend {
    /// The storage under test.
    type Storage: Storage;

    /// Opens the database; a second call opens the same database anew, as after a restart.
    fn open(&self) -> impl Future<Output = Self::Storage> + Send;
}

/// Makes a test of every story. The argument makes a fresh [`Backend`].
#[macro_export]
macro_rules! conformance {
    ($backend:expr) => {
        $crate::conformance!(@stories $backend, areas:
            an_import_makes_areas_and_boards,
            a_second_import_renames_and_keeps_identity,
            an_import_happens_whole_or_not_at_all,
            an_area_never_changes_its_kind,
        );
        $crate::conformance!(@stories $backend, alarms:
            a_new_document_is_looked_at_once,
            an_earlier_moment_counts_until_all_was_looked_at,
            an_alarm_of_an_older_state_is_not_set,
            everything_is_looked_at_again,
        );
        $crate::conformance!(@stories $backend, people:
            a_member_keeps_their_roles,
            a_role_needs_an_area,
            every_device_is_listed,
            an_invitation_lets_one_device_in,
            a_lost_answer_is_asked_again,
            an_invitation_expires,
            a_revoked_device_stays_out,
            a_session_ends,
            a_device_is_seen_when_it_comes_back,
            whoever_was_not_seen_for_long_is_found,
            coming_in_is_written_down_once,
        );
        $crate::conformance!(@stories $backend, invitations:
            newcomers_are_invited_together_or_not_at_all,
            an_invitation_is_withdrawn_while_nobody_used_it,
            whoever_came_in_stays_when_a_link_is_withdrawn,
            another_way_in_takes_the_place_of_the_first,
            a_role_takes_back_links_that_are_not_kept,
        );
        $crate::conformance!(@stories $backend, roles:
            a_role_is_given_once,
            a_role_ends_with_what_invites_to_it,
            the_last_steward_stays,
        );
        $crate::conformance!(@stories $backend, audit:
            what_was_done_is_read_the_newest_first,
            what_was_done_is_read_page_by_page,
            what_was_done_long_ago_is_forgotten,
        );
        $crate::conformance!(@stories $backend, passkeys:
            a_passkey_verifies_its_session,
            a_removed_passkey_verifies_nothing,
            a_passkey_is_one_members,
        );
        $crate::conformance!(@stories $backend, profiles:
            a_profile_is_what_was_said_of_it,
            changes_of_different_fields_stand_together,
            a_profile_is_one_members,
            a_profile_is_erased_with_its_member,
        );
        $crate::conformance!(@stories $backend, ladder:
            an_area_has_the_rules_it_set_last,
            rules_are_set_together_or_not_at_all,
        );
        $crate::conformance!(@stories $backend, notes:
            a_note_is_counted_once,
            a_note_is_read_by_whom_it_is_for,
            reading_is_written_down_where_somebody_else_wrote,
            notes_stay_shut_when_more_was_said,
            what_was_seen_only_grows,
            an_erased_case_has_no_notes,
            notes_outlive_whoever_wrote_them,
            a_note_is_sealed_by_a_key_that_is_known,
            the_keys_of_notes_are_wrapped_anew,
            a_backup_has_the_notes,
        );
        $crate::conformance!(@stories $backend, notices:
            a_cause_is_written_with_what_made_it_happen,
            what_is_refused_has_no_cause,
            a_cause_is_settled_once,
            newer_news_takes_the_place_of_older,
            it_is_time_to_ring_for_what_was_not_seen,
            a_notice_rings_once,
            whoever_acts_need_not_hear_of_it,
            what_was_seen_or_withdrawn_is_not_sent,
            what_is_put_off_rings_later,
            it_is_known_who_was_told,
            wishes_are_as_they_were_said_last,
        );
        $crate::conformance!(@stories $backend, deliveries:
            a_delivery_is_taken_by_one_relay,
            what_could_not_be_sent_is_tried_later,
            a_newer_delivery_takes_the_place_of_an_older,
            a_subscription_that_is_gone_is_forgotten,
            nothing_is_sent_where_it_is_refused,
            what_waits_is_sent_to_where_the_device_is_now,
            an_endpoint_is_one_devices,
            a_revoked_device_is_not_rung,
            what_is_old_is_forgotten,
        );
        $crate::conformance!(@stories $backend, mails:
            an_address_is_confirmed_first,
            a_message_is_written_by_one_relay,
            an_address_is_forgotten,
            an_address_is_erased_with_its_member,
        );
        $crate::conformance!(@stories $backend, news:
            a_new_note_is_news_once,
            a_question_of_a_resident_is_news_once,
            whoever_invited_hears_who_came_in,
            an_erased_case_is_no_news,
            an_erased_member_hears_nothing,
            nobody_unknown_hears_anything,
        );
        $crate::conformance!(@stories $backend, documents:
            a_log_keeps_its_order,
            many_documents_are_written_whole_or_not_at_all,
            one_document_may_be_in_a_group_twice,
            a_change_keeps_every_byte,
            a_log_has_no_gaps_overlaps_or_repeats,
            an_actor_belongs_to_one_device,
            a_snapshot_shortens_the_tail,
            a_snapshot_never_goes_back,
            what_was_written_survives_a_restart,
            an_unknown_document_is_said_to_be_unknown,
        );
        $crate::conformance!(@stories $backend, epochs:
            an_epoch_begins_with_its_first_change,
            a_rotation_leaves_nothing_behind,
            a_rotation_has_seen_everything,
            an_empty_epoch_can_end,
        );
        $crate::conformance!(@stories $backend, intakes:
            a_form_is_known_by_its_code,
            a_form_is_switched_off_once,
            what_is_asked_waits_once_and_within_bounds,
            a_decision_is_made_once,
            what_waited_too_long_is_forgotten,
            its_key_is_wrapped_anew,
        );
        $crate::conformance!(@stories $backend, archive:
            everything_is_taken_out_as_it_was_at_one_moment,
            what_is_put_back_is_there,
            a_database_that_is_not_empty_is_left_alone,
            half_of_it_is_nothing,
        );
        $crate::conformance!(@stories $backend, elsewhere:
            what_one_writes_the_other_hears,
            nobody_hears_themselves,
            of_two_relays_one_is_first,
        );
    };
    (@stories $backend:expr, $noun:ident: $($story:ident,)+) => {
        mod $noun {
            use super::*;
            $(
                #[tokio::test]
                async fn $story() {
                    $crate::conformance::$noun::$story(&$backend).await;
                }
            )+
        }
    };
}

/// A small place: a town, a quarter and two streets.
fn places() -> Vec<NewArea> {
    let place = |number: u8, code: &str, name: &str, kind, parent: Option<&str>| NewArea {
        code: code.to_owned(),
        name: name.to_owned(),
        kind,
        parent: parent.map(str::to_owned),
        id: AreaId::from_bytes([number; 16]),
        document: DocumentId::from_bytes([number; 16]),
    };
    // The streets come first: an import does not depend on the order of its lines.
    vec![
        place(3, "elm", "Elm Street", AreaKind::Street, Some("north")),
        place(4, "oak", "Oak Street", AreaKind::Street, Some("north")),
        place(2, "north", "North", AreaKind::Quarter, Some("town")),
        place(1, "town", "Town", AreaKind::Town, None),
    ]
}

const NORTH: AreaId = AreaId::from_bytes([2; 16]);
const ELM: DocumentId = DocumentId::from_bytes([3; 16]);
const OAK: DocumentId = DocumentId::from_bytes([4; 16]);
const ALICE: MemberId = MemberId::from_bytes([10; 16]);
const ALICES_PHONE: DeviceId = DeviceId::from_bytes([20; 16]);
const BOBS_PHONE: DeviceId = DeviceId::from_bytes([21; 16]);
const NOON: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const HOUR: i64 = 3_600_000;

async fn with_places<B: Backend>(backend: &B) -> B::Storage {
    let storage = backend.open().await;
    storage.import_areas(&places()).await.unwrap();
    storage
}

/// Alice, volunteer in North, with an invitation.
async fn with_alice<B: Backend>(backend: &B) -> B::Storage {
    let storage = with_places(backend).await;
    let memberships = vec![Membership {
        area: NORTH,
        role: Role::Volunteer,
    }];
    storage
        .add_member(&Member {
            id: ALICE,
            first_name: "Alice".to_owned(),
            memberships,
        })
        .await
        .unwrap();
    storage
        .invite(&NewInvitation {
            id: InvitationId::from_bytes([30; 16]),
            secret: Hash([31; 32]),
            member: ALICE,
            expires_at: NOON.plus_millis(HOUR),
        })
        .await
        .unwrap();
    storage
}

/// Alice has come in with her phone.
async fn with_alices_phone<B: Backend>(backend: &B) -> B::Storage {
    let storage = with_alice(backend).await;
    storage
        .redeem(&alice_comes_in(ALICES_PHONE, 1))
        .await
        .unwrap();
    storage
}

fn alice_comes_in(device: DeviceId, token: u8) -> Redemption {
    Redemption {
        secret: Hash([31; 32]),
        public_key: PublicKey(device.as_bytes().repeat(4)),
        device,
        session: NewSession {
            token: Hash([token; 32]),
            expires_at: NOON.plus_millis(2 * HOUR),
        },
        now: NOON,
    }
}

fn change(number: u8) -> NewChange {
    NewChange {
        hash: [number; 32],
        bytes: Bytes::from(vec![number; 10]),
        member: None,
        device: None,
        received_at: NOON,
    }
}

fn append(document: DocumentId, first_seq: u64, numbers: &[u8]) -> Append {
    Append {
        document,
        epoch: 0,
        first_seq,
        changes: numbers.iter().copied().map(change).collect(),
        actors: Vec::new(),
        alarm: crate::Alarm::KEEP,
        causes: Vec::new(),
        acted: Vec::new(),
    }
}

async fn position(storage: &impl Storage, document: DocumentId) -> DocumentPosition {
    let positions = storage.positions().await.unwrap();
    positions
        .into_iter()
        .find(|position| position.document == document)
        .unwrap()
}

fn is_conflict<T>(result: &Result<T, StorageError>) -> bool {
    matches!(result, Err(StorageError::Conflict(_)))
}

fn is_not_found<T>(result: &Result<T, StorageError>) -> bool {
    matches!(result, Err(StorageError::NotFound(_)))
}
