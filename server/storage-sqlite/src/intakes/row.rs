//! Reading and writing the rows of forms, what was asked on them and what became of it, inside somebody's transaction.

use kruispunt_core::id::{FormCode, IntakeId};
use kruispunt_core::model::Word;
use kruispunt_core::time::Timestamp;
use kruispunt_storage::convert::{consents, consents_text, id, optional_id, optional_word, word};
use kruispunt_storage::{Decision, Intake, IntakeForm, Sealed, StorageError, Wrapped};
use sqlx::SqliteConnection;

use crate::error::from_sqlx;

struct FormRow {
    id: Vec<u8>,
    code: Vec<u8>,
    area: Vec<u8>,
    kind: String,
    made_by: Vec<u8>,
    made_at: i64,
    closed_at: Option<i64>,
}

impl FormRow {
    fn read(self) -> Result<IntakeForm, StorageError> {
        Ok(IntakeForm {
            id: id(&self.id)?,
            code: id(&self.code)?,
            area: id(&self.area)?,
            kind: word(&self.kind)?,
            made_by: id(&self.made_by)?,
            made_at: Timestamp::from_millis(self.made_at),
            closed_at: self.closed_at.map(Timestamp::from_millis),
        })
    }
}

/// All forms, the newest first.
pub(crate) async fn forms(
    connection: &mut SqliteConnection,
) -> Result<Vec<IntakeForm>, StorageError> {
    let rows = sqlx::query_as!(
        FormRow,
        "SELECT id, code, area, kind, made_by, made_at, closed_at
        FROM intake_form ORDER BY made_at DESC, id DESC"
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    rows.into_iter().map(FormRow::read).collect()
}

pub(super) async fn form_of(
    connection: &mut SqliteConnection,
    code: FormCode,
) -> Result<Option<IntakeForm>, StorageError> {
    let code = code.as_bytes().as_slice();
    let row = sqlx::query_as!(
        FormRow,
        "SELECT id, code, area, kind, made_by, made_at, closed_at FROM intake_form WHERE code = ?",
        code
    );
    let row = row.fetch_optional(connection).await.map_err(from_sqlx)?;
    row.map(FormRow::read).transpose()
}

pub(crate) async fn put_form(
    connection: &mut SqliteConnection,
    form: &IntakeForm,
) -> Result<(), StorageError> {
    let (id, code) = (
        form.id.as_bytes().as_slice(),
        form.code.as_bytes().as_slice(),
    );
    let (area, kind) = (form.area.as_bytes().as_slice(), form.kind.key());
    let (made_by, made_at) = (form.made_by.as_bytes().as_slice(), form.made_at.as_millis());
    let closed_at = form.closed_at.map(Timestamp::as_millis);
    let put = sqlx::query!(
        "INSERT INTO intake_form (id, code, area, kind, made_by, made_at, closed_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)",
        id,
        code,
        area,
        kind,
        made_by,
        made_at,
        closed_at
    );
    put.execute(connection).await.map(drop).map_err(from_sqlx)
}

struct Row {
    id: Vec<u8>,
    form: Vec<u8>,
    street: Option<Vec<u8>>,
    theme: String,
    ask: String,
    day: Option<String>,
    part: Option<String>,
    urgency: String,
    repeat: String,
    consents: String,
    received_at: i64,
    record_key: Vec<u8>,
    wrapped: Vec<u8>,
    sealed: Vec<u8>,
}

impl Row {
    fn read(self) -> Result<(Intake, Sealed), StorageError> {
        let intake = Intake {
            id: id(&self.id)?,
            form: id(&self.form)?,
            street: optional_id(self.street.as_deref())?,
            theme: word(&self.theme)?,
            ask: word(&self.ask)?,
            day: optional_word(self.day.as_deref())?,
            part: optional_word(self.part.as_deref())?,
            urgency: word(&self.urgency)?,
            repeat: word(&self.repeat)?,
            consents: consents(&self.consents)?,
            received_at: Timestamp::from_millis(self.received_at),
        };
        let key = Wrapped {
            record_key: id(&self.record_key)?,
            bytes: self.wrapped,
        };
        let sealed = Sealed {
            key,
            sealed: self.sealed,
        };
        Ok((intake, sealed))
    }
}

/// All that waits, the oldest first.
pub(crate) async fn all(
    connection: &mut SqliteConnection,
) -> Result<Vec<(Intake, Sealed)>, StorageError> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, form, street, theme, ask, day, part, urgency, repeat, consents, received_at,
            record_key, wrapped, sealed
        FROM intake ORDER BY received_at, id"
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    rows.into_iter().map(Row::read).collect()
}

