//! The scripts of the server: each does at once, and alone, what [`wye_limits::Tally`] does for one question.
//!
//! Numbers of Lua are exact up to 2^53; larger limits are that.

use std::time::Duration;

use redis::{Cmd, Script, Value};
use wye_limits::{Answer, Ask, HeldAnswer, HeldAsk, SlotsAnswer, SlotsAsk};

/// How long a process may be silent before it does not count among those that share.
pub(super) const SILENT: Duration = Duration::from_secs(10);

/// The largest whole number that Lua holds exactly.
const MOST: u64 = 1 << 53;

/// Says that a process is there. Keys: who is there, the world. Arguments: its name, how many milliseconds of silence
/// make one absent, the name of the world if there is none.
const HELLO: &str = r"
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('(%.0f', now - ARGV[2]))
redis.call('SET', KEYS[2], string.format('%s %.0f', ARGV[3], now), 'NX')
local world = redis.call('GET', KEYS[2])
local since = string.match(world, ' (%d+)$')
return {now, redis.call('ZCARD', KEYS[1]), world, math.max(now - since, 0)}
";

/// A question about a rolling window. Key: a hash of slots. Arguments: limit, width and validity in microseconds, need,
/// like, processes, charge, then pairs of slot and amount given back.
const SLOTS: &str = r"
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local limit, width, valid = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local need, like, nodes, charge = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local function name(n) return string.format('%.0f', n) end
local function put(slot, n)
  if n > 0 then redis.call('HSET', KEYS[1], name(slot), name(n)) else redis.call('HDEL', KEYS[1], name(slot)) end
end
local current = math.floor(now / width)
local all, slots, used = redis.call('HGETALL', KEYS[1]), {}, 0
for i = 1, #all, 2 do
  local slot = tonumber(all[i])
  if slot < current - 60 then
    redis.call('HDEL', KEYS[1], all[i])
  else
    slots[slot] = tonumber(all[i + 1])
    used = used + slots[slot]
  end
end
for i = 8, #ARGV, 2 do
  local slot = tonumber(ARGV[i])
  local back = math.min(tonumber(ARGV[i + 1]), slots[slot] or 0)
  if back > 0 then
    slots[slot] = slots[slot] - back
    used = used - back
    put(slot, slots[slot])
  end
end
if charge > 0 then
  slots[current] = (slots[current] or 0) + charge
  used = used + charge
  put(current, slots[current])
end
local left = math.max(limit - used, 0)
local given = 0
if left >= need then given = need end
given = given + math.min(like, math.floor((left - given) / nodes / 2))
local frees = -1
if left >= need then
  frees = 0
