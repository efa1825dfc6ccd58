//! The core in a browser: converts, delegates, converts.
//!
//! The phone's rules are in `kruispunt-core`; what must happen outside (the store, the socket, the timers) is done by
//! the worker in `wasm-client/worker`, which calls this. Nothing is decided here.
//!
//! Bytes cross as `Uint8Array`, times as milliseconds, identifiers as text. Errors become JavaScript `Error`s whose
//! `name` says what kind of thing went wrong (`Refused`, `Storage`, `Conversion`) and whose `message` is a key.

mod convert;
mod read;

use js_sys::{Array, Uint8Array};
use kruispunt_core::command::{Command, CommandError};
use kruispunt_core::id::RequestId;
use kruispunt_core::model::Helper;
use kruispunt_core::neighbourhood::Me;
use kruispunt_core::sync::{self, Batch, Link, Phone};
use kruispunt_core::view::Query;
use wasm_bindgen::prelude::*;

use crate::convert::{effects, error, from_js, json, moment, puts};

/// One tab of one device, as the worker holds it.
#[wasm_bindgen(js_name = Phone)]
#[derive(Debug)]
pub struct WasmPhone(Phone);

#[wasm_bindgen(js_class = Phone)]
impl WasmPhone {
    /// Starts from the stored records: an array of `[key, bytes]`. `actor` is 16 random bytes, fresh at every start.
    ///
    /// # Errors
    /// `Storage` when the record of the member or of unsent work is unreadable.
    #[wasm_bindgen(constructor)]
    pub fn new(actor: &[u8], records: &Array) -> Result<Self, JsValue> {
        let actor = actor.try_into().map_err(|_| error("Conversion", "actor"))?;
        let phone = Phone::load(actor, puts(records)?).map_err(|_| error("Storage", "storage"))?;
        Ok(Self(phone))
    }

    /// Takes the relay's answer to `GET /api/me`.
    ///
    /// # Errors
    /// `Conversion` when it is not of that shape or its places form no tree.
    pub fn know(&mut self, me: JsValue) -> Result<(), JsValue> {
        let me: Me = from_js(me)?;
        self.0.know(me).map_err(|_| error("Conversion", "me"))
    }

    /// What [`Self::know`] was told last, as JSON, or `undefined`.
    ///
    /// # Errors
    /// `Conversion`, never in practice.
    pub fn me(&self) -> Result<Option<String>, JsValue> {
        self.0
            .neighbourhood()
            .map(|known| json(known.me()))
            .transpose()
    }

    /// Does what a person asked for. Answers `[request id, batch number | undefined]`: it is done once the batch is
    /// stored. `fresh` is 16 random bytes, the identifier a new request gets.
    ///
    /// # Errors
    /// `Refused` with the key of the reason; nothing has changed then.
    pub fn command(&mut self, command: JsValue, fresh: &[u8], now: f64) -> Result<Array, JsValue> {
        let command: Command = from_js(command)?;
        let fresh = RequestId::try_from(fresh).map_err(|_| error("Conversion", "fresh"))?;
        let (request, batch) = self
            .0
            .command(command, fresh, moment(now))
            .map_err(|problem| match problem {
                CommandError::Refused(reason) => error("Refused", reason.key()),
                CommandError::Board(_) => error("Storage", "storage"),
            })?;
        Ok(Array::of2(
            &request.to_string().into(),
            &batch.map_or(JsValue::UNDEFINED, convert::number),
        ))
    }

    /// Refused work was read by its author and may go.
    ///
    /// # Errors
    /// `Conversion` when it is no identifier.
    pub fn dismiss(&mut self, request: &str) -> Result<(), JsValue> {
        self.0.dismiss(
            request
                .parse()
                .map_err(|_| error("Conversion", "request"))?,
        );
        Ok(())
    }

