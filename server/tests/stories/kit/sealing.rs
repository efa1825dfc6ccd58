//! A phone as it seals and opens case cards and notes, by the letter of `docs/INTERFACE.md`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hpke::aead::AesGcm256;
use hpke::kdf::HkdfSha256;
use hpke::kem::DhP256HkdfSha256 as Kem;
use hpke::{
    Deserializable as _, Kem as _, OpModeR, OpModeS, Serializable as _, setup_receiver,
    setup_sender_with_rng,
};
use kruispunt_core::id::{NoteId, RequestId};
use kruispunt_server::clock::{dice, now, random};
use serde_json::{Value, json};

use super::{Answer, ELM_STREET, Neighbour, Town};

/// Somebody's way to the cards and notes of Elm Street.
pub(crate) struct Sealing<'a> {
    town: &'a Town,
    who: &'a Neighbour,
    private_key: <Kem as hpke::Kem>::PrivateKey,
}

impl<'a> Sealing<'a> {
    /// Says to the relay to which key cards are to be sealed.
    pub(crate) async fn begins(town: &'a Town, who: &'a Neighbour) -> Self {
        let (private_key, public_key) = Kem::derive_keypair(&random::<32>().unwrap());
        let public_key = URL_SAFE_NO_PAD.encode(public_key.to_bytes());
        let signature = who.key.sign(&format!("kruispunt/sealing/1\n{public_key}"));
        let body = json!({ "public_key": public_key, "signature": signature });
        let sealing = Self {
            town,
            who,
            private_key,
        };
        let answer = sealing
            .asks("PUT", "/api/devices/this/sealing-key", &body)
            .await;
        assert_eq!(answer.status, 204, "{answer:?}");
        sealing
    }

    /// Asks the relay something.
    pub(crate) async fn asks(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.town.asks(self.who, method, path, body).await
    }

    /// Asks something about a case in Elm Street.
    pub(crate) async fn about(
        &self,
        method: &str,
        request: RequestId,
        what: &str,
        body: &Value,
    ) -> Answer {
        let path = format!("/api/cases/{request}{what}?street={ELM_STREET}");
        self.asks(method, &path, body).await
    }

    /// Writes a card.
    pub(crate) async fn writes(&self, request: RequestId, content: &[u8]) -> Answer {
        let body = self.seals(request, content).await;
        self.about("PUT", request, "/card", &body).await
    }

    /// Seals a card to the relay's record key.
    pub(crate) async fn seals(&self, request: RequestId, content: &[u8]) -> Value {
        self.seals_for(b"kruispunt/card/1", request.as_bytes(), content)
            .await
    }

    async fn seals_for(&self, info: &[u8], about: &[u8], content: &[u8]) -> Value {
        let me = self.asks("GET", "/api/me", &Value::Null).await.json();
        sealed_to(&me["record_key"], info, about, content)
    }

    /// Asks for a card.
    pub(crate) async fn opens(&self, request: RequestId) -> Answer {
        self.about("POST", request, "/open", &json!({ "danger": null }))
            .await
    }

    /// Reads what the relay handed out.
    pub(crate) fn reads(&self, request: RequestId, opened: &Value) -> String {
        self.reads_for(b"kruispunt/card-to-device/1", request.as_bytes(), opened)
    }

    /// Reads what the relay handed out for another purpose.
    pub(crate) fn reads_for(&self, info: &[u8], about: &[u8], opened: &Value) -> String {
        let bytes = |name: &str| {
            URL_SAFE_NO_PAD
                .decode(opened[name].as_str().unwrap())
                .unwrap()
        };
        let expires_at = opened["expires_at"].as_i64().unwrap();
        let about = [about, self.who.device.as_bytes(), &expires_at.to_be_bytes()].concat();
        let enc = <Kem as hpke::Kem>::EncappedKey::from_bytes(&bytes("enc")).unwrap();
        let mut receiver = setup_receiver::<AesGcm256, HkdfSha256, Kem>(
            &OpModeR::Base,
            &self.private_key,
            &enc,
            info,
        )
        .unwrap();
        String::from_utf8(receiver.open(&bytes("sealed"), &about).unwrap()).unwrap()
    }

