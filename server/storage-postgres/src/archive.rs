//! Everything that is stored, for backups.

use async_trait::async_trait;
use kruispunt_core::model::{Area, Word as _};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::archive::{complete, parents_first, send};
use kruispunt_storage::convert::{hash, id, optional_id};
use kruispunt_storage::{
    Archive, Hash, Invitation, KnownDevice, NewEpoch, Record, Retention, StorageError,
    StoredDocument,
};
use sqlx::PgConnection;
use tokio::sync::mpsc;

use crate::PgStorage;
use crate::error::from_sqlx;
use crate::watch::{notice, tell};
use crate::{
    areas, audit, cases, documents, erasures, intakes, keys, ladder, mails, notes, notices,
    passkeys, people, profiles, refused,
};

#[async_trait]
impl Archive for PgStorage {
    async fn take_out(&self, to: mpsc::Sender<Record<StoredDocument>>) -> Result<(), StorageError> {
        // One transaction that only reads sees one moment, however long it takes and whatever is written meanwhile.
        let mut transaction = self.read().await?;
        be_patient(&mut transaction).await?;
        for area in parents_first(areas::stored(&mut transaction).await?) {
            send(&to, Record::Area(area)).await?;
        }
        for member in people::members(&mut transaction).await? {
            send(&to, Record::Member(member)).await?;
        }
        for device in people::devices(&mut transaction, None).await? {
            send(&to, Record::Device(device)).await?;
        }
        for invitation in invitations(&mut transaction).await? {
            send(&to, Record::Invitation(invitation)).await?;
        }
        for passkey in passkeys::stored(&mut transaction, None).await? {
            send(&to, Record::Passkey(passkey)).await?;
        }
        for field in profiles::stored(&mut transaction, None).await? {
            send(&to, Record::ProfileField(field)).await?;
        }
        for wishes in notices::stored_wishes(&mut transaction, None).await? {
            send(&to, Record::Wishes(wishes)).await?;
        }
        for mail in mails::stored(&mut transaction, None).await? {
            send(&to, Record::Mail(mail)).await?;
        }
        for (area, rule) in ladder::stored(&mut transaction).await? {
            send(&to, Record::LadderRule(area, rule)).await?;
        }
        for position in documents::positions(&mut transaction).await? {
            let stored = documents::stored(&mut transaction, position.document).await?;
            if let Some(document) = stored {
                send(&to, Record::Document(document)).await?;
            }
        }
        for entry in audit::all(&mut transaction).await? {
            send(&to, Record::Done(entry)).await?;
        }
        for key in keys::record_keys(&mut transaction).await? {
            send(&to, Record::RecordKey(key.id, key.known_at)).await?;
        }
        for card in cases::cards(&mut transaction).await? {
            send(&to, Record::Card(card)).await?;
        }
        for ((street, request), said) in cases::consents(&mut transaction).await? {
            send(&to, Record::Said(street, request, said)).await?;
        }
        for ((street, request), note) in notes::all(&mut transaction).await? {
            send(&to, Record::Note(street, request, note)).await?;
        }
        for ((street, request), seen) in notes::all_seen(&mut transaction).await? {
            send(&to, Record::Seen(street, request, seen)).await?;
        }
        for (refused, requests, sealed) in refused::all(&mut transaction).await? {
            send(&to, Record::Refused(refused, requests, sealed)).await?;
        }
        for erasure in erasures::erasures(&mut transaction).await? {
            send(&to, Record::Erasure(erasure)).await?;
        }
        let retention = erasures::retention(&mut transaction).await?;
        if retention != Retention::default() {
            send(&to, Record::Retention(retention)).await?;
        }
        for form in intakes::forms(&mut transaction).await? {
            send(&to, Record::IntakeForm(form)).await?;
        }
        for (intake, sealed) in intakes::all(&mut transaction).await? {
            send(&to, Record::Intake(intake, sealed)).await?;
        }
        for decision in intakes::decisions(&mut transaction).await? {
            send(&to, Record::Decision(decision)).await?;
        }
        Ok(())
    }

