//! The lines of the file, each by itself.

use std::collections::BTreeMap;

use csv::{ByteRecord, ReaderBuilder, StringRecord, Trim};
use kruispunt_core::model::{AreaKind, Word as _};

use super::{BadLine, Fault, HEADER};

/// One good line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) number: u64,
    pub(super) code: String,
    pub(super) name: String,
    pub(super) kind: AreaKind,
    pub(super) parent: Option<String>,
}

/// What a first reading of the file gives.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) lines: Vec<Line>,
    /// The codes of lines that are wrong.
    pub(super) codes: Vec<String>,
    pub(super) bad: Vec<BadLine>,
}

pub(super) fn read(file: &[u8]) -> Read {
    let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter(file))
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .from_reader(file);
    let mut read = Read::default();
    let mut first_lines: BTreeMap<String, u64> = BTreeMap::new();
    let mut record = ByteRecord::new();
    let mut lines = Lines {
        file,
        at: 0,
        newlines: 0,
    };
    let mut header_is_due = true;
    // Reading from memory with flexible columns cannot fail, so an error would only mean the end.
    while reader.read_byte_record(&mut record).unwrap_or(false) {
        let number = lines.number(record.position().map_or(0, csv::Position::byte));
        if header_is_due {
            header_is_due = false;
            if record != HEADER[..] {
                return Read {
                    bad: vec![BadLine {
                        line: number,
                        fault: Fault::Header,
                    }],
                    ..read
                };
            }
            continue;
        }
        let text = StringRecord::from_byte_record(record.clone());
        let line = text.map_err(|_| Fault::NotUtf8).and_then(|text| {
            let line = parse(number, &text);
            if line.is_err() {
                read.codes.extend(text.get(0).map(str::to_owned));
            }
            line
        });
        let line = line.and_then(|line| match first_lines.get(&line.code) {
            Some(&first) => Err(Fault::DuplicateCode {
                code: line.code,
                line: first,
            }),
            None => Ok(line),
        });
        match line {
            Ok(line) => {
                first_lines.insert(line.code.clone(), number);
                read.lines.push(line);
            }
            Err(fault) => read.bad.push(BadLine {
                line: number,
                fault,
            }),
        }
    }
    if header_is_due {
        read.bad.push(BadLine {
            line: 1,
            fault: Fault::Header,
        });
    }
    read
}

/// Counts lines up to a record.
///
/// The reader's own count is one short after `\r\n`, and does not count empty lines before a record.
struct Lines<'a> {
    file: &'a [u8],
    at: usize,
    newlines: u64,
}

impl Lines<'_> {
    /// The number of the line on which the record begins that the reader found from this byte on.
    fn number(&mut self, from: u64) -> u64 {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        while let Some(byte) = self.file.get(self.at) {
            if self.at >= from && !matches!(byte, b'\r' | b'\n') {
                break;
            }
            self.newlines += u64::from(*byte == b'\n');
            self.at += 1;
        }
        self.newlines + 1
    }
}

/// Spreadsheets in the Netherlands write semicolons for commas.
fn delimiter(file: &[u8]) -> u8 {
    let first = file.split(|&byte| byte == b'\n').next().unwrap_or_default();
    if first.contains(&b';') { b';' } else { b',' }
}

fn parse(number: u64, record: &StringRecord) -> Result<Line, Fault> {
    let columns: Vec<&str> = record.iter().collect();
    let [code, name, kind, parent] = columns.as_slice() else {
        return Err(Fault::Columns(columns.len()));
    };
    if code.is_empty() {
        return Err(Fault::EmptyCode);
    }
    if name.is_empty() {
        return Err(Fault::EmptyName);
    }
    let kind = AreaKind::from_key(kind).ok_or_else(|| Fault::UnknownKind((*kind).to_owned()))?;
    let parent = (!parent.is_empty()).then(|| (*parent).to_owned());
    Ok(Line {
        number,
        code: (*code).to_owned(),
        name: (*name).to_owned(),
        kind,
        parent,
    })
}
