//! The keys of what is said to people. The words live in the locale files of the PWA.

/// Why a piece of work was not taken. Shown to its author as `reason.<key>`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// The author may not do this here, or no longer.
    NotAllowed,
    /// No such document, or not for this member; the two are not told apart.
    UnknownDocument,
    /// Not an automerge change, or one that breaks the schema.
    InvalidChange,
    /// Builds on work the relay does not have.
    MissingDependency,
    /// Over a limit of size or count.
    TooLarge,
    /// The street's board holds as much as it may; it must be tidied first.
    DocumentFull,
    /// The request was done, withdrawn or told about already.
    AlreadyClosed,
    /// A reason from a newer relay.
    Other,
}

impl Reason {
    /// Every reason with a meaning of its own.
    pub const ALL: [Self; 7] = [
        Self::NotAllowed,
        Self::UnknownDocument,
        Self::InvalidChange,
        Self::MissingDependency,
        Self::TooLarge,
        Self::DocumentFull,
        Self::AlreadyClosed,
    ];

    /// The message key.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::NotAllowed => "not-allowed",
            Self::UnknownDocument => "unknown-document",
            Self::InvalidChange => "invalid-change",
            Self::MissingDependency => "missing-dependency",
            Self::TooLarge => "too-large",
            Self::DocumentFull => "document-full",
            Self::AlreadyClosed => "already-closed",
            Self::Other => "other",
        }
    }

    /// The reason with this key; unknown keys come from newer relays and become [`Reason::Other`].
    #[must_use]
    pub fn from_key(key: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|reason| reason.key() == key)
            .unwrap_or(Self::Other)
    }
}

impl<C> minicbor::Encode<C> for Reason {
    fn encode<W: minicbor::encode::Write>(
        &self,
        encoder: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        encoder.str(self.key())?.ok()
    }
}

impl<'b, C> minicbor::Decode<'b, C> for Reason {
    fn decode(
        decoder: &mut minicbor::Decoder<'b>,
        _: &mut C,
    ) -> Result<Self, minicbor::decode::Error> {
        decoder.str().map(Self::from_key)
    }
}
