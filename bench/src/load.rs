//! The load: keep-alive connections that write the same bytes again and read just enough of the answer to know where
//! it ends. Written by hand, because a client that costs more than the gateway would measure itself.

mod answer;

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep_until, timeout};

use crate::wire::{Ask, KEY};

/// One answer may take this long.
const PATIENCE: Duration = Duration::from_secs(10);

/// How requests are let go.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Pace {
    /// Each connection sends its next request when the last is answered.
    Closed,
    /// So many a second over all connections, whether answered or not.
    Open(u32),
}

/// What to send, how fast, for how long.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) ask: Ask,
    pub(crate) pace: Pace,
    pub(crate) connections: u32,
    pub(crate) until: Until,
}

/// When a load is over.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Until {
    /// After so long.
    Time(Duration),
    /// After so many requests.
    Count(u64),
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Complete answers.
    pub(crate) answered: u64,
    /// Answers that were wrong, cut, or never came.
    pub(crate) failed: u64,
    /// The first failure in words.
    pub(crate) why: Option<String>,
    /// Microseconds from the request to the end of its headers and first content.
    pub(crate) first: Vec<u32>,
    /// Microseconds from the request to the end of its answer.
    pub(crate) whole: Vec<u32>,
}

/// Sends `plan` to `to` and reports. Connections end by themselves at the first answer after the load is over.
pub(crate) async fn run(to: SocketAddr, plan: Plan) -> Tally {
    let tally = Rc::new(RefCell::new(Tally::default()));
    let request: Rc<[u8]> = Rc::from(request(to, plan.ask));
    let start = Instant::now();
    let local = LocalSet::new();
    let left = Rc::new(Cell::new(match plan.until {
        Until::Time(_) => u64::MAX,
        Until::Count(count) => count,
    }));
    for index in 0..plan.connections {
        let (tally, request, left) = (tally.clone(), request.clone(), left.clone());
        local.spawn_local(async move {
            let timetable = Timetable::new(plan, start, index, left);
            while timetable.goes_on() {
                if let Err(why) = connection(to, plan, &request, &timetable, &tally).await {
                    let mut tally = tally.borrow_mut();
                    tally.failed += 1;
                    timetable.left.set(timetable.left.get().saturating_sub(1));
                    tally.why.get_or_insert(why);
                }
            }
        });
    }
    local.await;
    tally.take()
}

/// Opens `count` streams and gives their connections once the first content has come on each.
///
/// # Errors
/// When one does not answer.
pub(crate) async fn hold(to: SocketAddr, ask: Ask, count: usize) -> Result<Vec<TcpStream>, String> {
    const AT_ONCE: usize = 32;
    let request = request(to, ask);
    let mut held = Vec::with_capacity(count);
    while held.len() < count {
        let opening = (held.len()..count).take(AT_ONCE).map(|_| async {
            let mut socket = connect(to).await?;
            socket.write_all(&request).await.map_err(|error| format!("write: {error}"))?;
            timeout(PATIENCE, answer::first_content(&mut socket))
                .await
                .map_err(|_| format!("no content in {PATIENCE:?}"))??;
            Ok::<_, String>(socket)
        });
        held.extend(futures_util::future::try_join_all(opening).await?);
    }
    Ok(held)
}

/// Sends one request and says whether it was answered.
pub(crate) async fn once(to: SocketAddr) -> Result<(), String> {
    let mut socket = connect(to).await?;
    socket.write_all(&request(to, Ask::PLAIN)).await.map_err(|error| format!("write: {error}"))?;
    let mut buffer = vec![0; 4096];
    let answered = answer::read(&mut socket, &mut buffer, Ask::PLAIN);
    timeout(PATIENCE, answered).await.map_err(|_| format!("no answer in {PATIENCE:?}"))?.map(drop)
}

fn request(to: SocketAddr, ask: Ask) -> Vec<u8> {
    let head = format!(
        "POST {} HTTP/1.1\r\nhost: {to}\r\nauthorization: Bearer {KEY}\r\ncontent-type: application/json\r\naccept: */*\r\nuser-agent: wye-bench\r\ncontent-length: {}\r\n\r\n",
        ask.path(),
        ask.bytes
    );
    (head + &ask.body()).into_bytes()
}

async fn connect(to: SocketAddr) -> Result<TcpStream, String> {
    let socket = TcpStream::connect(to).await.map_err(|error| format!("connect: {error}"))?;
    socket.set_nodelay(true).map_err(|error| error.to_string())?;
    Ok(socket)
}

/// When a connection sends, and until when: at once, or at its own share of the rate, staggered against the others.
struct Timetable {
    every: Option<Duration>,
    next: RefCell<Instant>,
    end: Option<Instant>,
    /// Requests that all connections together may still send.
    left: Rc<Cell<u64>>,
}

impl Timetable {
    fn new(plan: Plan, start: Instant, index: u32, left: Rc<Cell<u64>>) -> Self {
        let every = match plan.pace {
            Pace::Closed => None,
            Pace::Open(rate) => Some(Duration::from_secs(1) * plan.connections / rate),
        };
        let offset = every.unwrap_or_default() * index / plan.connections;
        let end = match plan.until {
            Until::Time(lasting) => Some(start + lasting),
            Until::Count(_) => None,
        };
        Timetable { every, next: RefCell::new(start + offset), end, left }
    }

    fn goes_on(&self) -> bool {
        self.left.get() > 0 && self.end.is_none_or(|end| Instant::now() < end)
    }

    /// Waits for the next turn and gives the moment to count from: the planned one if it was missed because the last
    /// answer was late, else now, because the timer itself is a millisecond coarse.
    async fn turn(&self) -> Instant {
        let Some(every) = self.every else { return Instant::now() };
        let planned = self.next.replace_with(|next| *next + every);
        if planned < Instant::now() {
            return planned;
        }
        sleep_until(planned).await;
        Instant::now()
    }
}

async fn connection(
    to: SocketAddr,
    plan: Plan,
    request: &[u8],
    timetable: &Timetable,
    tally: &RefCell<Tally>,
) -> Result<(), String> {
    let mut socket = connect(to).await?;
    let mut buffer = vec![0; 64 * 1024];
    while timetable.goes_on() {
        timetable.left.set(timetable.left.get().saturating_sub(1));
        let sent = timetable.turn().await;
        socket.write_all(request).await.map_err(|error| format!("write: {error}"))?;
        let answer = timeout(PATIENCE, answer::read(&mut socket, &mut buffer, plan.ask));
        let first = answer.await.map_err(|_| format!("no answer in {PATIENCE:?}"))??;
        let mut tally = tally.borrow_mut();
        tally.answered += 1;
        tally.first.push(micros(first - sent));
        tally.whole.push(micros(sent.elapsed()));
    }
    Ok(())
}

fn micros(span: Duration) -> u32 {
    u32::try_from(span.as_micros()).unwrap_or(u32::MAX)
}