    async fn put_back(
        &self,
        mut from: mpsc::Receiver<Record<NewEpoch>>,
        count: u64,
    ) -> Result<(), StorageError> {
        let mut transaction = self.write().await?;
        be_patient(&mut transaction).await?;
        // What is empty now has to stay so until it is filled.
        sqlx::query!("LOCK TABLE area, member IN SHARE ROW EXCLUSIVE MODE")
            .execute(&mut *transaction)
            .await
            .map_err(from_sqlx)?;
        let is_full = sqlx::query_scalar!(
            r#"SELECT EXISTS (SELECT 1 FROM area) OR EXISTS (SELECT 1 FROM member) AS "is_full!""#
        );
        let is_full = is_full
            .fetch_one(&mut *transaction)
            .await
            .map_err(from_sqlx)?;
        if is_full {
            return Err(StorageError::Conflict(
                "the database is not empty".to_owned(),
            ));
        }
        let mut received = 0;
        while let Some(record) = from.recv().await {
            received += 1;
            let connection = &mut *transaction;
            match record {
                Record::Area(area) => put_area(connection, &area).await?,
                Record::Member(member) => people::add_member(connection, &member).await?,
                Record::Device(device) => put_device(connection, &device).await?,
                Record::Invitation(invitation) => put_invitation(connection, &invitation).await?,
                Record::Passkey(passkey) => {
                    passkeys::put_passkey(connection, &passkey).await?;
                }
                Record::ProfileField(field) => profiles::put_field(connection, &field).await?,
                Record::Wishes(wishes) => notices::put_wishes(connection, &wishes).await?,
                Record::Mail(mail) => mails::put(connection, &mail).await?,
                Record::LadderRule(area, rule) => ladder::put_rule(connection, area, &rule).await?,
                Record::Document(document) => put_document(connection, &document).await?,
                Record::Done(entry) => audit::add_entry(connection, &entry).await?,
                Record::RecordKey(key, known_at) => keys::know(connection, key, known_at).await?,
                Record::Card(card) => cases::put_card(connection, &card).await?,
                Record::Said(street, request, said) => {
                    cases::put_said(connection, (street, request), &said).await?;
                }
                Record::Note(street, request, note) => {
                    notes::put_note(connection, (street, request), &note).await?;
                }
                Record::Seen(street, request, seen) => {
                    notes::put_seen(connection, (street, request), seen).await?;
                }
                Record::Refused(refused, requests, sealed) => {
                    refused::put_refused(connection, &refused, &requests, &sealed).await?;
                }
                Record::Erasure(erasure) => erasures::put_erasure(connection, &erasure).await?,
                Record::Retention(retention) => {
                    erasures::put_retention(connection, retention).await?;
                }
                Record::IntakeForm(form) => intakes::put_form(connection, &form).await?,
                Record::Intake(intake, sealed) => {
                    intakes::put_intake(connection, &intake, &sealed).await?;
                }
                Record::Decision(decision) => {
                    intakes::put_decision(connection, &decision).await?;
                }
            }
        }
        complete(received, count)?;
        tell(&mut transaction, &notice::anything(&self.instance)).await?;
        transaction.commit().await.map_err(from_sqlx)
    }
}

/// A backup waits for its file, and a restore for boards that are rewritten, longer than a relay may wait for anything.
async fn be_patient(connection: &mut PgConnection) -> Result<(), StorageError> {
    sqlx::query!("SET LOCAL idle_in_transaction_session_timeout = 0")
        .execute(connection)
        .await
        .map(drop)
        .map_err(from_sqlx)
}

async fn invitations(connection: &mut PgConnection) -> Result<Vec<Invitation>, StorageError> {
    let rows = sqlx::query!(
        "SELECT id, secret_hash, member, expires_at, redeemed_at, redeemed_by, area, role, made_at, made_by
        FROM invitation"
    );
    let mut invitations = Vec::new();
    for row in rows.fetch_all(connection).await.map_err(from_sqlx)? {
        let redeemed_by = optional_id(row.redeemed_by.as_deref())?;
        let membership = row.area.zip(row.role);
        let membership = membership.map(|(area, role)| people::membership(&area, &role));
        invitations.push(Invitation {
            id: id(&row.id)?,
            secret: Hash(hash(&row.secret_hash)?),
            member: id(&row.member)?,
            expires_at: Timestamp::from_millis(row.expires_at),
            redeemed: row.redeemed_at.map(Timestamp::from_millis).zip(redeemed_by),
            membership: membership.transpose()?,
            made_at: row.made_at.map(Timestamp::from_millis),
            made_by: optional_id(row.made_by.as_deref())?,
        });
    }
    Ok(invitations)
}

