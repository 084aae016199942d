//! The one task that renews leases.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use wye_limits::{Answer, Ask, Cell, Cells, Moment, Share};
use wye_types::Clock;

use super::link::{Hello, Link, Question, Server};
use super::{Degraded, State};

/// How often leases are looked at when nobody hurries.
const TICK: Duration = Duration::from_millis(250);
/// How often the server hears of this process at least.
const HEARTBEAT: Duration = Duration::from_secs(1);
/// How old a world must be before it grants anything: every process has said hello by then, and charged what it used.
const GROWN: Duration = Duration::from_secs(2);
/// The first and the longest rest after a failure.
const RESTS: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));
/// Most questions of one exchange.
const MOST_ASKS: usize = 512;

/// Renews leases.
pub(super) struct Renewer {
    link: Link,
    cells: Arc<Cells>,
    share: Arc<Share>,
    clock: Arc<dyn Clock>,
    active: HashMap<String, Arc<Cell>>,
    world: Option<World>,
    heard: Option<Duration>,
    failures: u32,
    rests_until: Duration,
}

struct World {
    name: String,
    /// When it grants something, by our clock.
    grown_at: Duration,
}

impl Renewer {
    pub(super) fn new(
        server: Server,
        cells: Arc<Cells>,
        share: Arc<Share>,
        clock: Arc<dyn Clock>,
        node: &str,
    ) -> Self {
        // Two processes of one name, or one that was started again, are two: each answers for what it used itself.
        let node: String = node.chars().take(64).filter(|c| !c.is_control()).collect();
        let link = Link::new(server, format!("{node}#{}", chance(&*clock)), chance(&*clock));
        Self {
            link,
            cells,
            share,
            clock,
            active: HashMap::new(),
            world: None,
            heard: None,
            failures: 0,
            rests_until: Duration::ZERO,
        }
    }

