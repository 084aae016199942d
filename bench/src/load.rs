//! The load: keep-alive connections that write the same bytes again and read just enough of the answer to know where
//! it ends. Written by hand, because a client that costs more than the gateway would measure itself.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::LocalSet;
use tokio::time::{Instant, sleep_until, timeout};

use crate::wire::{Ask, EVENT, KEY, REPLY};

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
    pub(crate) lasting: Duration,
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

/// Sends `plan` to `to` and reports. Connections end by themselves at the first answer after the time is up.
pub(crate) async fn run(to: SocketAddr, plan: Plan) -> Tally {
    let tally = Rc::new(RefCell::new(Tally::default()));
    let head = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: {to}\r\nauthorization: Bearer {KEY}\r\ncontent-type: application/json\r\naccept: */*\r\nuser-agent: wye-bench\r\ncontent-length: {}\r\n\r\n",
        plan.ask.bytes
    );
    let request: Rc<[u8]> = Rc::from((head + &plan.ask.body()).into_bytes());
    let start = Instant::now();
    let local = LocalSet::new();
    for index in 0..plan.connections {
        let (tally, request) = (tally.clone(), request.clone());
        local.spawn_local(async move {
            let timetable = Timetable::new(plan, start, index);
            while Instant::now() < timetable.end {
                if let Err(why) = connection(to, plan, &request, &timetable, &tally).await {
                    let mut tally = tally.borrow_mut();
                    tally.failed += 1;
                    tally.why.get_or_insert(why);
                }
            }
        });
    }
    local.await;
    tally.take()
}

/// When a connection sends, and until when: at once, or at its own share of the rate, staggered against the others.
struct Timetable {
    every: Option<Duration>,
    next: RefCell<Instant>,
    end: Instant,
}

impl Timetable {
    fn new(plan: Plan, start: Instant, index: u32) -> Self {
        let every = match plan.pace {
            Pace::Closed => None,
            Pace::Open(rate) => Some(Duration::from_secs(1) * plan.connections / rate),
        };
        let offset = every.unwrap_or_default() * index / plan.connections;
        Timetable { every, next: RefCell::new(start + offset), end: start + plan.lasting }
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
    let mut socket = TcpStream::connect(to).await.map_err(|error| format!("connect: {error}"))?;
    socket.set_nodelay(true).map_err(|error| error.to_string())?;
    let mut buffer = vec![0; 64 * 1024];
    while Instant::now() < timetable.end {
        let sent = timetable.turn().await;
        socket.write_all(request).await.map_err(|error| format!("write: {error}"))?;
        let answer = timeout(PATIENCE, read_answer(&mut socket, &mut buffer, plan.ask.events));
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

/// Reads one answer to its end and checks that it is the whole of what the upstream sends.
async fn read_answer(socket: &mut TcpStream, buffer: &mut [u8], events: u32) -> Result<Instant, String> {
    let mut filled = 0;
    let head = loop {
        filled += read(socket, &mut buffer[filled..]).await?;
        if let Some(at) = find(&buffer[..filled], b"\r\n\r\n") {
            break at + 4;
        }
    };
    let text = String::from_utf8_lossy(&buffer[..head]).to_ascii_lowercase();
    if !text.starts_with("http/1.1 200") {
        return Err(String::from_utf8_lossy(&buffer[..filled]).into_owned());
    }
    let length = text.split_once("content-length:").and_then(|(_, rest)| rest.split_whitespace().next());
    let mut body = filled - head;
    if let Some(length) = length {
        let length: usize = length.parse().map_err(|_| "content-length is not a number".to_owned())?;
        let first = Instant::now();
        while body < length {
            body += read(socket, buffer).await?;
        }
        return if length == REPLY { Ok(first) } else { Err(format!("{length} bytes instead of {REPLY}")) };
    }
    let mut tail = Tail::new(&buffer[head..filled]);
    let mut first = (body > 0).then(Instant::now);
    while !tail.ends_chunks() {
        let more = read(socket, buffer).await?;
        first.get_or_insert_with(Instant::now);
        body += more;
        tail.push(&buffer[..more]);
    }
    let least = if events == 0 { REPLY } else { events as usize * EVENT };
    if body < least {
        Err(format!("{body} bytes instead of at least {least}"))
    } else {
        first.ok_or_else(String::new)
    }
}

async fn read(socket: &mut TcpStream, buffer: &mut [u8]) -> Result<usize, String> {
    match socket.read(buffer).await {
        Ok(0) => Err("closed in mid-answer".into()),
        Ok(read) => Ok(read),
        Err(error) => Err(format!("read: {error}")),
    }
}

/// The last bytes of a chunked body, which say whether it is over.
struct Tail([u8; 7]);

impl Tail {
    fn new(bytes: &[u8]) -> Self {
        let mut tail = Tail([0; 7]);
        tail.push(bytes);
        tail
    }

    fn push(&mut self, bytes: &[u8]) {
        let kept = bytes.len().min(7);
        self.0.rotate_left(kept);
        self.0[7 - kept..].copy_from_slice(&bytes[bytes.len() - kept..]);
    }

    /// Our events never contain a carriage return, so this is the last chunk and nothing else.
    fn ends_chunks(&self) -> bool {
        &self.0 == b"\r\n0\r\n\r\n"
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_chunked_body_is_seen_over_two_reads() {
        let mut tail = Tail::new(b"data: x\n\n\r\n0\r");
        assert!(!tail.ends_chunks());
        tail.push(b"\n\r\n");
        assert!(tail.ends_chunks());
        assert!(!Tail::new(b"fe0\r\ndata").ends_chunks());
    }
}
