//! A storage whose disk can be full for a while.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use kruispunt_core::id::{AreaId, DeviceId, DocumentId, InvitationId, MemberId};
use kruispunt_core::model::{Area, Membership};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{
    Append, Archive, Areas, Asked, Audit, Cases, Change, Device, DocumentPosition, Documents,
    Entry, Erasures, Hash, Imported, KnownDevice, Ladder, Mails, Member, NewArea, NewEpoch,
    NewInvitation, NewSession, Newcomer, Notes, Notices, OpenInvitation, Passkeys, People, Person,
    Profiles, Record, RecordKeys, Redeemed, Redemption, RefusedWork, RoleEnded, Rotation, Session,
    SessionOpened, Snapshot, Storage, StorageError, StoredDocument, Watch,
};

use tokio::sync::mpsc::{Receiver, Sender};

type Result<T> = std::result::Result<T, StorageError>;

pub(crate) struct Moody {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) is_full: Arc<AtomicBool>,
}

#[async_trait]
impl Documents for Moody {
    async fn positions(&self) -> Result<Vec<DocumentPosition>> {
        self.storage.positions().await
    }

    async fn append(&self, appends: &[Append]) -> Result<()> {
        if self.is_full.load(Ordering::SeqCst) {
            return Err(StorageError::Full("no room".into()));
        }
        self.storage.append(appends).await
    }

    async fn load(&self, document: DocumentId) -> Result<Option<StoredDocument>> {
        self.storage.load(document).await
    }

    async fn changes_since(
        &self,
        document: DocumentId,
        epoch: u32,
        seq: u64,
    ) -> Result<Vec<Change>> {
        self.storage.changes_since(document, epoch, seq).await
    }

    async fn put_snapshot(&self, document: DocumentId, snapshot: &Snapshot) -> Result<()> {
        self.storage.put_snapshot(document, snapshot).await
    }

    async fn due(&self, now: Timestamp, most: u32) -> Result<Vec<DocumentId>> {
        self.storage.due(now, most).await
    }

    async fn set_alarm(
        &self,
        document: DocumentId,
        epoch: u32,
        seq: u64,
        at: Option<Timestamp>,
    ) -> Result<bool> {
        self.storage.set_alarm(document, epoch, seq, at).await
    }

    async fn look_at_all(&self) -> Result<()> {
        self.storage.look_at_all().await
    }

    async fn rotate(&self, rotation: &Rotation) -> Result<()> {
        self.storage.rotate(rotation).await
    }
}

#[async_trait]
impl Areas for Moody {
    async fn import_areas(&self, areas: &[NewArea]) -> Result<Imported> {
        self.storage.import_areas(areas).await
    }

    async fn areas(&self) -> Result<Vec<Area>> {
        self.storage.areas().await
    }
}

#[async_trait]
impl People for Moody {
    async fn add_member(&self, member: &Member) -> Result<()> {
        self.storage.add_member(member).await
    }

    async fn member(&self, id: MemberId) -> Result<Option<Member>> {
        self.storage.member(id).await
    }

    async fn members(&self) -> Result<Vec<Member>> {
        self.storage.members().await
    }

    async fn invite(&self, invitation: &NewInvitation) -> Result<()> {
        self.storage.invite(invitation).await
    }

    async fn redeem(&self, redemption: &Redemption) -> Result<Redeemed> {
        self.storage.redeem(redemption).await
    }

    async fn device(&self, id: DeviceId) -> Result<Option<Device>> {
        self.storage.device(id).await
    }

    async fn people(&self) -> Result<Vec<Person>> {
        self.storage.people().await
    }

    async fn unseen_since(&self, then: Timestamp) -> Result<Vec<MemberId>> {
        self.storage.unseen_since(then).await
    }

    async fn ways_in(&self, member: MemberId) -> Result<Vec<(InvitationId, Option<MemberId>)>> {
        self.storage.ways_in(member).await
    }

