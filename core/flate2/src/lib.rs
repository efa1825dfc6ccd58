//! Takes the place of the crate `flate2` under automerge: raw deflate from memory to memory, and nothing else.
//!
//! flate2 with zlib-rs costs a phone 24 kB of its download, compressed: gzip, checksum tables of random numbers, and
//! a compressor for bytes that never leave it. So the phone inflates with `miniz_oxide` and "deflates" by storing;
//! what travels is deflated by the relay, which keeps zlib-rs. And nobody inflates without end: a saved document that
//! says it is larger than [`MOST_INFLATED`] is refused.

use std::io::{self, BufRead, Cursor, Read};

#[cfg(any(test, target_family = "wasm"))]
mod phone;
#[cfg(not(target_family = "wasm"))]
mod relay;

#[cfg(target_family = "wasm")]
use phone as engine;
#[cfg(not(target_family = "wasm"))]
use relay as engine;

/// No column of a saved document is larger than this, in bytes. A street of 10,000 requests stays below a tenth of it.
pub const MOST_INFLATED: usize = 64 << 20;

/// How hard to try. automerge only ever asks for the default.
#[derive(Debug, Clone, Copy, Default)]
pub struct Compression;

/// Readers of what another reader has, deflated or inflated.
pub mod bufread {
    use super::{BufRead, Compression, Cursor, Read, engine, io};

    /// Gives the deflated form of what `R` gives.
    #[derive(Debug)]
    pub struct DeflateEncoder<R>(Whole<R>);

    impl<R: BufRead> DeflateEncoder<R> {
        /// Reads nothing yet.
        pub fn new(reader: R, _: Compression) -> Self {
            Self(Whole::Before(reader))
        }
    }

    impl<R: BufRead> Read for DeflateEncoder<R> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.0.after(engine::deflate)?.read(into)
        }
    }

    /// Gives the inflated form of what `R` gives.
    #[derive(Debug)]
    pub struct DeflateDecoder<R>(Whole<R>);

    impl<R: BufRead> DeflateDecoder<R> {
        /// Reads nothing yet.
        pub fn new(reader: R) -> Self {
            Self(Whole::Before(reader))
        }
    }

    impl<R: BufRead> Read for DeflateDecoder<R> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            self.0.after(engine::inflate)?.read(into)
        }
    }

    /// All of it at once, since both ends are in memory anyway.
    #[derive(Debug)]
    enum Whole<R> {
        Before(R),
        After(Cursor<Vec<u8>>),
    }

    impl<R: BufRead> Whole<R> {
        fn after(
            &mut self,
            turn: fn(&[u8]) -> io::Result<Vec<u8>>,
        ) -> io::Result<&mut Cursor<Vec<u8>>> {
            if let Self::Before(reader) = self {
                let mut bytes = Vec::new();
                reader.read_to_end(&mut bytes)?;
                *self = Self::After(Cursor::new(turn(&bytes)?));
            }
            match self {
                Self::After(bytes) => Ok(bytes),
                Self::Before(_) => Err(io::ErrorKind::Other.into()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::bufread::{DeflateDecoder, DeflateEncoder};
    use super::*;

    type Turn = fn(&[u8]) -> io::Result<Vec<u8>>;
    const DEFLATES: [Turn; 2] = [relay::deflate, phone::deflate];
    const INFLATES: [Turn; 2] = [relay::inflate, phone::inflate];

    fn texts() -> Vec<Vec<u8>> {
        let long = b"Lekstraat, ".repeat(20_000);
        let restless = (0..50_000_u32).flat_map(|at| at.wrapping_mul(2_654_435_761).to_le_bytes());
        vec![Vec::new(), b"x".to_vec(), long, restless.collect()]
    }

    #[test]
    fn phone_and_relay_read_what_either_wrote() {
        for text in texts() {
            for deflate in DEFLATES {
                let deflated = deflate(&text).unwrap();
                for inflate in INFLATES {
                    assert!(inflate(&deflated).unwrap() == text);
                }
            }
        }
    }

    #[test]
    fn it_reads_as_flate2_does() {
        let text = b"Lekstraat, ".repeat(1000);
        let (mut deflated, mut inflated) = (Vec::new(), Vec::new());
        let length = DeflateEncoder::new(text.as_slice(), Compression)
            .read_to_end(&mut deflated)
            .unwrap();
        assert_eq!(length, deflated.len());
        assert!(length < text.len() / 20);
        DeflateDecoder::new(deflated.as_slice())
            .read_to_end(&mut inflated)
            .unwrap();
        assert_eq!(inflated, text);
    }

    #[test]
    fn what_is_cut_off_or_no_deflate_at_all_is_refused() {
        let deflated = relay::deflate(&b"Lekstraat, ".repeat(1000)).unwrap();
        for inflate in INFLATES {
            assert!(inflate(&deflated[..deflated.len() - 1]).is_err());
            assert!(inflate(&[]).is_err());
            assert!(inflate(&[0xff; 40]).is_err());
        }
    }

    #[test]
    fn a_small_message_cannot_grow_into_a_full_memory() {
        let deflated = relay::deflate(&vec![0; MOST_INFLATED]).unwrap();
        let more = relay::deflate(&vec![0; MOST_INFLATED + 1]).unwrap();
        for inflate in INFLATES {
            assert_eq!(inflate(&deflated).unwrap().len(), MOST_INFLATED);
            assert!(inflate(&more).is_err());
        }
    }
}
