//! Telling people of what needs them, beside the requests: what is advised is looked at now and then, and what it means for
//! people is kept in the database before it is sent, so that it is told once by one node, and after a restart not again.

use std::sync::Arc;
use std::time::Duration;

use wye_admin::alert::{self, AlertTable, Message, Outcome, Policy};
use wye_config::AlertsConfig;
use wye_store::StoreError;
use wye_store::turn::Turn;
use wye_types::RequestId;

use super::post::post;
use crate::admin::{Admin, advice};

/// How often it is looked whether there is something to do.
const STEP: Duration = Duration::from_secs(1);
/// How often what is advised is looked at.
const ROUND: Duration = Duration::from_secs(30);
/// A node that has not renewed its turn for so long has lost it: three rounds, and longer than a request and what is waited
/// before the next.
const TURN_MS: u64 = 90_000;
/// How long a receiver that did not take a message is left alone, by how often it did not; then for a round.
const PAUSES: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(25)];
/// Messages that are sent in one step at most.
const AT_ONCE: u32 = 20;
/// A message that nobody took for so long is not sent any more.
const GIVE_UP_MS: u64 = 86_400_000;

/// Tells people of what needs them. Whatever of it has to outlive a process is in the database.
pub struct Alerts {
    admin: Arc<Admin>,
    /// What was configured at the last step.
    config: AlertsConfig,
    /// When it was looked last.
    looked: Option<Duration>,
    /// Whether it is this node's turn.
    mine: bool,
    /// Whether messages may wait.
    pending: bool,
    /// How often the receiver did not take a message, since it took one.
    failures: usize,
    /// Until when it is left alone.
    rests: Duration,
    /// Counts messages, so that ids of the same millisecond are in order.
    count: u16,
}

impl std::fmt::Debug for Alerts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Alerts").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Alerts {
    pub(crate) fn new(admin: Arc<Admin>) -> Self {
        Self {
            admin,
            config: AlertsConfig::default(),
            looked: None,
            mine: false,
            pending: false,
            failures: 0,
            rests: Duration::ZERO,
            count: 0,
        }
    }

    /// Takes a step every second. Ends never.
    pub(crate) async fn run(mut self) {
        loop {
            self.step().await;
            tokio::time::sleep(STEP).await;
        }
    }

    /// Looks at what is advised if it is time to, and sends what waits if the receiver is not left alone.
    pub async fn step(&mut self) {
        let current = self.admin.configurator.current();
        if current.config.alerts != self.config {
            // Another receiver, or what was wrong with this one was put right.
            let admin = Arc::clone(&self.admin);
            let count = self.count;
            *self = Self { config: current.config.alerts.clone(), count, ..Self::new(admin) };
        }
        if self.config.webhook.is_none() {
            return;
        }
        if let Err(error) = self.act().await {
            // The sink of the log tells of a database that is away.
            tracing::debug!(%error, "nobody can be told of what needs them");
        }
    }

    async fn act(&mut self) -> Result<(), StoreError> {
        let now = self.admin.clock.mono();
        if self.looked.is_none_or(|at| now.saturating_sub(at) >= ROUND) {
            self.looked = Some(now);
            self.mine = self.take_turn().await?;
            if self.mine {
                Box::pin(self.look()).await?;
                self.pending = true;
            }
        }
        if self.mine && self.pending && now >= self.rests {
            self.send().await?;
        }
        Ok(())
    }

    async fn take_turn(&self) -> Result<bool, StoreError> {
        let Admin { db, node, clock, .. } = &*self.admin;
        Turn::Alerts.take(db, node, clock.unix_ms(), TURN_MS).await
    }

    fn table(&self) -> AlertTable {
        AlertTable::new(self.admin.db.clone())
    }

    /// Notes what is to be told.
    async fn look(&mut self) -> Result<(), StoreError> {
        let now_ms = self.admin.clock.unix_ms();
        let table = self.table();
        table.give_up(now_ms.saturating_sub(GIVE_UP_MS)).await?;
        let advice = advice::now(&self.admin).await?;
        let standing = table.standing().await?;
        let plan = alert::plan(&standing, &advice, Policy::of(&self.config), now_ms);
        let mut message = |(state, of)| alert::message(self.id(now_ms), now_ms, state, of);
        let messages: Vec<Message> = plan.messages.into_iter().map(&mut message).collect();
        match table.change(&plan.changes, &messages).await {
            // Another node believed that it was its turn, and tells of it.
            Err(StoreError::Conflict | StoreError::Taken) => Ok(()),
            other => other,
        }
    }

    /// An id that comes after those before.
    fn id(&mut self, now_ms: u64) -> String {
        const CHANCE: u128 = (1 << 62) - 1;
        let count = u128::from(self.count) << 62;
        self.count = self.count.wrapping_add(1);
        RequestId::v7(now_ms, count | self.admin.pipeline.new_id(now_ms).0 & CHANCE).to_string()
    }

    /// Sends what waits, until the receiver does not take something.
    async fn send(&mut self) -> Result<(), StoreError> {
        let table = self.table();
        let waiting = table.waiting(AT_ONCE).await?;
        self.pending = !waiting.is_empty();
        for told in waiting {
            // What is sent takes time, in which another node may have taken over.
            self.mine = self.take_turn().await?;
            if !self.mine {
                return Ok(());
            }
            let now_ms = self.admin.clock.unix_ms();
            let sent = post(&self.config, &told.message, &self.admin.node, now_ms).await;
            let to = self.config.to().unwrap_or_default();
            let id = &told.message.id;
            match sent {
                Ok(status) => {
                    if self.failures > 0 {
                        tracing::info!(to, "alerts are taken again");
                    }
                    self.failures = 0;
                    table.sent(id, Outcome::Delivered, Some(status), None).await?;
                }
                Err(refused) => {
                    if self.failures == 0 {
                        tracing::warn!(to, "an alert was not taken, and is sent again: {}", refused.why);
                    }
                    let pause = PAUSES.get(self.failures).copied().unwrap_or(ROUND);
                    self.failures += 1;
                    self.rests = self.admin.clock.mono().saturating_add(pause);
                    return table.sent(id, Outcome::Waiting, refused.status, Some(&refused.why)).await;
                }
            }
        }
        Ok(())
    }
}
