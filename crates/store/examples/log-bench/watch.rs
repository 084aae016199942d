//! What a write waits for: listens to what the store's threads tell of what they do, and says of each wait which part of
//! it somebody held the writer, and whether he computed, waited for a processor or for the disk. Without that a busy
//! machine's disk could not be told from a step that is too long.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Where a thread's time went since it began, by the kernel's account.
#[derive(Debug, Clone, Copy, Default)]
struct Account {
    ran_ns: u64,
    /// It could have run, and others did.
    queued_ns: u64,
}

impl Account {
    fn now() -> Self {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
        let mut numbers = text.split_ascii_whitespace().map(|word| word.parse().unwrap_or(0));
        Self { ran_ns: numbers.next().unwrap_or(0), queued_ns: numbers.next().unwrap_or(0) }
    }
}

/// A piece of a thread's time.
#[derive(Debug, Clone)]
pub(crate) struct Piece {
    /// Who it was spent for.
    pub(crate) what: &'static str,
    from: Instant,
    to: Instant,
    /// Parts of it that the thread ran, and that it waited for a processor. The rest it waited for the disk or a lock.
    ran: f64,
    queued: f64,
}

impl Piece {
    /// How long it was.
    pub(crate) fn took(&self) -> Duration {
        self.to - self.from
    }

    /// How long the thread computed.
    pub(crate) fn ran(&self) -> Duration {
        self.took().mul_f64(self.ran)
    }

    /// Seconds of it that lie within a wait: computing, waiting for a processor, waiting for the disk.
    fn within(&self, (from, to): (Instant, Instant)) -> [f64; 3] {
        let both = self.to.min(to).saturating_duration_since(self.from.max(from)).as_secs_f64();
        [both * self.ran, both * self.queued, both * (1.0 - self.ran - self.queued).max(0.0)]
    }
}

#[derive(Debug, Default)]
struct Told {
    /// When something was told last by the writer and by what carries over, and their accounts then.
    last: [Option<(Instant, Account)>; 2],
    /// In the batch under way: of a job; of others.
    batch: [bool; 2],
    writer: Vec<Piece>,
    carried: Vec<Piece>,
}

/// Listens.
#[derive(Debug, Default)]
pub(crate) struct Watch(Mutex<Told>);

struct Words {
    message: String,
    what: String,
}

impl Visit for Words {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "what" {
            value.clone_into(&mut self.what);
        }
    }
}

/// Whose a change is, by its first statement.
fn whose(sql: &str) -> &'static str {
    const KNOWN: [(&str, &str); 14] = [
        ("INSERT INTO meta", "the write itself"),
        ("UPDATE log_nodes", "requests being logged"),
        ("DELETE FROM requests", "step: requests"),
        ("DELETE FROM body_text", "step: bodies"),
        ("DELETE FROM bodies", "step: bodies"),
        ("INSERT INTO body_text", "step: merge of the index"),
        ("DELETE FROM rollups", "step: sums"),
        ("DELETE FROM totals", "step: sums"),
        ("DELETE FROM tallies", "step: tallies"),
        ("DELETE FROM windows", "step: windows"),
        ("DELETE FROM audit", "step: audit"),
        ("DELETE FROM responses", "step: responses"),
        ("DELETE FROM", "step: logins"),
        ("shrink", "step: pages"),
    ];
    KNOWN.iter().find(|(begin, _)| sql.starts_with(begin)).map_or("step: other", |(_, whose)| whose)
}

/// Whether it is of what runs beside the writes that are measured.
pub(crate) fn of_job(what: &str) -> bool {
    what.starts_with("step")
}

