//! What does not work as it should while requests are served: clients are told of which kind it is, in a header of every
//! answer, operators in words. Looked at once a second beside the requests, so that an answer costs one load.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;
use utoipa::ToSchema;
use wye_types::Clock;

/// How often it is looked at.
const EVERY: Duration = Duration::from_secs(1);

const DEGRADED: HeaderName = HeaderName::from_static("x-wye-degraded");

/// What is degraded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[repr(u8)]
pub enum Degraded {
    /// Limits are not shared with other gateways: each goes on alone with its share, or refuses, as it declares.
    Limits = 1,
    /// Records of requests do not reach the database and wait in a file.
    Log = 2,
    /// The configuration in the database cannot be read or used: what was served before stays.
    Configuration = 4,
    /// The catalogue of models cannot be renewed: what was known of them before stays.
    Catalog = 8,
}

impl Degraded {
    const ALL: [Self; 4] = [Self::Limits, Self::Log, Self::Configuration, Self::Catalog];
}

/// The header for each set of kinds, by its bits.
const HEADERS: [Option<HeaderValue>; 16] = [
    None,
    Some(HeaderValue::from_static("limits")),
    Some(HeaderValue::from_static("log")),
    Some(HeaderValue::from_static("limits, log")),
    Some(HeaderValue::from_static("configuration")),
    Some(HeaderValue::from_static("limits, configuration")),
    Some(HeaderValue::from_static("log, configuration")),
    Some(HeaderValue::from_static("limits, log, configuration")),
    Some(HeaderValue::from_static("catalog")),
    Some(HeaderValue::from_static("limits, catalog")),
    Some(HeaderValue::from_static("log, catalog")),
    Some(HeaderValue::from_static("limits, log, catalog")),
    Some(HeaderValue::from_static("configuration, catalog")),
    Some(HeaderValue::from_static("limits, configuration, catalog")),
    Some(HeaderValue::from_static("log, configuration, catalog")),
    Some(HeaderValue::from_static("limits, log, configuration, catalog")),
];

/// Something that does not work as it should.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Ailment {
    /// Of what.
    pub kind: Degraded,
    /// What, in words for operators: they may name addresses and files.
    pub what: String,
}

/// Finds what does not work as it should while requests are served; nothing if all is well.
pub type Health = Arc<dyn Fn() -> Vec<Ailment> + Send + Sync>;

/// How the gateway is, as it was when it was last looked at.
pub(crate) struct Condition {
    health: Health,
    /// The kinds, as bits.
    kinds: AtomicU8,
    /// Milliseconds that something was degraded.
    lasted_ms: AtomicU64,
}

impl Condition {
    pub(crate) fn new(health: Health) -> Self {
        Self { health, kinds: AtomicU8::new(0), lasted_ms: AtomicU64::new(0) }
    }

    /// Looks now.
    pub(crate) fn look(&self) -> Vec<Ailment> {
        let found = (self.health)();
        let kinds = found.iter().fold(0, |kinds, ailment| kinds | ailment.kind as u8);
        self.kinds.store(kinds, Ordering::Relaxed);
        found
    }

    /// Looks again and again, and logs what is found when it changes. Ends never.
    pub(crate) async fn watch(&self, clock: &dyn Clock) {
        let (mut known, mut at) = (String::new(), clock.mono());
        loop {
            let was = self.kinds.load(Ordering::Relaxed);
            let found: Vec<String> = self.look().into_iter().map(|ailment| ailment.what).collect();
            let now = clock.mono();
            if was != 0 {
                let ms = now.saturating_sub(at).as_millis();
                self.lasted_ms.fetch_add(u64::try_from(ms).unwrap_or(u64::MAX), Ordering::Relaxed);
            }
            at = now;
            let found = found.join("; ");
            if found != known {
                match found.as_str() {
                    "" => tracing::info!("no longer degraded"),
                    what => tracing::warn!(kinds = self.names().join(", "), "degraded: {what}"),
                }
                known = found;
            }
            tokio::time::sleep(EVERY).await;
        }
    }

    /// The names of the kinds.
    pub(crate) fn names(&self) -> Vec<&'static str> {
        let kinds = self.kinds.load(Ordering::Relaxed);
        let all = Degraded::ALL.into_iter().filter(|kind| kinds & *kind as u8 != 0);
        all.map(|kind| match kind {
            Degraded::Limits => "limits",
            Degraded::Log => "log",
            Degraded::Configuration => "configuration",
            Degraded::Catalog => "catalog",
        })
        .collect()
    }

    /// How long something was degraded since the start, in milliseconds.
    pub(crate) fn lasted_ms(&self) -> u64 {
        self.lasted_ms.load(Ordering::Relaxed)
    }

    /// Tells a client.
    pub(crate) fn mark(&self, headers: &mut HeaderMap) {
        let kinds = self.kinds.load(Ordering::Relaxed);
        if kinds != 0
            && let Some(Some(value)) = HEADERS.get(usize::from(kinds))
        {
            headers.insert(DEGRADED, value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    /// The clock that tokio's timers go by.
    #[derive(Debug)]
    struct Paused(tokio::time::Instant);

    impl Clock for Paused {
        fn mono(&self) -> Duration {
            self.0.elapsed()
        }

        fn unix_ms(&self) -> u64 {
            0
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_watched_is_seen_within_a_second_and_its_time_is_counted() {
        let ill = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&ill);
        let condition = Condition::new(Arc::new(move || {
            let ailment = Ailment { kind: Degraded::Log, what: "10.0.0.7 is away".to_owned() };
            if told.load(Ordering::Relaxed) { vec![ailment] } else { Vec::new() }
        }));
        let clock = Paused(tokio::time::Instant::now());
        let on = async {
            let second = || tokio::time::sleep(Duration::from_millis(1100));
            let mut seen = vec![condition.names()];
            for (now, seconds) in [(true, 1), (true, 9), (false, 1), (false, 5)] {
                ill.store(now, Ordering::Relaxed);
                for _ in 0..seconds {
                    second().await;
                }
                seen.push(condition.names());
            }
            seen
        };
        let seen = tokio::select! {
            seen = on => seen,
            () = condition.watch(&clock) => Vec::new(),
        };
        assert_eq!(seen, [vec![], vec!["log"], vec!["log"], vec![], vec![]]);
        let ms = condition.lasted_ms();
        assert!((10_000..12_500).contains(&ms), "{ms}");
    }

    #[test]
    fn each_set_of_kinds_has_the_header_that_names_them() {
        for bits in 0..16_u8 {
            let found: Vec<Ailment> = Degraded::ALL
                .into_iter()
                .filter(|kind| bits & *kind as u8 != 0)
                .map(|kind| Ailment { kind, what: "10.0.0.7 is away".to_owned() })
                .collect();
            let condition = Condition::new(Arc::new(move || found.clone()));
            let mut headers = HeaderMap::new();
            condition.mark(&mut headers);
            assert!(headers.is_empty(), "nobody has looked");
            condition.look();
            condition.mark(&mut headers);
            let told = headers.get(DEGRADED).map_or("", |value| value.to_str().unwrap());
            assert_eq!(told, condition.names().join(", "));
            assert_eq!(told.is_empty(), bits == 0);
        }
    }
}
