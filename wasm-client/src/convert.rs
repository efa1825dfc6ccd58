//! Between JavaScript's values and the core's.

use js_sys::{Array, Error, Uint8Array};
use kruispunt_core::sync::{Batch, Effect};
use kruispunt_core::time::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast as _, JsValue};

use crate::read::Value;

/// A JavaScript `Error` of this name; the message is a key, never prose.
pub(crate) fn error(name: &str, key: &str) -> JsValue {
    let error = Error::new(key);
    error.set_name(name);
    error.into()
}

pub(crate) fn from_js<T: DeserializeOwned>(value: JsValue) -> Result<T, JsValue> {
    T::deserialize(Value(value)).map_err(|_| error("Conversion", "shape"))
}

/// As JSON: one string crosses where an object would cross field by field, and the worker, which tells its page only
/// of what differs, compares it as it is.
pub(crate) fn json<T: Serialize>(value: &T) -> Result<String, JsValue> {
    serde_json::to_string(value).map_err(|_| error("Conversion", "shape"))
}

/// A moment from JavaScript's clock: whole milliseconds.
#[expect(
    clippy::cast_possible_truncation,
    reason = "milliseconds fit in 53 bits until the year 287396"
)]
pub(crate) fn moment(now: f64) -> Timestamp {
    Timestamp::from_millis(now as i64)
}

/// A count or number of a batch; one tab does not live long enough to pass 2^53.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of one tab's life stay far below 2^53"
)]
pub(crate) fn number(number: u64) -> JsValue {
    JsValue::from_f64(number as f64)
}

/// Reads `[key, bytes]` pairs.
pub(crate) fn puts(records: &Array) -> Result<Vec<(String, Vec<u8>)>, JsValue> {
    let wrong = || error("Conversion", "records");
    records
        .iter()
        .map(|record| {
            let pair = record.dyn_into::<Array>().map_err(|_| wrong())?;
            let key = pair.get(0).as_string().ok_or_else(wrong)?;
            let bytes = pair.get(1).dyn_into::<Uint8Array>().map_err(|_| wrong())?;
            Ok((key, bytes.to_vec()))
        })
        .collect()
}

/// Writes effects as tuples that begin with their name.
pub(crate) fn effects(effects: Vec<Effect>) -> Array {
    effects.into_iter().map(effect).collect()
}

fn effect(effect: Effect) -> JsValue {
    let tuple = match effect {
        Effect::Store(batch) => store(batch),
        Effect::Connect { after_ms } => Array::of2(&"connect".into(), &after_ms.into()),
        Effect::Send(frame) => Array::of2(&"send".into(), &Uint8Array::from(frame.as_slice())),
        Effect::Close => Array::of1(&"close".into()),
        Effect::SignIn => Array::of1(&"sign_in".into()),
        Effect::AskAnew => Array::of1(&"ask_anew".into()),
        Effect::Revoked => Array::of1(&"revoked".into()),
        Effect::Changed => Array::of1(&"changed".into()),
    };
    tuple.into()
}

fn store(batch: Batch) -> Array {
    let puts: Array = batch
        .puts
        .into_iter()
        .map(|(key, bytes)| Array::of2(&key.into(), &Uint8Array::from(bytes.as_slice())))
        .collect();
    let deletes: Array = batch.deletes.into_iter().map(JsValue::from).collect();
    Array::of4(&"store".into(), &number(batch.number), &puts, &deletes)
}
