//! The way to the shared counters: one connection, one exchange at a time, each within a bounded time.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionLike as _, MultiplexedConnection};
use redis::{AsyncConnectionConfig, Cmd, Pipeline, Value};
use wye_limits::{Answer, Ask};

use super::memory::Memory;
use super::script::{self, Scripts};

/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(1);
/// How long an exchange may take. Leases of minutes are valid for two seconds.
const EXCHANGE: Duration = Duration::from_millis(500);

/// Where the shared counters are.
#[derive(Debug, Clone)]
pub enum Server {
    /// A Valkey or Redis server.
    Redis(redis::Client),
    /// This process.
    Memory(Arc<Memory>),
}

impl Server {
    /// The server at an address like `redis://user:password@host:6379/0`, or `redis+unix:///run/valkey.sock`. Nothing is
    /// connected yet.
    ///
    /// # Errors
    /// What is wrong with the address; never the address itself, which may hold a password.
    pub fn at(url: &str) -> Result<Self, String> {
        if url.starts_with("rediss:") || url.starts_with("valkeys:") {
            return Err("TLS to the Valkey server is not supported: use redis://, through a tunnel where the network is \
                        not yours"
                .to_owned());
        }
        let url =
            url.strip_prefix("valkey://").map_or_else(|| url.to_owned(), |rest| format!("redis://{rest}"));
        redis::Client::open(url).map(Self::Redis).map_err(|_| {
            "this is no address of a Valkey or Redis server; write redis://HOST:PORT or \
             redis://USER:PASSWORD@HOST:PORT/DATABASE"
                .to_owned()
        })
    }
}

/// A question and the name of its limit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Question<'a> {
    pub(super) name: &'a str,
    pub(super) ask: &'a Ask,
}

/// What the server says of itself in every exchange.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Hello {
    /// Its clock, in Unix milliseconds.
    pub(super) now_ms: u64,
    /// How many processes share it.
    pub(super) nodes: u64,
    /// What its data is called since it last lost it.
    pub(super) world: String,
    /// How long ago that was.
    pub(super) age: Duration,
}

/// One process's way to the server.
#[derive(Debug)]
pub(super) struct Link {
    server: Server,
    scripts: Scripts,
    connection: Option<MultiplexedConnection>,
    node: String,
    /// What a world is called that begins with this process.
    world: String,
}

impl Link {
    pub(super) fn new(server: Server, node: String, world: String) -> Self {
        Self { server, scripts: Scripts::new(), connection: None, node, world }
    }

    /// Says hello and asks. Whether a failed exchange was heard is not known.
    pub(super) async fn exchange(
        &mut self,
        nodes: u64,
        asks: &[Question<'_>],
    ) -> Result<(Hello, Vec<Answer>), String> {
        let client = match &self.server {
            Server::Memory(memory) => return Ok(memory.exchange(&self.node, &self.world, asks)),
            Server::Redis(client) => client,
        };
        // Put back only after an exchange that went well: whatever comes late on an old connection is not read.
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => connect(client).await?,
        };
        let mut pipeline = Pipeline::with_capacity(asks.len() + 1);
        pipeline.add_command(self.scripts.hello(&self.node, &self.world));
        for question in asks {
            pipeline.add_command(self.scripts.ask(&self.node, question.name, nodes, question.ask));
        }
        let mut values = send(&mut connection, &pipeline).await?;
        if let Some(Value::ServerError(error)) = values.first()
            && error.code() == "NOSCRIPT"
        {
            // Scripts are forgotten all at once, so nothing was done yet.
            load(&mut connection).await?;
            values = send(&mut connection, &pipeline).await?;
        }
        let heard = read(&values, asks)?;
        self.connection = Some(connection);
        Ok(heard)
    }

    /// Says that this process is not there any more.
    pub(super) async fn leave(&mut self) {
        match &self.server {
            Server::Memory(memory) => memory.leave(&self.node),
            Server::Redis(_) => {
                if let Some(connection) = &mut self.connection {
                    let mut pipeline = Pipeline::new();
                    pipeline.cmd("ZREM").arg("wye:{nodes}:there").arg(&self.node);
                    // It would be forgotten anyway, only later.
                    let _ = send(connection, &pipeline).await;
                }
            }
        }
    }
}

/// A connection that is made anew after every exchange that failed.
#[derive(Debug)]
pub(super) struct Wire {
    client: redis::Client,
    connection: Option<MultiplexedConnection>,
}

impl Wire {
    pub(super) const fn new(client: redis::Client) -> Self {
        Self { client, connection: None }
    }

    /// Sends commands; none of their answers is a refusal.
    pub(super) async fn send(&mut self, pipeline: &Pipeline) -> Result<Vec<Value>, String> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => open(&self.client).await?,
        };
        let values = send(&mut connection, pipeline).await?;
        self.connection = Some(connection);
        values.iter().find_map(refused).map_or(Ok(values), Err)
    }
}

async fn connect(client: &redis::Client) -> Result<MultiplexedConnection, String> {
    let mut connection = open(client).await?;
    load(&mut connection).await?;
    Ok(connection)
}

async fn open(client: &redis::Client) -> Result<MultiplexedConnection, String> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(CONNECT))
        .set_response_timeout(Some(EXCHANGE));
    Box::pin(client.get_multiplexed_async_connection_with_config(&config)).await.map_err(|e| said(&e))
}

async fn load(connection: &mut MultiplexedConnection) -> Result<(), String> {
    let mut pipeline = Pipeline::new();
    for command in Scripts::load() {
        pipeline.add_command(command);
    }
    let values = send(connection, &pipeline).await?;
    values.iter().try_for_each(|value| refused(value).map_or(Ok(()), Err))
}

async fn send(connection: &mut MultiplexedConnection, pipeline: &Pipeline) -> Result<Vec<Value>, String> {
    let count = pipeline.cmd_iter().map(|_: &Cmd| 1).sum();
    connection.req_packed_commands(pipeline, 0, count).await.map_err(|error| said(&error))
}

fn read(values: &[Value], asks: &[Question<'_>]) -> Result<(Hello, Vec<Answer>), String> {
    let strange = || "the Valkey server answers what the scripts do not".to_owned();
    if let Some(refusal) = values.iter().find_map(refused) {
        return Err(refusal);
    }
    let (hello, answers) = values.split_first().ok_or_else(strange)?;
    let (now_ms, nodes, world, age) = script::hello(hello).ok_or_else(strange)?;
    let hello = Hello { now_ms, nodes, world, age: Duration::from_millis(age) };
    if answers.len() != asks.len() {
        return Err(strange());
    }
    let answers = asks.iter().zip(answers).map(|(question, value)| script::answer(question.ask, value));
    Ok((hello, answers.collect::<Option<_>>().ok_or_else(strange)?))
}

fn refused(value: &Value) -> Option<String> {
    match value {
        Value::ServerError(error) => Some(format!(
            "the Valkey server refuses: {} {}",
            error.code(),
            error.details().unwrap_or_default()
        )),
        _ => None,
    }
}

/// What went wrong, without the address.
fn said(error: &redis::RedisError) -> String {
    if error.is_timeout() {
        return "the Valkey server does not answer in time".to_owned();
    }
    match error.code() {
        Some(code) => {
            format!("the Valkey server refuses: {code} {}", error.detail().unwrap_or_default())
        }
        None => format!("the Valkey server cannot be reached: {}", error.category()),
    }
}
