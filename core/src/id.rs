//! Opaque identifiers: 128 random bits, written as 22 characters of unpadded URL-safe base64.
//!
//! They are random and never derived from a person or a place, so that an identifier seen in a log or on a
//! wire tells nothing.

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The text is not 22 characters of URL-safe base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier: 22 characters of URL-safe base64 expected")]
pub struct InvalidId;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; 16]);

        impl $name {
            /// Takes 16 random bytes; the caller has the dice.
            #[must_use]
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// The 16 bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let mut bytes = [0; 16];
                match URL_SAFE_NO_PAD.decode_slice(text, &mut bytes) {
                    Ok(16) => Ok(Self(bytes)),
                    _ => Err(InvalidId),
                }
            }
        }

        impl TryFrom<&[u8]> for $name {
            type Error = InvalidId;

            fn try_from(bytes: &[u8]) -> Result<Self, InvalidId> {
                bytes.try_into().map(Self).map_err(|_| InvalidId)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }

        impl<C> minicbor::Encode<C> for $name {
            fn encode<W: minicbor::encode::Write>(
                &self,
                encoder: &mut minicbor::Encoder<W>,
                _: &mut C,
            ) -> Result<(), minicbor::encode::Error<W::Error>> {
                encoder.bytes(&self.0)?.ok()
            }
        }

        impl<'b, C> minicbor::Decode<'b, C> for $name {
            fn decode(
                decoder: &mut minicbor::Decoder<'b>,
                _: &mut C,
            ) -> Result<Self, minicbor::decode::Error> {
                decoder
                    .bytes()?
                    .try_into()
                    .map_err(|_| minicbor::decode::Error::message("identifier of 16 bytes expected"))
            }
        }
    };
}

id!(
    /// A person with an account on at least one device.
    MemberId
);
id!(
    /// One phone or browser of a member.
    DeviceId
);
id!(
    /// A node in the tree of town, district, quarter, neighbourhood and street.
    AreaId
);
id!(
    /// What a resident needs, once.
    RequestId
);
id!(
    /// An automerge document with one audience.
    DocumentId
);
id!(
    /// An invitation; the secret itself is never stored.
    InvitationId
);

id!(
    /// A key of the relay to which case cards are sealed.
    RecordKeyId
);
id!(
    /// Something that is in the audit.
    AuditId
);
id!(
    /// A word of a resident about what they consent to.
    ConsentId
);
id!(
    /// A note about a case, from one of its participants.
    NoteId
);
id!(
    /// Something somebody hears of, in their inbox.
    NoticeId
);
id!(
    /// The erasing of a case or a member.
    ErasureId
);
id!(
    /// Work that was not taken.
    RefusedId
);
id!(
    /// A way for residents to ask by themselves.
    IntakeFormId
);
id!(
    /// What stands in the link of such a form. Whoever has it may ask, and see nothing of what others asked.
    FormCode
);
id!(
    /// What a resident asked by themselves, and nobody has looked at yet.
    IntakeId
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_survives_its_text() {
        let id = RequestId::from_bytes([7; 16]);
        assert_eq!(id.to_string().len(), 22);
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn other_texts_are_no_ids() {
        for text in [
            "",
            "short",
            "////////////////////////",
            "BwcHBwcHBwcHBwcHBwcHBwcHBwc",
        ] {
            assert_eq!(text.parse::<RequestId>(), Err(InvalidId), "{text}");
        }
    }
}
