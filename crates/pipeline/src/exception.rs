//! The one table of what is not done for every kind of call: who reads it knows where the nine stages have holes.

use wye_types::Kind;

/// What is done for a kind of call besides what is done for all (authentication, limits, quotas, the ledger, the log).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Treatment {
    /// Whether an answer may come from the cache.
    pub cache: bool,
    /// Whether another target is tried when one fails before its answer.
    pub failover: Failover,
    /// Whether what the client sent can be sent once more.
    pub replay: Replay,
}

/// When another target takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failover {
    /// Until there is content.
    BeforeContent,
    /// Until the connection to a target stands.
    BeforeStart,
    /// Never: the call names its provider, and what it asks for is nowhere else.
    Never,
}

/// Whether a request can be sent once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// It is held until there is an answer.
    Held,
    /// Only as long as nothing of it was sent: it goes through piece by piece.
    NotOnceStreamed,
}

const USUAL: Treatment = Treatment { cache: true, failover: Failover::BeforeContent, replay: Replay::Held };
const UPLOADED: Treatment = Treatment { cache: false, replay: Replay::NotOnceStreamed, ..USUAL };
const PASSED: Treatment =
    Treatment { cache: false, failover: Failover::Never, replay: Replay::NotOnceStreamed };

/// How a kind of call is treated.
#[must_use]
pub const fn treatment(kind: Kind) -> Treatment {
    match kind {
        Kind::Chat | Kind::Embeddings | Kind::Moderations | Kind::Rerank => USUAL,
        Kind::Images | Kind::Speech => Treatment { cache: false, ..USUAL },
        Kind::ImageEdits | Kind::ImageVariations | Kind::Transcriptions | Kind::Translations => UPLOADED,
        Kind::Realtime => {
            Treatment { cache: false, failover: Failover::BeforeStart, replay: Replay::NotOnceStreamed }
        }
        Kind::Files | Kind::Batches | Kind::Pass => PASSED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_held_is_not_cached() {
        for kind in Kind::ALL {
            let treatment = treatment(kind);
            assert!(!(treatment.cache && treatment.replay == Replay::NotOnceStreamed), "{kind}");
        }
    }
}