async fn put_area(connection: &mut PgConnection, area: &Area) -> Result<(), StorageError> {
    let (id, kind) = (area.id.as_bytes().as_slice(), area.kind.key());
    let parent = area.parent.as_ref().map(|id| id.as_bytes().as_slice());
    let put = sqlx::query!(
        "INSERT INTO area (id, code, name, kind, parent) VALUES ($1, $2, $3, $4, $5)",
        id,
        area.code,
        area.name,
        kind,
        parent
    );
    put.execute(connection).await.map(drop).map_err(from_sqlx)
}

async fn put_device(
    connection: &mut PgConnection,
    known: &KnownDevice,
) -> Result<(), StorageError> {
    let device = &known.device;
    let (id, member) = (
        device.id.as_bytes().as_slice(),
        device.member.as_bytes().as_slice(),
    );
    let public_key = device.public_key.0.as_slice();
    let created_at = known.created_at.as_millis();
    let seen_at = known.seen_at.map(Timestamp::as_millis);
    let revoked_at = device.revoked_at.map(Timestamp::as_millis);
    let put = sqlx::query!(
        "INSERT INTO device (id, member, public_key, created_at, seen_at, revoked_at) VALUES ($1, $2, $3, $4, $5, $6)",
        id,
        member,
        public_key,
        created_at,
        seen_at,
        revoked_at
    );
    put.execute(connection).await.map(drop).map_err(from_sqlx)
}

async fn put_invitation(
    connection: &mut PgConnection,
    invitation: &Invitation,
) -> Result<(), StorageError> {
    let (id, secret) = (
        invitation.id.as_bytes().as_slice(),
        invitation.secret.0.as_slice(),
    );
    let member = invitation.member.as_bytes().as_slice();
    let expires_at = invitation.expires_at.as_millis();
    let redeemed = invitation.redeemed.as_ref();
    let redeemed_at = redeemed.map(|(at, _)| at.as_millis());
    let redeemed_by = redeemed.map(|(_, device)| device.as_bytes().as_slice());
    let to = invitation.membership.as_ref();
    let area = to.map(|to| to.area.as_bytes().as_slice());
    let role = to.map(|to| to.role.key());
    let made_at = invitation.made_at.map(Timestamp::as_millis);
    let made_by = invitation
        .made_by
        .as_ref()
        .map(|by| by.as_bytes().as_slice());
    let put = sqlx::query!(
        "INSERT INTO invitation
            (id, secret_hash, member, expires_at, redeemed_at, redeemed_by, area, role, made_at, made_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        id,
        secret,
        member,
        expires_at,
        redeemed_at,
        redeemed_by,
        area,
        role,
        made_at,
        made_by
    );
    put.execute(connection).await.map(drop).map_err(from_sqlx)
}

async fn put_document(connection: &mut PgConnection, new: &NewEpoch) -> Result<(), StorageError> {
    let (document, area) = (
        new.document.as_bytes().as_slice(),
        new.area.as_bytes().as_slice(),
    );
    let (kind, began_at) = (new.kind.key(), new.began_at.as_millis());
    sqlx::query!(
        "INSERT INTO document (id, kind, area, epoch, seq, began_at) VALUES ($1, $2, $3, $4, 0, $5)",
        document,
        kind,
        area,
        i64::from(new.epoch),
        began_at
    )
    .execute(&mut *connection)
    .await
    .map_err(from_sqlx)?;
    let bytes = new.snapshot.as_ref();
    let put = sqlx::query!(
        "INSERT INTO snapshot (document, epoch, seq, bytes) VALUES ($1, $2, 0, $3)",
        document,
        i64::from(new.epoch),
        bytes
    );
    put.execute(connection).await.map(drop).map_err(from_sqlx)
}
