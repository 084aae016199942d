//! What is left alone for a time, told between gateways: a task beside the requests tells what this process learned, and
//! hears what others did.
//!
//! The server holds the ends of rests in its own time; processes tell and hear how long they still are, so that their
//! clocks need not agree. Of two ends the later one holds. A rest that ends before its time ends only where that was found
//! out. While the server cannot be reached, every process goes by what it learned itself.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use redis::{Cmd, FromRedisValue as _, Pipeline, Value};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use wye_types::Clock;
use wye_types::rest::{Rest, Rests};

use super::link::{Server, Wire};

/// How often is told and heard.
const TICK: Duration = Duration::from_millis(500);
/// The longest pause after failures.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// An end that is later by less is no news.
const SLACK: Duration = Duration::from_secs(1);
/// Most rests that are told at once; others wait for the next time.
const MOST: usize = 512;

/// Tells rests and hears of others, all at once. Keys: a hash of ends, how often it was changed. Arguments: the count that is
/// known, then pairs of name and milliseconds left. Answers with the server's time and count and, if that is another, with all
/// pairs of name and end.
const SCRIPT: &str = r"
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local changed = false
for i = 2, #ARGV, 2 do
  local til = now + tonumber(ARGV[i + 1])
  local old = tonumber(redis.call('HGET', KEYS[1], ARGV[i]) or '0')
  if til > old and (old > 0 or redis.call('HLEN', KEYS[1]) < 20000) then
    redis.call('HSET', KEYS[1], ARGV[i], string.format('%.0f', til))
    changed = true
  end
end
if changed then
  redis.call('INCR', KEYS[2])
  redis.call('PEXPIRE', KEYS[1], 2764800000)
  redis.call('PEXPIRE', KEYS[2], 2764800000)
end
local count = redis.call('GET', KEYS[2]) or '0'
local out = {string.format('%.0f', now), count}
if count ~= ARGV[1] then
  local all = redis.call('HGETALL', KEYS[1])
  for i = 1, #all, 2 do
    if tonumber(all[i + 1]) > now then
      out[#out + 1] = all[i]
      out[#out + 1] = all[i + 1]
    else
      redis.call('HDEL', KEYS[1], all[i])
    end
  end
end
return out
";

/// Shares what is left alone with the other gateways at `server`, on `tracker`, until `stop`.
pub fn share(
    server: Server,
    rests: Arc<dyn Rests>,
    clock: Arc<dyn Clock>,
    tracker: &TaskTracker,
    stop: CancellationToken,
) {
    // A server in this process has nobody else to tell.
    let Server::Redis(client) = server else { return };
    let mut teller = Teller::new(Wire::new(client), rests, clock);
    tracker.spawn(async move {
        let mut failures = 0_u32;
        loop {
            match Box::pin(teller.round()).await {
                Ok(()) => failures = 0,
                Err(why) => {
                    if failures == 0 {
                        tracing::warn!("what is left alone is not told between gateways: {why}");
                    }
                    failures = failures.saturating_add(1);
                }
            }
            let pause = TICK.saturating_mul(1 << failures.min(6)).min(LONGEST_PAUSE);
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                () = tokio::time::sleep(pause) => {}
            }
        }
    });
}

/// One process's side.
struct Teller {
    wire: Wire,
    rests: Arc<dyn Rests>,
    clock: Arc<dyn Clock>,
    /// How often the server's rests were changed when they were heard last.
    count: String,
    /// The ends that were told or heard, on our clock: what is known is no news.
    known: HashMap<String, Duration>,
}

impl Teller {
    fn new(wire: Wire, rests: Arc<dyn Rests>, clock: Arc<dyn Clock>) -> Self {
        Self { wire, rests, clock, count: String::new(), known: HashMap::new() }
    }

    /// Tells what is new here, and learns what is new elsewhere.
    async fn round(&mut self) -> Result<(), String> {
        let now = self.clock.mono();
        self.known.retain(|_, until| *until > now);
        let is_news = |known: &HashMap<String, Duration>, rest: &Rest| {
            known.get(&rest.name).is_none_or(|until| now + rest.left > *until + SLACK)
        };
        let mut news = self.rests.resting();
        news.retain(|rest| is_news(&self.known, rest));
        news.truncate(MOST);
        let mut command = redis::cmd("EVAL");
        command.arg(SCRIPT).arg(2).arg("wye:{rests}:ends").arg("wye:{rests}:count").arg(&self.count);
        for rest in &news {
            command.arg(&rest.name).arg(u64::try_from(rest.left.as_millis()).unwrap_or(u64::MAX));
        }
        let heard = self.exchange(&command).await?;
        let now = self.clock.mono();
        // What was told is known before it is heard again: a rest that ended meanwhile does not come back.
        for rest in news {
            self.known.insert(rest.name, now + rest.left);
        }
        for rest in heard.rests {
            let until = now + rest.left;
            if self.known.get(&rest.name).is_none_or(|known| until > *known + SLACK) {
                self.rests.learn(&rest);
                self.known.insert(rest.name, until);
            }
        }
        self.count = heard.count;
        Ok(())
    }

    async fn exchange(&mut self, command: &Cmd) -> Result<Heard, String> {
        let mut pipeline = Pipeline::with_capacity(1);
        pipeline.add_command(command.clone());
        let values = self.wire.send(&pipeline).await?;
        let strange = || "the Valkey server answers what the script does not".to_owned();
        values.first().and_then(heard).ok_or_else(strange)
    }
}

/// What the server says.
struct Heard {
    count: String,
    rests: Vec<Rest>,
}

fn heard(value: &Value) -> Option<Heard> {
    let Value::Array(values) = value else { return None };
    let texts: Vec<String> =
        values.iter().map(|value| String::from_redis_value_ref(value).ok()).collect::<Option<_>>()?;
    let (now, rest) = texts.split_first()?;
    let (count, pairs) = rest.split_first()?;
    let now: u64 = now.parse().ok()?;
    let pairs = pairs.chunks_exact(2).filter_map(|pair| {
        let [name, end] = pair else { return None };
        let left = Duration::from_millis(end.parse::<u64>().ok()?.saturating_sub(now));
        Some(Rest { name: name.clone(), left })
    });
    Some(Heard { count: count.clone(), rests: pairs.collect() })
}
