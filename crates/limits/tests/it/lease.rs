//! Several processes share a limit: whatever is lost, late or dies on the way, together they never use more than it.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use wye_limits::{
    Answer, Ask, Asked, Cell, Cells, Held, Measure, Moment, Period, Share, Tally, Unit, reserve_all,
};

const NODES: usize = 3;
const LIMIT: u64 = 100;
/// Ten minutes before a midnight in UTC.
const START_MS: u64 = 1_795_046_400_000 - 600_000;

#[derive(Debug, Clone, Copy)]
enum Fate {
    Answered,
    /// The answer comes when this process asks next.
    Slow,
    /// It never arrives.
    Lost,
    /// It arrives, its answer does not.
    Unanswered,
    /// It is given up, and arrives all the same when time has passed.
    Late,
}

#[derive(Debug, Clone)]
enum Step {
    Wait(u64),
    Reserve(usize, u64),
    /// The same, and waits for the answer of the others, as admission does.
    Admit(usize, u64),
    /// Settles one of what is reserved with this much.
    Settle(usize, u64),
    Renew(usize, Fate),
    Crash(usize),
}

/// Steps whose waits are short, or come close to `span`, where a window that forgets too soon shows it.
fn step(span: u64) -> impl Strategy<Value = Step> {
    let node = || 0..NODES;
    let fate = prop_oneof![
        6 => Just(Fate::Answered), 2 => Just(Fate::Slow), 1 => Just(Fate::Lost),
        1 => Just(Fate::Unanswered), 1 => Just(Fate::Late),
    ];
    let amount = || prop_oneof![0u64..10, 20u64..70];
    prop_oneof![
        2 => (0u64..2_500).prop_map(Step::Wait),
        1 => (span * 9 / 10..span).prop_map(Step::Wait),
        3 => (node(), amount()).prop_map(|(node, amount)| Step::Reserve(node, amount)),
        4 => (node(), amount()).prop_map(|(node, amount)| Step::Admit(node, amount)),
        4 => (0usize..8, 0u64..45).prop_map(|(which, used)| Step::Settle(which, used)),
        6 => (node(), fate).prop_map(|(node, fate)| Step::Renew(node, fate)),
        1 => node().prop_map(Step::Crash),
    ]
}

/// One process.
struct Node {
    name: String,
    share: Arc<Share>,
    cell: Arc<Cell>,
    /// How much its clocks differ from the server's.
    skew_ms: u64,
    slow: Option<(Moment, Ask, Answer)>,
}

/// What was let through: when, by whom, how much, and how much more it became than was reserved.
#[derive(Debug)]
struct Used {
    at: u64,
    amount: u64,
    over: u64,
}

struct World {
    tally: Tally,
    now: u64,
    measure: Measure,
    period: Period,
    nodes: Vec<Node>,
    born: u32,
    open: Vec<(usize, usize, Held, u64)>,
    used: Vec<Used>,
    late: Vec<(String, Ask)>,
}

impl World {
    fn new(measure: Measure, period: Period) -> Self {
        let mut world = Self {
            tally: Tally::default(),
            now: 0,
            measure,
            period,
            nodes: Vec::new(),
            born: 0,
            open: Vec::new(),
            used: Vec::new(),
            late: Vec::new(),
        };
        for node in 0..NODES {
            let new = world.start(node);
            world.nodes.push(new);
        }
        world
    }

    fn start(&mut self, node: usize) -> Node {
        self.born += 1;
        let cells = Cells::default();
        let share = Arc::new(Share::default());
        share.set_lost(false);
        share.set_nodes(NODES as u64);
        cells.share(Arc::clone(&share));
        let skew_ms = node as u64 * 3_600_000;
        let at = moment(self.now, skew_ms);
        let cell = cells.get("key ci", self.measure, self.period.clone(), LIMIT, at);
        cell.refuse_when_lost(true);
        Node { name: format!("{node}.{}", self.born), share, cell, skew_ms, slow: None }
    }

    fn at(&self, node: usize) -> Moment {
        moment(self.now, self.nodes[node].skew_ms)
    }