    /// Opens a card that may be opened, and reads it.
    pub(crate) async fn card(&self, request: RequestId) -> String {
        let opened = self.opens(request).await;
        assert_eq!(opened.status, 200, "{opened:?}");
        self.reads(request, &opened.json())
    }

    /// Tells what the resident said; `after` is how much this phone had heard before.
    pub(crate) async fn hears(
        &self,
        request: RequestId,
        pair: (&str, &str),
        given: bool,
        after: u32,
    ) -> Answer {
        let id = RequestId::from_bytes(random().unwrap());
        let word = json!({
            "id": id, "purpose": pair.0, "recipient": pair.1, "given": given, "how": "spoken",
            "at": now().as_millis(), "after": after,
        });
        let words = json!({ "words": [word] });
        self.about("POST", request, "/consents", &words).await
    }

    /// Seals a note, as a phone does when it is written.
    pub(crate) async fn seals_note(
        &self,
        request: RequestId,
        audience: &str,
        content: &[u8],
    ) -> Value {
        let id = NoteId::from_bytes(random().unwrap());
        let about = [request.as_bytes().as_slice(), id.as_bytes()].concat();
        let mut note = self.seals_for(b"kruispunt/note/1", &about, content).await;
        note["id"] = json!(id);
        note["audience"] = json!(audience);
        note["at"] = json!(now().as_millis());
        note
    }

    /// Sends notes.
    pub(crate) async fn sends(&self, request: RequestId, notes: &[Value]) -> Answer {
        let notes = json!({ "notes": notes });
        self.about("POST", request, "/notes", &notes).await
    }

    /// Writes a note and sends it.
    pub(crate) async fn tells(&self, request: RequestId, audience: &str, text: &str) -> Answer {
        let content = json!({ "kind": "text", "text": text }).to_string();
        let note = self.seals_note(request, audience, content.as_bytes()).await;
        self.sends(request, &[note]).await
    }

    /// Asks for the notes after one.
    pub(crate) async fn asks_notes(&self, request: RequestId, after: u32) -> Answer {
        let path = format!("/api/cases/{request}/notes?street={ELM_STREET}&after={after}");
        self.asks("GET", &path, &Value::Null).await
    }

    /// Reads the texts of notes that the relay handed out.
    pub(crate) fn reads_notes(&self, request: RequestId, handed: &Value) -> Vec<String> {
        let notes = handed["notes"].as_array().unwrap().iter();
        let texts = notes.map(|note| {
            let id: NoteId = note["id"].as_str().unwrap().parse().unwrap();
            let about = [request.as_bytes().as_slice(), id.as_bytes()].concat();
            let info = b"kruispunt/note-to-device/1";
            let mut note = note.clone();
            note["expires_at"] = handed["expires_at"].clone();
            let content = self.reads_for(info, &about, &note);
            let content: Value = serde_json::from_str(&content).unwrap();
            content["text"].as_str().unwrap().to_owned()
        });
        texts.collect()
    }

    /// The texts of the notes that may be read.
    pub(crate) async fn notes(&self, request: RequestId) -> Vec<String> {
        let handed = self.asks_notes(request, 0).await;
        assert_eq!(handed.status, 200, "{handed:?}");
        self.reads_notes(request, &handed.json())
    }

    /// Says that they have seen the notes up to one.
    pub(crate) async fn saw(&self, request: RequestId, until: u32) -> Answer {
        let until = json!({ "until": until });
        self.about("POST", request, "/notes/seen", &until).await
    }
}

/// Seals something to a record key as the relay tells of it.
pub(crate) fn sealed_to(key: &Value, info: &[u8], about: &[u8], content: &[u8]) -> Value {
    let public_key = URL_SAFE_NO_PAD.decode(key["public_key"].as_str().unwrap());
    let public_key = <Kem as hpke::Kem>::PublicKey::from_bytes(&public_key.unwrap()).unwrap();
    let (enc, mut sender) = setup_sender_with_rng::<AesGcm256, HkdfSha256, Kem>(
        &OpModeS::Base,
        &public_key,
        info,
        &mut dice().unwrap(),
    )
    .unwrap();
    let sealed = sender.seal(content, about).unwrap();
    json!({
        "key": key["id"],
        "enc": URL_SAFE_NO_PAD.encode(enc.to_bytes()),
        "sealed": URL_SAFE_NO_PAD.encode(sealed),
    })
}