    /// A case was erased. Whether no board has the request any more; until then, to be asked again.
    ///
    /// # Errors
    /// `Conversion` when it is no identifier.
    pub fn forget(&mut self, request: &str) -> Result<bool, JsValue> {
        let request = request
            .parse()
            .map_err(|_| error("Conversion", "request"))?;
        Ok(self.0.forget(request))
    }

    /// The batch is durable.
    pub fn stored(&mut self, batch: u32) {
        self.0.stored(u64::from(batch));
    }

    /// Another tab stored this.
    ///
    /// # Errors
    /// `Storage` when it is unreadable: start anew from the store.
    pub fn absorb(&mut self, written: &Array, deletes: Vec<String>) -> Result<(), JsValue> {
        let batch = Batch {
            number: 0,
            puts: puts(written)?,
            deletes,
        };
        self.0
            .absorb(batch)
            .map_err(|_| error("Storage", "storage"))
    }

    /// This tab talks with the relay from now on.
    pub fn lead(&mut self) {
        self.0.lead();
    }

    /// This tab leaves the relay to another one.
    pub fn follow(&mut self) {
        self.0.follow();
    }

    /// Whether the device says that there is a network.
    pub fn network(&mut self, there: bool) {
        self.0.network(there);
    }

    /// What the leading tab says of its link: `online`, `connecting` or `offline`.
    pub fn told(&mut self, link: &str) {
        self.0.told(match link {
            "online" => Link::Online,
            "connecting" => Link::Connecting,
            _ => Link::Offline,
        });
    }

    /// The connection is open, with this session's token.
    pub fn connected(&mut self, token: &str, now: f64) {
        self.0.connected(token, moment(now));
    }

    /// The connection is gone or could not be opened. `dice` is random.
    pub fn disconnected(&mut self, dice: u32) {
        self.0.disconnected(dice);
    }

    /// Time went by.
    pub fn tick(&mut self, now: f64) {
        self.0.tick(moment(now));
    }

    /// Somebody looks at the app again, or it has another network.
    pub fn wake(&mut self, now: f64) {
        self.0.wake(moment(now));
    }

    /// A frame came in.
    pub fn frame(&mut self, bytes: &Uint8Array, now: f64) {
        self.0.frame(&bytes.to_vec(), moment(now));
    }

    /// What must happen outside now, in order: an array of tuples, see `wasm-client/worker/effect.ts`.
    pub fn drain(&mut self) -> Array {
        effects(self.0.drain())
    }

    /// Reads one screen, as JSON; `undefined` before this device has a member.
    ///
    /// # Errors
    /// `Conversion` when the query is of no known shape.
    pub fn view(&mut self, query: JsValue, now: f64) -> Result<Option<String>, JsValue> {
        let query: Query = from_js(query)?;
        let view = self.0.view(&query, moment(now));
        view.map(|view| json(&view)).transpose()
    }

    /// Takes the relay's answer to `GET /api/helpers`.
    ///
    /// # Errors
    /// `Conversion` when it is not of that shape.
    #[wasm_bindgen(js_name = knowHelpers)]
    pub fn know_helpers(&mut self, helpers: JsValue) -> Result<(), JsValue> {
        let helpers: Vec<Helper> = from_js(helpers)?;
        self.0.know_helpers(helpers);
        Ok(())
    }

    /// `{ link, unsent, refused }`, as JSON.
    ///
    /// # Errors
    /// `Conversion`, never in practice.
    pub fn safekeeping(&self) -> Result<String, JsValue> {
        json(&self.0.safekeeping())
    }
}

/// What these stored records hold that is not safe at the relay, as JSON. Needs no [`WasmPhone`], so it works when none
/// can be made.
///
/// # Errors
/// `Conversion` when they are no `[key, bytes]` pairs.
#[wasm_bindgen]
pub fn unsent(records: &Array) -> Result<String, JsValue> {
    let records = puts(records)?;
    let records = records
        .iter()
        .map(|(key, bytes)| (key.as_str(), bytes.as_slice()));
    json(&sync::unsent(records))
}