    fn answer(&mut self, name: &str, ask: &Ask) -> Answer {
        let asked = Asked { now: Duration::from_millis(START_MS + self.now), nodes: NODES as u64 };
        match ask {
            Ask::Slots(ask) => Answer::Slots(self.tally.slots("cell", asked, ask)),
            Ask::Held(ask) => self.tally.held("cell", name, asked, ask).map_or(Answer::Over, Answer::Held),
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Wait(ms) => {
                self.now += ms;
                for (name, ask) in std::mem::take(&mut self.late) {
                    self.answer(&name, &ask);
                }
            }
            Step::Reserve(node, amount) => {
                self.reserve(*node, *amount);
            }
            Step::Admit(node, amount) => {
                if !self.reserve(*node, *amount) {
                    self.renew(*node, Fate::Answered);
                    self.reserve(*node, *amount);
                }
            }
            Step::Settle(which, used) => {
                if !self.open.is_empty() {
                    let (_, index, held, reserved) = self.open.remove(which % self.open.len());
                    held.settle(|_| Some(*used));
                    let is = if self.measure == Measure::Concurrent { 0 } else { *used };
                    self.used[index].amount = is;
                    self.used[index].over = is.saturating_sub(reserved);
                }
            }
            Step::Renew(node, fate) => self.renew(*node, *fate),
            Step::Crash(node) => {
                // What it had let through was used; places end with it.
                let gone = self.open.extract_if(.., |(of, ..)| of == node).collect::<Vec<_>>();
                for (_, index, held, _) in gone {
                    if self.measure == Measure::Concurrent {
                        self.used[index].amount = 0;
                    }
                    std::mem::forget(held);
                }
                self.nodes[*node] = self.start(*node);
            }
        }
    }

    fn reserve(&mut self, node: usize, amount: u64) -> bool {
        let at = self.at(node);
        let reserved = reserve_all([(&self.nodes[node].cell, amount)], at);
        let ok = reserved.is_ok();
        if let Ok(held) = reserved {
            self.open.push((node, self.used.len(), held, amount));
            self.used.push(Used { at: self.now, amount, over: 0 });
        }
        ok
    }

    fn renew(&mut self, node: usize, fate: Fate) {
        let at = self.at(node);
        self.nodes[node].share.set_server_ms(START_MS + self.now, at);
        if let Some((sent, ask, answer)) = self.nodes[node].slow.take() {
            self.nodes[node].cell.hear(sent, at, &ask, &answer);
        }
        let Some(ask) = self.nodes[node].cell.plan(at) else { return };
        let name = self.nodes[node].name.clone();
        match fate {
            Fate::Answered => {
                let answer = self.answer(&name, &ask);
                self.nodes[node].cell.hear(at, at, &ask, &answer);
            }
            Fate::Slow => {
                let answer = self.answer(&name, &ask);
                self.nodes[node].slow = Some((at, ask, answer));
            }
            Fate::Lost => self.nodes[node].cell.unanswered(&ask),
            Fate::Unanswered => {
                self.answer(&name, &ask);
                self.nodes[node].cell.unanswered(&ask);
            }
            Fate::Late => {
                self.nodes[node].cell.unanswered(&ask);
                self.late.push((name, ask));
            }
        }
    }
}

fn moment(now: u64, skew_ms: u64) -> Moment {
    // A process's monotonic clock began at another time, its wall clock is wrong.
    Moment { mono: Duration::from_millis(now + skew_ms / 7), unix_ms: START_MS + now - skew_ms }
}