elseif need <= limit then
  local order, rest = {}, used
  for slot in pairs(slots) do order[#order + 1] = slot end
  table.sort(order)
  for _, slot in ipairs(order) do
    rest = rest - slots[slot]
    if rest <= limit - need then
      frees = math.max((slot + 61) * width - now, 0)
      break
    end
  end
end
local at = math.floor((now + valid) / width)
if given > 0 then put(at, (slots[at] or 0) + given) end
redis.call('PEXPIRE', KEYS[1], name(math.ceil((valid + width * 63) / 1000)))
return {given, at, left - given, frees}
";

/// A question about a window without slots. Key: a hash of processes. Arguments: the process, the number of the
/// question, the window's end or -1, limit, keep, need, like, processes, how many milliseconds it lasts or -1.
const HELD: &str = r"
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
local to, lasting = tonumber(ARGV[3]), tonumber(ARGV[9])
if to >= 0 and now >= to then return {0} end
local limit, keep, need = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
local like, nodes = tonumber(ARGV[7]), tonumber(ARGV[8])
local mine = redis.call('HGET', KEYS[1], ARGV[1])
if mine and tonumber(string.match(mine, ' (%d+) ')) >= tonumber(ARGV[2]) then return {0} end
local all, others = redis.call('HGETALL', KEYS[1]), 0
for i = 1, #all, 2 do
  local held, at = string.match(all[i + 1], '^(%d+) %d+ (%d+)$')
  if lasting >= 0 and now - at > lasting then
    redis.call('HDEL', KEYS[1], all[i])
  elseif all[i] ~= ARGV[1] then
    others = others + held
  end
end
local left = limit - others - keep
local free = math.max(left, 0)
local given, frees = 0, -1
if free >= need then given = need end
given = given + math.min(like, math.floor((free - given) / nodes / 2))
if free >= need then frees = 0 elseif to >= 0 then frees = to - now end
redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f %s %.0f', keep + given, ARGV[2], now))
if to >= 0 then
  redis.call('PEXPIREAT', KEYS[1], string.format('%.0f', to + 86400000))
elseif lasting >= 0 then
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', lasting * 2))
end
local ends = -1
if to >= 0 then ends = to - now end
return {1, keep + given, left - given, ends, frees}
";

/// The scripts as they are called.
#[derive(Debug)]
pub(super) struct Scripts {
    hello: Script,
    slots: Script,
    held: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self { hello: Script::new(HELLO), slots: Script::new(SLOTS), held: Script::new(HELD) }
    }

    /// The commands that make the server know them.
    pub(super) fn load() -> impl Iterator<Item = Cmd> {
        [HELLO, SLOTS, HELD].into_iter().map(|code| {
            let mut command = redis::cmd("SCRIPT");
            command.arg("LOAD").arg(code);
            command
        })
    }

    pub(super) fn hello(&self, node: &str, world: &str) -> Cmd {
        let mut command = call(&self.hello, &["wye:{nodes}:there", "wye:{nodes}:world"]);
        command.arg(node).arg(ms(SILENT)).arg(world);
        command
    }

    pub(super) fn ask(&self, node: &str, name: &str, nodes: u64, ask: &Ask) -> Cmd {
        match ask {
            Ask::Slots(ask) => self.slots(name, nodes, ask),
            Ask::Held(ask) => self.held(node, name, nodes, ask),
        }
    }

    fn slots(&self, name: &str, nodes: u64, ask: &SlotsAsk) -> Cmd {
        let mut command = call(&self.slots, &[&format!("wye:{{{name}}}:slots")]);
        command.arg(most(ask.limit)).arg(us(ask.width)).arg(us(ask.valid));
        command.arg(most(ask.need)).arg(most(ask.like)).arg(nodes.max(1)).arg(most(ask.charge));
        for (slot, back) in &ask.returns {
            command.arg(*slot).arg(most(*back));
        }
        command
    }

    fn held(&self, node: &str, name: &str, nodes: u64, ask: &HeldAsk) -> Cmd {
        let (from, to) = ask.window;
        let kind = if ask.lasting.is_some() { "places".to_owned() } else { format!("held:{from}") };
        let mut command = call(&self.held, &[&format!("wye:{{{name}}}:{kind}")]);
        command.arg(node).arg(ask.number).arg(to.map_or(-1, signed)).arg(most(ask.limit)).arg(most(ask.keep));
        command.arg(most(ask.need)).arg(most(ask.like)).arg(nodes.max(1));
        command.arg(ask.lasting.map_or(-1, |lasting| signed(ms(lasting))));
        command
    }
}

/// What the server said to a hello: its clock, who is there, the world and its age, all times in milliseconds.
pub(super) fn hello(value: &Value) -> Option<(u64, u64, String, u64)> {
    let Value::Array(parts) = value else { return None };
    match parts.as_slice() {
        [Value::Int(now), Value::Int(nodes), Value::BulkString(world), Value::Int(age)] => {
            Some((count(*now), count(*nodes), String::from_utf8(world.clone()).ok()?, count(*age)))
        }
        _ => None,
    }
}

/// What the server answered to a question.
pub(super) fn answer(ask: &Ask, value: &Value) -> Option<Answer> {
    let Value::Array(parts) = value else { return None };
    let numbers = parts.iter().map(|part| match part {
        Value::Int(number) => Some(*number),
        _ => None,
    });
    let numbers: Vec<i64> = numbers.collect::<Option<_>>()?;
    let time = |number: i64| u64::try_from(number).ok();
    match (ask, numbers.as_slice()) {
        (Ask::Slots(_), &[given, slot, left, frees]) => Some(Answer::Slots(SlotsAnswer {
            given: count(given),
            slot: count(slot),
            left: count(left),
            frees_in: time(frees).map(Duration::from_micros),
        })),
        (Ask::Held(_), [0]) => Some(Answer::Over),
        (Ask::Held(_), &[1, held, left, ends, frees]) => Some(Answer::Held(HeldAnswer {
            held: count(held),
            left,
            ends_in: time(ends).map(Duration::from_millis),
            frees_in: time(frees).map(Duration::from_millis),
        })),
        _ => None,
    }
}

#[cfg(test)]
mod tests;

fn call(script: &Script, keys: &[&str]) -> Cmd {
    let mut command = redis::cmd("EVALSHA");
    command.arg(script.get_hash()).arg(keys.len()).arg(keys);
    command
}

fn most(amount: u64) -> u64 {
    amount.min(MOST)
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn us(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}
