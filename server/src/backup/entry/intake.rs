//! Self-entry in a backup: forms, what was asked on them, and what became of it.

use kruispunt_core::consent::{Purpose, Recipient};
use kruispunt_core::id::{AreaId, FormCode, IntakeFormId, IntakeId, MemberId, RequestId};
use kruispunt_core::intake::FormKind;
use kruispunt_core::model::{Ask, DayPart, Repeat, Theme, Urgency, Weekday};
use kruispunt_core::time::Timestamp;
use kruispunt_storage::{Decision, Intake, IntakeForm, Sealed};
use minicbor::{Decode, Encode};

use super::SealedEntry;

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(in crate::backup) struct IntakeFormEntry {
    #[n(0)]
    pub(in crate::backup) id: IntakeFormId,
    #[n(1)]
    pub(in crate::backup) code: FormCode,
    #[n(2)]
    pub(in crate::backup) area: AreaId,
    #[n(3)]
    pub(in crate::backup) kind: FormKind,
    #[n(4)]
    pub(in crate::backup) made_by: MemberId,
    #[n(5)]
    pub(in crate::backup) made_at: Timestamp,
    #[n(6)]
    pub(in crate::backup) closed_at: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(in crate::backup) struct IntakeEntry {
    #[n(0)]
    pub(in crate::backup) id: IntakeId,
    #[n(1)]
    pub(in crate::backup) form: IntakeFormId,
    #[n(2)]
    pub(in crate::backup) street: Option<AreaId>,
    #[n(3)]
    pub(in crate::backup) theme: Theme,
    #[n(4)]
    pub(in crate::backup) ask: Ask,
    #[n(5)]
    pub(in crate::backup) day: Option<Weekday>,
    #[n(6)]
    pub(in crate::backup) part: Option<DayPart>,
    #[n(7)]
    pub(in crate::backup) urgency: Urgency,
    #[n(8)]
    pub(in crate::backup) repeat: Repeat,
    #[n(9)]
    pub(in crate::backup) consents: Vec<(Purpose, Recipient)>,
    #[n(10)]
    pub(in crate::backup) received_at: Timestamp,
    #[n(11)]
    pub(in crate::backup) sealed: SealedEntry,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(in crate::backup) struct DecisionEntry {
    #[n(0)]
    pub(in crate::backup) id: IntakeId,
    #[n(1)]
    pub(in crate::backup) area: AreaId,
    #[n(2)]
    pub(in crate::backup) accepted: bool,
    #[n(3)]
    pub(in crate::backup) request: Option<RequestId>,
    #[n(4)]
    pub(in crate::backup) member: MemberId,
    #[n(5)]
    pub(in crate::backup) decided_at: Timestamp,
}

impl From<IntakeForm> for IntakeFormEntry {
    fn from(form: IntakeForm) -> Self {
        Self {
            id: form.id,
            code: form.code,
            area: form.area,
            kind: form.kind,
            made_by: form.made_by,
            made_at: form.made_at,
            closed_at: form.closed_at,
        }
    }
}

impl From<IntakeFormEntry> for IntakeForm {
    fn from(entry: IntakeFormEntry) -> Self {
        Self {
            id: entry.id,
            code: entry.code,
            area: entry.area,
            kind: entry.kind,
            made_by: entry.made_by,
            made_at: entry.made_at,
            closed_at: entry.closed_at,
        }
    }
}

impl From<Decision> for DecisionEntry {
    fn from(decision: Decision) -> Self {
        Self {
            id: decision.id,
            area: decision.area,
            accepted: decision.accepted,
            request: decision.request,
            member: decision.member,
            decided_at: decision.decided_at,
        }
    }
}

impl From<DecisionEntry> for Decision {
    fn from(entry: DecisionEntry) -> Self {
        Self {
            id: entry.id,
            area: entry.area,
            accepted: entry.accepted,
            request: entry.request,
            member: entry.member,
            decided_at: entry.decided_at,
        }
    }
}

impl From<(Intake, Sealed)> for IntakeEntry {
    fn from((intake, sealed): (Intake, Sealed)) -> Self {
        Self {
            id: intake.id,
            form: intake.form,
            street: intake.street,
            theme: intake.theme,
            ask: intake.ask,
            day: intake.day,
            part: intake.part,
            urgency: intake.urgency,
            repeat: intake.repeat,
            consents: intake.consents,
            received_at: intake.received_at,
            sealed: sealed.into(),
        }
    }
}

impl IntakeEntry {
    /// What was asked, and who asks, still sealed.
    pub(in crate::backup) fn parts(self) -> (Intake, SealedEntry) {
        let intake = Intake {
            id: self.id,
            form: self.form,
            street: self.street,
            theme: self.theme,
            ask: self.ask,
            day: self.day,
            part: self.part,
            urgency: self.urgency,
            repeat: self.repeat,
            consents: self.consents,
            received_at: self.received_at,
        };
        (intake, self.sealed)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::Entry;
    use super::super::tests::sealed;
    use super::*;

    pub(in super::super) fn entries() -> Vec<Entry> {
        let noon = Timestamp::from_millis(1_700_000_000_000);
        let (area, member) = (AreaId::from_bytes([1; 16]), MemberId::from_bytes([2; 16]));
        vec![
            Entry::IntakeForm(IntakeFormEntry {
                id: IntakeFormId::from_bytes([21; 16]),
                code: FormCode::from_bytes([22; 16]),
                area,
                kind: FormKind::Kiosk,
                made_by: member,
                made_at: noon,
                closed_at: Some(noon),
            }),
            Entry::Intake(IntakeEntry {
                id: IntakeId::from_bytes([23; 16]),
                form: IntakeFormId::from_bytes([21; 16]),
                street: Some(area),
                theme: Theme::Company,
                ask: Ask::Coffee,
                day: Some(Weekday::Tue),
                part: Some(DayPart::Morning),
                urgency: Urgency::ThisWeek,
                repeat: Repeat::Weekly,
                consents: vec![(Purpose::Arrange, Recipient::Coordinator)],
                received_at: noon,
                sealed: sealed(),
            }),
            Entry::Decision(DecisionEntry {
                id: IntakeId::from_bytes([24; 16]),
                area,
                accepted: true,
                request: Some(RequestId::from_bytes([14; 16])),
                member,
                decided_at: noon,
            }),
        ]
    }
}