fn config() -> ProptestConfig {
    ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_rolling_minute_never_admits_more_than_its_limit_together(
        steps in prop::collection::vec(step(61_000), 1..160)
    ) {
        let mut world = World::new(Measure::Tokens, Period::MINUTE);
        for step in &steps {
            world.step(step);
        }
        for from in world.used.iter().map(|used| used.at) {
            let within = world.used.iter().filter(|used| (from..from + 60_000).contains(&used.at));
            let (sum, over) = within.fold((0, 0), |(sum, over), u| (sum + u.amount, over + u.over));
            prop_assert!(sum <= LIMIT + over, "{sum} with {over} over from {from}: {:?}", world.used);
        }
    }

    #[test]
    fn a_day_never_admits_more_than_its_limit_together(
        steps in prop::collection::vec(step(20_000_000), 1..160)
    ) {
        let mut world = World::new(Measure::Money, Period::utc(Unit::Day));
        for step in &steps {
            world.step(step);
        }
        let day = |at: u64| (START_MS + at) / 86_400_000;
        for this in world.used.iter().map(|used| day(used.at)) {
            let within = world.used.iter().filter(|used| day(used.at) == this);
            let (sum, over) = within.fold((0, 0), |(sum, over), u| (sum + u.amount, over + u.over));
            prop_assert!(sum <= LIMIT + over, "{sum} with {over} over: {:?}", world.used);
        }
    }

    #[test]
    fn a_total_never_admits_more_than_its_limit_together(
        steps in prop::collection::vec(step(20_000_000), 1..160)
    ) {
        let mut world = World::new(Measure::Money, Period::Total);
        for step in &steps {
            world.step(step);
            let (sum, over) = world.used.iter().fold((0, 0), |(sum, over), u| (sum + u.amount, over + u.over));
            prop_assert!(sum <= LIMIT + over, "{sum} with {over} over: {:?}", world.used);
        }
    }

    #[test]
    fn places_are_never_more_than_there_are_together(steps in prop::collection::vec(step(5_500), 1..160)) {
        let mut world = World::new(Measure::Concurrent, Period::Total);
        for step in &steps {
            // A process from which nothing is heard for so long that its places are given to others is lost to them.
            let silent = matches!(step, Step::Wait(_));
            world.step(step);
            if silent {
                for node in 0..NODES {
                    world.renew(node, Fate::Answered);
                }
            }
            let sum: u64 = world.open.iter().map(|(.., amount)| amount).sum();
            prop_assert!(sum <= LIMIT, "{sum}: {:?}", world.used);
        }
    }

    #[test]
    fn what_is_charged_is_never_less_than_what_is_used(steps in prop::collection::vec(step(20_000_000), 1..120)) {
        let mut world = World::new(Measure::Money, Period::Total);
        for step in &steps {
            world.step(step);
        }
        world.step(&Step::Wait(0));
        for node in 0..NODES {
            world.renew(node, Fate::Answered);
            world.renew(node, Fate::Answered);
        }
        let used: u64 = world.used.iter().map(|used| used.amount).sum();
        // What a process that died had settled above its reservation and not told is the only thing that is lost.
        let crashed = steps.iter().any(|step| matches!(step, Step::Crash(_)));
        let over: u64 = world.used.iter().map(|used| used.over).sum();
        let lost = if crashed { over } else { 0 };
        prop_assert!(world.tally.charged("cell") + lost >= used);
    }

    #[test]
    fn what_is_given_back_can_be_used_again(steps in prop::collection::vec(step(2_000), 1..80)) {
        let mut world = World::new(Measure::Tokens, Period::MINUTE);
        for step in &steps {
            world.step(step);
        }
        world.open.clear();
        // A minute, a slot and a grant later nothing is left of it.
        world.step(&Step::Wait(64_000));
        for node in 0..NODES {
            world.renew(node, Fate::Answered);
        }
        world.step(&Step::Wait(64_000));
        let at = world.at(0);
        if reserve_all([(&world.nodes[0].cell, LIMIT)], at).is_err() {
            world.renew(0, Fate::Answered);
            world.renew(0, Fate::Answered);
            prop_assert!(reserve_all([(&world.nodes[0].cell, LIMIT)], at).is_ok());
        }
    }
}

fn pair(refuse: bool) -> (World, Moment) {
    let world = World::new(Measure::Requests, Period::MINUTE);
    for node in &world.nodes {
        node.cell.refuse_when_lost(refuse);
    }
    let at = world.at(0);
    (world, at)
}

#[test]
fn the_first_request_asks_and_the_second_need_not() {
    let (mut world, at) = pair(true);
    let cell = Arc::clone(&world.nodes[0].cell);
    let refusal = reserve_all([(&cell, 1)], at).unwrap_err();
    assert!(refusal.lease.is_some());
    assert_eq!(world.nodes[0].share.take_wanted().len(), 1);
    world.renew(0, Fate::Answered);
    let first = reserve_all([(&cell, 1)], at).unwrap();
    // It is expected to come again: that is asked for before it comes.
    world.renew(0, Fate::Answered);
    assert!(reserve_all([(&cell, 1)], at).is_ok());
    drop(first);
}

