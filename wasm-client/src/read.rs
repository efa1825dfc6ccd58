//! Reads the core's types from plain JavaScript values.
//!
//! Far less than `serde-wasm-bindgen` does, because only a phone's own worker speaks here: what does not fit is a
//! mistake in this app, and nobody reads more about it than that. No error is put in words, which keeps the means to
//! print a floating-point number off the phone.

use std::fmt;

use js_sys::{Array, Object};
use serde::de::value::{MapAccessDeserializer, MapDeserializer, SeqDeserializer};
use serde::de::{Deserializer, Error, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use wasm_bindgen::{JsCast as _, JsValue};

/// A value whose shape the type that reads it knows.
pub(crate) struct Value(pub(crate) JsValue);

/// The value is not of the shape that was expected.
#[derive(Debug)]
pub(crate) struct Unfit;

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("shape")
    }
}

impl std::error::Error for Unfit {}

impl Error for Unfit {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl IntoDeserializer<'_, Unfit> for Value {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// The fields of an object, in its order.
fn fields(object: &Object) -> impl Iterator<Item = (String, Value)> {
    Object::entries(object).into_iter().filter_map(|entry| {
        let entry = entry.dyn_into::<Array>().ok()?;
        Some((entry.get(0).as_string()?, Value(entry.get(1))))
    })
}

impl<'de> Deserializer<'de> for Value {
    type Error = Unfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        let Self(value) = self;
        if let Some(text) = value.as_string() {
            visitor.visit_string(text)
        } else if let Some(number) = value.as_f64() {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "times and counts are whole numbers"
            )]
            visitor.visit_i64(number as i64)
        } else if let Some(yes) = value.as_bool() {
            visitor.visit_bool(yes)
        } else if value.is_null() || value.is_undefined() {
            visitor.visit_unit()
        } else if let Some(list) = value.dyn_ref::<Array>() {
            visitor.visit_seq(SeqDeserializer::new(list.iter().map(Value)))
        } else {
            let object = value.dyn_into::<Object>().map_err(|_| Unfit)?;
            visitor.visit_map(MapDeserializer::new(fields(&object)))
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        if self.0.is_null() || self.0.is_undefined() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        visitor.visit_newtype_struct(self)
    }

    /// A name alone, or an object with the name as its only field.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        if let Some(name) = self.0.as_string() {
            return visitor.visit_enum(name.into_deserializer());
        }
        let object = self.0.dyn_into::<Object>().map_err(|_| Unfit)?;
        visitor.visit_enum(MapAccessDeserializer::new(MapDeserializer::new(fields(
            &object,
        ))))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}
