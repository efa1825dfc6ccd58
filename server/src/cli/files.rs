//! Open files: each connection is one, and most systems give a program 1,024 unless it asks for more.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What the relay has open besides its connections: the database, listeners, what it logs to.
const BESIDES: u64 = 64;

/// Asks for as many as this program may have, and says so when that is too few for its connections.
pub(super) fn open_many(connections: usize) {
    let before = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: before.maximum,
        maximum: before.maximum,
    };
    if let Err(error) = setrlimit(Resource::Nofile, wanted) {
        tracing::debug!(%error, "the limit of open files stays as it is");
    }
    let wanted = u64::try_from(connections)
        .unwrap_or(u64::MAX)
        .saturating_add(BESIDES);
    if let Some(limit) = getrlimit(Resource::Nofile)
        .current
        .filter(|&limit| limit < wanted)
    {
        tracing::warn!(
            limit,
            wanted,
            "the system allows fewer open files than there may be connections: raise it (LimitNOFILE, ulimit -n), \
            or lower --connections"
        );
    }
}