#[test]
fn what_is_used_up_is_said_with_when_it_comes_back() {
    let (mut world, _) = pair(true);
    let cell = Arc::clone(&world.nodes[0].cell);
    let at = world.at(0);
    let _ = reserve_all([(&cell, LIMIT)], at);
    world.renew(0, Fate::Answered);
    reserve_all([(&cell, LIMIT)], at).unwrap().settle(|_| None);
    let other = Arc::clone(&world.nodes[1].cell);
    let at = world.at(1);
    assert!(reserve_all([(&other, 1)], at).unwrap_err().lease.is_some(), "it is asked first");
    world.renew(1, Fate::Answered);
    let refusal = reserve_all([(&other, 1)], at).unwrap_err();
    assert!(refusal.lease.is_none());
    let wait = refusal.retry_in.unwrap();
    assert!(Duration::from_secs(60) < wait && wait < Duration::from_secs(64), "{wait:?}");
    assert_eq!(other.view(at).left, 0);
}

#[test]
fn lost_counters_leave_a_share_or_nothing() {
    let (world, at) = pair(true);
    let node = &world.nodes[0];
    node.share.set_lost(true);
    let refusal = reserve_all([(&node.cell, 1)], at).unwrap_err();
    assert!(refusal.lease.is_none() && refusal.retry_in == Some(Duration::from_secs(1)));
    node.cell.refuse_when_lost(false);
    let mut held = Vec::new();
    while let Ok(more) = reserve_all([(&node.cell, 1)], at) {
        held.push(more);
    }
    assert_eq!(held.len() as u64, LIMIT / NODES as u64);
}

#[test]
fn what_was_used_alone_is_charged_when_the_counters_are_back() {
    for period in [Period::MINUTE, Period::utc(Unit::Month), Period::Total] {
        let mut world = World::new(Measure::Money, period);
        let at = world.at(0);
        let node = &world.nodes[0];
        node.cell.refuse_when_lost(false);
        node.share.set_lost(true);
        reserve_all([(&node.cell, 30)], at).unwrap().settle(|_| Some(20));
        let under_way = reserve_all([(&node.cell, 10)], at).unwrap();
        node.share.set_lost(false);
        world.renew(0, Fate::Answered);
        assert!(world.tally.charged("cell") >= 30);
        drop(under_way);
        world.renew(0, Fate::Answered);
        assert!(world.tally.charged("cell") >= 20);
    }
}

#[test]
fn counters_that_lost_everything_are_told_again() {
    for period in [Period::MINUTE, Period::utc(Unit::Week), Period::Total] {
        let mut world = World::new(Measure::Money, period);
        let at = world.at(2);
        let cell = Arc::clone(&world.nodes[2].cell);
        let _ = reserve_all([(&cell, 60)], at);
        world.renew(2, Fate::Answered);
        let held = reserve_all([(&cell, 60)], at).unwrap();
        world.tally.forget();
        cell.begin_anew(at);
        world.renew(2, Fate::Answered);
        assert!(world.tally.charged("cell") >= 60);
        held.settle(|_| Some(70));
        world.renew(2, Fate::Answered);
        assert!(world.tally.charged("cell") >= 70);
    }
}

#[test]
fn a_process_that_ends_gives_its_lease_back() {
    for (measure, period) in [
        (Measure::Tokens, Period::MINUTE),
        (Measure::Money, Period::utc(Unit::Day)),
        (Measure::Concurrent, Period::Total),
    ] {
        let mut world = World::new(measure, period);
        let at = world.at(1);
        let cell = Arc::clone(&world.nodes[1].cell);
        let _ = reserve_all([(&cell, 9)], at);
        world.renew(1, Fate::Answered);
        drop(reserve_all([(&cell, 9)], at).unwrap());
        cell.end_lease(at);
        world.renew(1, Fate::Answered);
        assert_eq!(world.tally.charged("cell"), 0);
    }
}
