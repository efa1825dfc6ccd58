//! How much anybody may ask of the relay, so that one phone gone wrong, or one person who means ill, does not take
//! it from all the others. Each limit has an error of its own (`docs/PROTOCOL.md`).

/// So much at once, and so much a second after that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// At once.
    pub burst: u32,
    /// A second.
    pub per_second: u32,
}

/// What the relay takes at most. What one frame and one change may be is fixed by the protocol.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at once; who comes after that is asked to try again later.
    pub connections: usize,
    /// Connections of one device at once. A phone has few tabs and one of them leads, so older ones are left over
    /// from lines that broke: the oldest gives way.
    pub per_device: usize,
    /// Changes that one connection may push at once: a long time of work without reception.
    pub burst: u32,
    /// Changes a second that one connection may push after that: more than fingers can.
    pub per_second: u32,
    /// Operations that one document holds; over this nothing more is taken into it.
    pub operations: u64,
    /// Bytes that documents take in memory, about; what was used longest ago leaves.
    pub memory: usize,
    /// Questions of signing in and coming in that one address may ask; a phone asks two to sign in. Fifty times that is
    /// what all addresses together may ask. Many phones may share one address.
    pub visits: Rate,
    /// Invitations that may be made from one address; ten times that from all together.
    pub invitations: Rate,
    /// What residents may ask by themselves from one address: a question on a public form takes 60 of it, one on a
    /// screen at the Startpunt 10. Public forms and screens count apart; fifty times that from all together.
    pub intakes: Rate,
}

impl Limits {
    /// What one connection may push.
    pub(crate) const fn changes(&self) -> Rate {
        Rate {
            burst: self.burst,
            per_second: self.per_second,
        }
    }

    /// What a relay takes unless its operator says otherwise.
    #[must_use]
    pub const fn usual() -> Self {
        Self {
            connections: 10_000,
            per_device: 8,
            burst: 4_096,
            per_second: 64,
            operations: 200_000,
            memory: 32 << 20,
            visits: Rate {
                burst: 40,
                per_second: 2,
            },
            invitations: Rate {
                burst: 300,
                per_second: 1,
            },
            intakes: Rate {
                burst: 300,
                per_second: 1,
            },
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::usual()
    }
}
