//! The page on which a resident asks by themselves, by the letter of `docs/INTERFACE.md`.

use kruispunt_core::id::{AreaId, IntakeId};
use kruispunt_server::clock::random;
use serde_json::{Value, json};

use super::{Answer, ELM_STREET, Neighbour, Town, sealed_to};

/// Somebody who has the link of a form.
pub(crate) struct Page<'a> {
    town: &'a Town,
    pub(crate) form: String,
    pub(crate) code: String,
}

impl<'a> Page<'a> {
    /// A coordinator makes a form, and somebody gets its link.
    pub(crate) async fn of(town: &'a Town, who: &Neighbour, area: AreaId, kind: &str) -> Self {
        let body = json!({ "area": area, "kind": kind });
        let made = town.asks(who, "POST", "/api/intake-forms", &body).await;
        assert_eq!(made.status, 201, "{made:?}");
        Self {
            town,
            form: made.text("id"),
            code: made.text("code"),
        }
    }

    pub(crate) fn path(&self) -> String {
        format!("/api/intake/{}", self.code)
    }

    /// What the page is told.
    pub(crate) async fn shows(&self) -> Answer {
        self.town.http.get(&self.path(), &[]).await
    }

    /// Somebody in Elm Street would like company over coffee.
    pub(crate) async fn writes(&self, content: &[u8]) -> Value {
        let id = IntakeId::from_bytes(random().unwrap());
        let key = &self.shows().await.json()["record_key"];
        let mut asked = sealed_to(key, b"kruispunt/intake/1", id.as_bytes(), content);
        let rest = json!({
            "id": id, "street": ELM_STREET, "theme": "company", "ask": "coffee", "day": "tue", "part": null,
            "urgency": "this_week", "repeat": "once", "consents": [consent("arrange", "coordinator")],
        });
        for (name, value) in rest.as_object().unwrap() {
            asked[name] = value.clone();
        }
        asked
    }

    pub(crate) async fn sends(&self, asked: &Value) -> Answer {
        self.town.http.post(&self.path(), asked).await
    }

    /// From somewhere else; a proxy says where.
    pub(crate) async fn sends_from(&self, from: &str, asked: &Value) -> Answer {
        let headers = [
            ("content-type", "application/json"),
            ("x-forwarded-for", from),
        ];
        let (http, body) = (self.town.http, asked.to_string());
        http.ask("POST", &self.path(), &headers, &body).await
    }
}

pub(crate) fn consent(purpose: &str, recipient: &str) -> Value {
    json!({ "purpose": purpose, "recipient": recipient })
}