    async fn give_role(
        &self,
        member: MemberId,
        role: Membership,
        keeps: &[InvitationId],
        entry: &Entry,
    ) -> Result<bool> {
        self.storage.give_role(member, role, keeps, entry).await
    }

    async fn end_role(
        &self,
        member: MemberId,
        role: Membership,
        keepers: &[AreaId],
        entry: &Entry,
    ) -> Result<RoleEnded> {
        self.storage.end_role(member, role, keepers, entry).await
    }

    async fn invite_newcomers(&self, newcomers: &[Newcomer]) -> Result<()> {
        self.storage.invite_newcomers(newcomers).await
    }

    async fn invite_again(&self, invitation: &NewInvitation, entry: &Entry) -> Result<()> {
        self.storage.invite_again(invitation, entry).await
    }

    async fn open_invitations(&self, now: Timestamp) -> Result<Vec<OpenInvitation>> {
        self.storage.open_invitations(now).await
    }

    async fn withdraw_invitation(&self, id: InvitationId, entry: &Entry) -> Result<bool> {
        self.storage.withdraw_invitation(id, entry).await
    }

    async fn devices(&self) -> Result<Vec<KnownDevice>> {
        self.storage.devices().await
    }

    async fn devices_of(&self, member: MemberId) -> Result<Vec<KnownDevice>> {
        self.storage.devices_of(member).await
    }

    async fn revoke_device(&self, id: DeviceId, entry: &Entry) -> Result<bool> {
        self.storage.revoke_device(id, entry).await
    }

    async fn open_session(
        &self,
        device: DeviceId,
        session: &NewSession,
        now: Timestamp,
    ) -> Result<SessionOpened> {
        self.storage.open_session(device, session, now).await
    }

    async fn session(&self, token: Hash, now: Timestamp) -> Result<Option<Session>> {
        self.storage.session(token, now).await
    }

    async fn forget_sessions(&self, now: Timestamp) -> Result<u64> {
        self.storage.forget_sessions(now).await
    }
}

#[async_trait]
impl Audit for Moody {
    async fn record(&self, entry: &Entry) -> Result<()> {
        self.storage.record(entry).await
    }

    async fn entries(&self, asked: Asked<'_>) -> Result<Vec<Entry>> {
        self.storage.entries(asked).await
    }

    async fn forget_entries(&self, before: Timestamp) -> Result<u64> {
        self.storage.forget_entries(before).await
    }
}

#[async_trait]
impl Archive for Moody {
    async fn take_out(&self, to: Sender<Record<StoredDocument>>) -> Result<()> {
        self.storage.take_out(to).await
    }

    async fn put_back(&self, from: Receiver<Record<NewEpoch>>, count: u64) -> Result<()> {
        self.storage.put_back(from, count).await
    }
}

#[async_trait]
impl Storage for Moody {
    fn passkeys(&self) -> &dyn Passkeys {
        self.storage.passkeys()
    }

    fn profiles(&self) -> &dyn Profiles {
        self.storage.profiles()
    }

    fn ladder(&self) -> &dyn Ladder {
        self.storage.ladder()
    }

    fn keys(&self) -> &dyn RecordKeys {
        self.storage.keys()
    }

    fn cases(&self) -> &dyn Cases {
        self.storage.cases()
    }

    fn notes(&self) -> &dyn Notes {
        self.storage.notes()
    }

    fn mails(&self) -> &dyn Mails {
        self.storage.mails()
    }

    fn notices(&self) -> &dyn Notices {
        self.storage.notices()
    }

    fn refused_work(&self) -> &dyn RefusedWork {
        self.storage.refused_work()
    }

    fn intakes(&self) -> &dyn kruispunt_storage::Intakes {
        self.storage.intakes()
    }

    fn erasures(&self) -> &dyn Erasures {
        self.storage.erasures()
    }

    async fn ping(&self) -> Result<()> {
        self.storage.ping().await
    }

    async fn watch(&self) -> Result<Box<dyn Watch>> {
        self.storage.watch().await
    }

    async fn close(&self) {
        self.storage.close().await;
    }
}
