//! People and their phones.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kruispunt_core::access::Rights;
use kruispunt_core::command::{Author, Command, perform};
use kruispunt_core::id::{DeviceId, DocumentId, MemberId, RequestId};
use kruispunt_core::model::Role;
use kruispunt_core::schema::Board;
use kruispunt_core::sync::frame::{Frame, Push};
use kruispunt_server::Secret;
use kruispunt_server::clock::{now, random};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};

use super::COFFEE;

/// The key pair of a phone.
pub(crate) struct Key(SigningKey);

impl Key {
    pub(crate) fn new() -> Self {
        Self(SigningKey::from_slice(&random::<32>().unwrap()).unwrap())
    }

    pub(crate) fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.verifying_key().to_sec1_point(false).as_bytes())
    }

    pub(crate) fn sign(&self, text: &str) -> String {
        let signature: Signature = self.0.sign(text.as_bytes());
        URL_SAFE_NO_PAD.encode(signature.to_bytes())
    }

    /// What a phone sends to come in.
    pub(crate) fn redeem(&self, secret: &Secret) -> Value {
        let signature = self.sign(&format!("kruispunt/redeem/1\n{}", secret.expose()));
        json!({ "secret": secret.expose(), "public_key": self.public(), "signature": signature })
    }
}

/// Somebody whose phone is signed in.
pub(crate) struct Neighbour {
    pub(crate) member: MemberId,
    pub(crate) device: DeviceId,
    pub(crate) token: String,
    /// The key with which the device came in.
    pub(crate) key: Key,
    first_name: String,
    role: Role,
}

impl Neighbour {
    pub(crate) fn new(
        member: MemberId,
        device: DeviceId,
        first_name: &str,
        role: Role,
        token: String,
    ) -> Self {
        Self {
            member,
            device,
            token,
            key: Key::new(),
            first_name: first_name.to_owned(),
            role,
        }
    }

    /// Whose phone came in with this key.
    pub(crate) fn with(self, key: Key) -> Self {
        Self { key, ..self }
    }

    /// Logs a request on a copy of a board; returns it with the change.
    pub(crate) fn logs(&self, board: &mut Board) -> (RequestId, Vec<u8>) {
        let request = RequestId::from_bytes(random().unwrap());
        (request, self.logs_as(board, request))
    }

    /// Logs a request that has an identifier already.
    pub(crate) fn logs_as(&self, board: &mut Board, request: RequestId) -> Vec<u8> {
        self.does(board, &COFFEE, request)
    }

    pub(crate) fn claims(&self, board: &mut Board, request: RequestId) -> Vec<u8> {
        self.does(board, &Command::ClaimRequest { request }, request)
    }

    pub(crate) fn releases(&self, board: &mut Board, request: RequestId) -> Vec<u8> {
        self.does(board, &Command::ReleaseClaim { request }, request)
    }

    fn does(&self, board: &mut Board, command: &Command, request: RequestId) -> Vec<u8> {
        let rights = Rights::of([self.role]);
        let author = Author {
            member: self.member,
            first_name: &self.first_name,
            rights,
        };
        let change = perform(board, command, author, request, now())
            .unwrap()
            .unwrap();
        change.raw_bytes().to_vec()
    }
}

/// A fresh copy of a street's board, written to as a new actor.
pub(crate) fn board(document: DocumentId) -> Board {
    let mut board = Board::found(document, 0).unwrap();
    board.write_as(random().unwrap());
    board
}

pub(crate) fn push(document: DocumentId, changes: &[Vec<u8>]) -> Frame {
    push_in(0, document, changes)
}

pub(crate) fn push_in(epoch: u32, document: DocumentId, changes: &[Vec<u8>]) -> Frame {
    let changes = changes.iter().map(|change| change.clone().into()).collect();
    Frame::Push(Push {
        document,
        epoch,
        changes,
    })
}