    pub(super) async fn run(
        mut self,
        state: &watch::Sender<State>,
        reached: &watch::Sender<bool>,
        stop: &CancellationToken,
    ) {
        loop {
            let call = self.share.call();
            Box::pin(self.round(state)).await;
            if self.heard.is_some() {
                reached.send_replace(true);
            }
            let rest = self.rests_until.saturating_sub(self.clock.mono());
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = call, if rest.is_zero() => {}
                () = tokio::time::sleep(rest.max(TICK)) => {}
            }
        }
        let now = Moment::of(&*self.clock);
        for (_, cell) in self.cells.all() {
            cell.end_lease(now);
            self.activate(cell);
        }
        // At the end nobody is waited for: what is not given back passes with its window.
        if self.failures == 0 {
            Box::pin(self.round(state)).await;
            self.link.leave().await;
        }
        self.share.set_lost(true);
    }

    fn activate(&mut self, cell: Arc<Cell>) {
        self.active.entry(name(&cell)).or_insert(cell);
    }

    /// Asks for all that is due.
    async fn round(&mut self, state: &watch::Sender<State>) {
        let now = self.clock.mono();
        if now < self.rests_until {
            return;
        }
        for cell in self.share.take_wanted() {
            self.activate(cell);
        }
        // Who does not know the world yet says hello first: what it asked would count for the wrong one.
        let known = self.world.is_some();
        let quiet = self.heard.is_some_and(|heard| now < heard.saturating_add(HEARTBEAT));
        let mut due = if known { self.due() } else { Vec::new() };
        if known && due.is_empty() && quiet {
            return;
        }
        loop {
            let rest = due.split_off(due.len().min(MOST_ASKS));
            if !self.exchange(&due, state).await {
                for (_, cell, ask) in &rest {
                    cell.unanswered(ask);
                }
                return;
            }
            if rest.is_empty() {
                break;
            }
            due = rest;
        }
        let now = Moment::of(&*self.clock);
        self.active.retain(|_, cell| cell.is_leasing(now));
    }

    fn due(&self) -> Vec<(String, Arc<Cell>, Ask)> {
        let now = Moment::of(&*self.clock);
        let granting = self.granting(now.mono);
        let due = self.active.iter().filter_map(|(name, cell)| {
            let ask = cell.plan(now)?;
            Some((name.clone(), Arc::clone(cell), if granting { ask } else { ask.telling_only() }))
        });
        due.collect()
    }

    fn granting(&self, now: Duration) -> bool {
        self.world.as_ref().is_some_and(|world| now >= world.grown_at)
    }

    /// One exchange with the server. Says whether it went well.
    async fn exchange(&mut self, due: &[(String, Arc<Cell>, Ask)], state: &watch::Sender<State>) -> bool {
        let sent = Moment::of(&*self.clock);
        let questions: Vec<Question<'_>> = due.iter().map(|(name, _, ask)| Question { name, ask }).collect();
        let heard = Box::pin(self.link.exchange(self.share.nodes(), &questions)).await;
        let now = Moment::of(&*self.clock);
        match heard {
            Ok((hello, answers)) => self.hear(sent, now, due, &answers, &hello, state),
            Err(why) => {
                self.lose(now, why, state);
                for (_, cell, ask) in due {
                    cell.unanswered(ask);
                }
                false
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "an answer is what was asked, when, and what was said")]
    fn hear(
        &mut self,
        sent: Moment,
        now: Moment,
        due: &[(String, Arc<Cell>, Ask)],
        answers: &[Answer],
        hello: &Hello,
        state: &watch::Sender<State>,
    ) -> bool {
        self.failures = 0;
        self.rests_until = Duration::ZERO;
        self.heard = Some(now.mono);
        self.share.set_nodes(hello.nodes);
        self.share.set_server_ms(hello.now_ms, now);
        let same = self.world.as_ref().is_some_and(|world| world.name == hello.world);
        if same {
            for ((_, cell, ask), answer) in due.iter().zip(answers) {
                cell.hear(sent, now, ask, answer);
            }
        } else {
            for (_, cell, ask) in due {
                cell.unanswered(ask);
            }
            self.enter(now, hello, state);
            for ((_, cell, _), answer) in due.iter().zip(answers) {
                cell.decline(answer);
            }
        }
        if self.share.is_lost() && self.granting(now.mono) {
            self.share.set_lost(false);
            state.send_replace(None);
            tracing::info!(nodes = hello.nodes, "limits are shared through the Valkey server");
        }
        same || due.is_empty()
    }

    /// Another world than before: the server lost its data, or is new to us.
    fn enter(&mut self, now: Moment, hello: &Hello, state: &watch::Sender<State>) {
        let young = hello.age < GROWN;
        let new = self.world.is_some();
        self.world = Some(World {
            name: hello.world.clone(),
            grown_at: now.mono.saturating_add(GROWN.saturating_sub(hello.age)),
        });
        if new {
            self.share.set_lost(true);
            let what = "the Valkey server lost what it knew; limits are shared again in two seconds";
            state.send_replace(Some(Degraded { since_ms: now.unix_ms, what: what.to_owned() }));
            tracing::warn!("{what}");
        }
        // A world that was there before us knows what an earlier process of ours used, a young one does not.
        if new || young {
            for (_, cell) in self.cells.all() {
                cell.begin_anew(now);
            }
        }
    }

    fn lose(&mut self, now: Moment, why: String, state: &watch::Sender<State>) {
        let (first, longest) = RESTS;
        let rest = first.saturating_mul(1 << self.failures.min(10)).min(longest);
        self.failures = self.failures.saturating_add(1);
        self.rests_until = now.mono.saturating_add(rest);
        if !self.share.is_lost() || self.failures == 1 {
            self.share.set_lost(true);
            tracing::warn!("{why}; each limit goes on alone or lets nothing through, as it declares");
            state.send_replace(Some(Degraded { since_ms: now.unix_ms, what: why }));
        }
    }
}

/// What a limit is called on the server: a hash, since owners may hold anything, end users' names among it.
fn name(cell: &Cell) -> String {
    let period = cell.with(|meter| meter.window().period().name());
    let mut hash = Sha256::new();
    for part in [cell.owner.as_str(), cell.measure.name(), period.as_str()] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize()[..16])
}

/// A name that no other process has.
fn chance(clock: &dyn Clock) -> String {
    let mut bytes = [0; 8];
    if getrandom::fill(&mut bytes).is_err() {
        // Without chance the time has to do.
        bytes = u64::try_from(clock.mono().as_nanos())
            .unwrap_or(u64::MAX)
            .wrapping_add(clock.unix_ms())
            .to_le_bytes();
    }
    hex(&bytes)
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