pub(super) async fn sealed(
    connection: &mut SqliteConnection,
    intake: IntakeId,
) -> Result<Option<Sealed>, StorageError> {
    let intake = intake.as_bytes().as_slice();
    let row = sqlx::query!(
        "SELECT record_key, wrapped, sealed FROM intake WHERE id = ?",
        intake
    );
    let row = row.fetch_optional(connection).await.map_err(from_sqlx)?;
    let sealed = row.map(|row| {
        let key = Wrapped {
            record_key: id(&row.record_key)?,
            bytes: row.wrapped,
        };
        Ok(Sealed {
            key,
            sealed: row.sealed,
        })
    });
    sealed.transpose()
}

pub(crate) async fn put_intake(
    connection: &mut SqliteConnection,
    intake: &Intake,
    sealed: &Sealed,
) -> Result<(), StorageError> {
    let (id, form) = (
        intake.id.as_bytes().as_slice(),
        intake.form.as_bytes().as_slice(),
    );
    let street = intake.street.as_ref().map(|id| id.as_bytes().as_slice());
    let (theme, ask) = (intake.theme.key(), intake.ask.key());
    let (day, part) = (intake.day.map(Word::key), intake.part.map(Word::key));
    let (urgency, repeat) = (intake.urgency.key(), intake.repeat.key());
    let consents = consents_text(&intake.consents);
    let received_at = intake.received_at.as_millis();
    let record_key = sealed.key.record_key.as_bytes().as_slice();
    let (wrapped, sealed) = (sealed.key.bytes.as_slice(), sealed.sealed.as_slice());
    let put = sqlx::query!(
        "INSERT INTO intake (id, form, street, theme, ask, day, part, urgency, repeat, consents, received_at,
            record_key, wrapped, sealed)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        id,
        form,
        street,
        theme,
        ask,
        day,
        part,
        urgency,
        repeat,
        consents,
        received_at,
        record_key,
        wrapped,
        sealed
    );
    put.execute(connection).await.map(drop).map_err(from_sqlx)
}

struct DecisionRow {
    id: Vec<u8>,
    area: Vec<u8>,
    accepted: bool,
    request: Option<Vec<u8>>,
    member: Vec<u8>,
    decided_at: i64,
}

impl DecisionRow {
    fn read(self) -> Result<Decision, StorageError> {
        Ok(Decision {
            id: id(&self.id)?,
            area: id(&self.area)?,
            accepted: self.accepted,
            request: optional_id(self.request.as_deref())?,
            member: id(&self.member)?,
            decided_at: Timestamp::from_millis(self.decided_at),
        })
    }
}

/// Every decision, for backups.
pub(crate) async fn decisions(
    connection: &mut SqliteConnection,
) -> Result<Vec<Decision>, StorageError> {
    let rows = sqlx::query_as!(
        DecisionRow,
        r#"SELECT id, area, accepted AS "accepted: bool", request, member, decided_at
        FROM intake_decision ORDER BY decided_at, id"#
    );
    let rows = rows.fetch_all(connection).await.map_err(from_sqlx)?;
    rows.into_iter().map(DecisionRow::read).collect()
}

pub(super) async fn decision(
    connection: &mut SqliteConnection,
    intake: IntakeId,
) -> Result<Option<Decision>, StorageError> {
    let intake = intake.as_bytes().as_slice();
    let row = sqlx::query_as!(
        DecisionRow,
        r#"SELECT id, area, accepted AS "accepted: bool", request, member, decided_at
        FROM intake_decision WHERE id = ?"#,
        intake
    );
    let row = row.fetch_optional(connection).await.map_err(from_sqlx)?;
    row.map(DecisionRow::read).transpose()
}

pub(crate) async fn put_decision(
    connection: &mut SqliteConnection,
    decision: &Decision,
) -> Result<(), StorageError> {
    let (id, area) = (
        decision.id.as_bytes().as_slice(),
        decision.area.as_bytes().as_slice(),
    );
    let request = decision.request.as_ref().map(|id| id.as_bytes().as_slice());
    let (member, decided_at) = (
        decision.member.as_bytes().as_slice(),
        decision.decided_at.as_millis(),
    );
    let put = sqlx::query!(
        "INSERT INTO intake_decision (id, area, accepted, request, member, decided_at)
        VALUES (?, ?, ?, ?, ?, ?)",
        id,
        area,
        decision.accepted,
        request,
        member,
        decided_at
    );
    put.execute(connection).await.map(drop).map_err(from_sqlx)
}