impl Told {
    /// Ends a piece of one of the two threads.
    fn piece(&mut self, thread: usize, what: Option<&'static str>) {
        let (now, account) = (Instant::now(), Account::now());
        if let (Some((from, before)), Some(what)) = (self.last[thread].replace((now, account)), what) {
            let wall = now.duration_since(from).as_nanos().max(1) as f64;
            let part = |after: u64, before: u64| (after.saturating_sub(before) as f64 / wall).min(1.0);
            let piece = Piece {
                what,
                from,
                to: now,
                ran: part(account.ran_ns, before.ran_ns),
                queued: part(account.queued_ns, before.queued_ns),
            };
            [&mut self.writer, &mut self.carried][thread].push(piece);
        }
    }

    fn hear(&mut self, carries: bool, words: &Words) {
        match (carries, words.message.as_str()) {
            (true, "begins") => self.piece(1, None),
            (true, _) => self.piece(1, Some("carrying over")),
            (false, "begins") => {
                self.batch = [false; 2];
                self.piece(0, None);
            }
            (false, "did") => {
                let what = whose(&words.what);
                self.batch[usize::from(!of_job(what))] = true;
                self.piece(0, Some(what));
            }
            (false, "committed") => {
                let what = if self.batch[0] { "step: commit" } else { "commit of writes alone" };
                self.piece(0, Some(what));
            }
            (false, _) => self.piece(0, Some("the log is too long")),
        }
    }
}

impl Subscriber for Watch {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "wye_store::writer" || metadata.target() == "wye_store::checkpoint"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut words = Words { message: String::new(), what: String::new() };
        event.record(&mut words);
        let carries = event.metadata().target() == "wye_store::checkpoint";
        self.0.lock().unwrap_or_else(PoisonError::into_inner).hear(carries, &words);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// What one wait consists of, in seconds.
#[derive(Debug, Clone)]
pub(crate) struct Wait {
    /// The whole.
    pub(crate) took: Duration,
    /// Part of it that a job held the writer, and what of that was computing.
    pub(crate) held: Duration,
    /// What of that was computing.
    pub(crate) held_ran: Duration,
    /// Its longest part in words.
    pub(crate) cause: String,
}

impl Watch {
    /// Forgets what was told until now.
    pub(crate) fn clear(&self) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        told.writer.clear();
        told.carried.clear();
    }

    /// What the writer did since, piece by piece, and what was carried over.
    pub(crate) fn pieces(&self) -> (Vec<Piece>, Vec<Piece>) {
        let told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (told.writer.clone(), told.carried.clone())
    }
}

/// Explains waits, which are in order of time.
pub(crate) fn explain(
    waits: &[(Instant, Instant)],
    (writer, carried): &(Vec<Piece>, Vec<Piece>),
) -> Vec<Wait> {
    let mut first = 0;
    let mut explained = Vec::with_capacity(waits.len());
    for &wait in waits {
        while writer.get(first).is_some_and(|piece| piece.to <= wait.0) {
            first += 1;
        }
        let took = wait.1 - wait.0;
        let mut parts: BTreeMap<(&str, &str), f64> = BTreeMap::new();
        let (mut held, mut held_ran, mut known) = (0.0, 0.0, 0.0);
        for piece in writer[first..].iter().take_while(|piece| piece.from < wait.1) {
            let within = piece.within(wait);
            known += within.iter().sum::<f64>();
            if of_job(piece.what) {
                held += within.iter().sum::<f64>();
                held_ran += within[0];
            }
            let beside = carried.iter().any(|other| other.from < piece.to && other.to > piece.from);
            let disk = if beside { "the disk, while frames are carried over" } else { "the disk" };
            for (why, time) in ["computing", "a processor", disk].into_iter().zip(within) {
                *parts.entry((piece.what, why)).or_default() += time;
            }
        }
        *parts.entry(("nobody", "being woken")).or_default() += took.as_secs_f64() - known;
        let longest = parts.into_iter().max_by(|a, b| a.1.total_cmp(&b.1));
        let cause = longest.map(|((what, why), _)| format!("{what}: {why}")).unwrap_or_default();
        let seconds = |time: f64| Duration::from_secs_f64(time.max(0.0));
        explained.push(Wait { took, held: seconds(held), held_ran: seconds(held_ran), cause });
    }
    explained
}
