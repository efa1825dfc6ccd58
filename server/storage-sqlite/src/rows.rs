//! Many rows in one go, as a JSON array of arrays.
//!
//! SQLite works on a thread of its own, and going there and back costs as much as writing several rows. Byte strings
//! and texts are in hexadecimal: `unhex(value ->> 0)`, `CAST(unhex(value ->> 0) AS TEXT)`.

use std::fmt::Write as _;

/// One column of identifiers.
pub(crate) fn column_of<'a>(ids: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut rows = Rows::new();
    for id in ids {
        rows.begin().bytes(Some(id));
    }
    rows.end()
}

/// One column of numbers.
pub(crate) fn column_of_numbers(numbers: impl IntoIterator<Item = i64>) -> String {
    let mut rows = Rows::new();
    for number in numbers {
        rows.begin().number(number);
    }
    rows.end()
}

/// Rows, as JSON.
#[derive(Debug)]
pub(crate) struct Rows(String);

impl Rows {
    pub(crate) fn new() -> Self {
        Self("[".to_owned())
    }

    pub(crate) fn begin(&mut self) -> &mut Self {
        self.0.push_str(if self.0.len() > 1 { "],[" } else { "[" });
        self
    }

    fn comma(&mut self) {
        if !self.0.ends_with('[') {
            self.0.push(',');
        }
    }

    pub(crate) fn number(&mut self, value: i64) -> &mut Self {
        self.comma();
        // Writing to memory cannot fail.
        let _ = write!(self.0, "{value}");
        self
    }

    pub(crate) fn maybe(&mut self, value: Option<i64>) -> &mut Self {
        match value {
            Some(value) => self.number(value),
            None => self.bytes(None),
        }
    }

    pub(crate) fn bytes(&mut self, value: Option<&[u8]>) -> &mut Self {
        const DIGITS: [char; 16] = [
            '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
        ];
        self.comma();
        let Some(value) = value else {
            self.0.push_str("null");
            return self;
        };
        self.0.reserve(2 * value.len() + 2);
        self.0.push('"');
        let digit = |half: u8| DIGITS.get(usize::from(half)).copied().unwrap_or_default();
        for byte in value {
            self.0.extend([digit(byte >> 4), digit(byte & 15)]);
        }
        self.0.push('"');
        self
    }

    /// A word or another text; what is in it means nothing to JSON.
    pub(crate) fn text(&mut self, value: Option<&str>) -> &mut Self {
        self.bytes(value.map(str::as_bytes))
    }

    pub(crate) fn end(mut self) -> String {
        self.0.push_str(if self.0.len() > 1 { "]]" } else { "]" });
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_json() {
        let mut rows = Rows::new();
        assert_eq!(Rows::new().end(), "[]");
        rows.begin().bytes(Some(&[0, 0xaf])).number(-7);
        rows.begin().bytes(None).number(1);
        assert_eq!(rows.end(), r#"[["00af",-7],[null,1]]"#);
    }
}
