//! What is told of a request that ended.

use std::fmt::Write;

use serde::Serialize;
use utoipa::ToSchema;
use wye_store::log::Entry;

/// A request that ended, as the event `request` tells it.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(in crate::admin) struct LiveRequest {
    /// Its id.
    id: String,
    #[serde(skip)]
    pub(super) number: u128,
    /// When it arrived, in Unix milliseconds.
    at_ms: u64,
    /// When it ended, in Unix milliseconds.
    pub(super) ended_ms: u64,
    /// What was asked for: chat, embeddings, images.
    kind: &'static str,
    /// The dialect the client spoke.
    dialect: String,
    /// The name the client asked for.
    asked: String,
    /// The route that name meant.
    pub(super) route: Option<String>,
    /// The deployment whose answer was sent: `provider/model`.
    pub(super) deployment: Option<String>,
    /// How its targets were ordered; what had but one target has none.
    strategy: Option<String>,
    /// Why it went where it went, in a line, where there was something to decide.
    reason: Option<String>,
    /// How often a provider was called.
    attempts: u64,
    /// Deployments that were called in vain.
    failed: Vec<String>,
    /// The client key's name.
    pub(super) key: Option<String>,
    /// The team of the client key.
    pub(super) team: Option<String>,
    /// The end user.
    user: Option<String>,
    /// What kind of task it was thought to be.
    category: Option<String>,
    /// The HTTP status sent.
    status: u16,
    /// How it ended, if not well.
    pub(super) code: Option<String>,
    /// Whether it was a stream.
    stream: bool,
    /// Microseconds from arrival to the first content.
    first_us: Option<u64>,
    /// Microseconds from arrival to the end.
    total_us: u64,
    /// Tokens of the prompt.
    input: Option<u64>,
    /// Tokens of the answer.
    output: Option<u64>,
    /// What it cost, in nano-dollars; `null` where no price is known.
    cost_nano: Option<u64>,
}

impl From<Entry> for LiveRequest {
    fn from(entry: Entry) -> Self {
        let told = entry.told();
        let deployment = entry.provider.as_ref().zip(entry.model.as_ref()).map(|(p, m)| format!("{p}/{m}"));
        let decision = entry.explanation();
        let reason = decision.as_ref().map(|decision| {
            let hops = decision.chain.iter().map(|hop| match &hop.reason {
                Some(reason) => format!("{} ({reason})", hop.strategy),
                None => hop.strategy.clone(),
            });
            let mut line = hops.collect::<Vec<_>>().join(" > ");
            let others =
                decision.candidates.iter().filter(|one| one.place.is_some()).count().saturating_sub(1);
            // Writing to a String cannot fail, here and below.
            let _ = match &deployment {
                Some(served) if others > 0 => write!(line, ": {served} over {others}"),
                Some(served) => write!(line, ": {served}"),
                None => write!(line, ": nobody answered"),
            };
            line
        });
        let likeliest = decision.and_then(|decision| decision.profile?.categories.into_iter().next());
        let usage = entry.usage.as_ref();
        Self {
            id: entry.id.to_string(),
            number: entry.id.0,
            at_ms: entry.at_ms(),
            ended_ms: entry.ended_ms,
            kind: entry.kind.name(),
            attempts: told.attempts.len() as u64,
            input: usage.map(wye_types::Usage::prompt_total),
            output: usage.map(wye_types::Usage::output_total),
            deployment,
            reason,
            category: entry.category.or_else(|| likeliest.map(|(name, _)| name)),
            dialect: entry.dialect,
            asked: entry.asked,
            route: entry.route,
            strategy: entry.strategy,
            failed: entry.tried,
            key: entry.key,
            team: entry.team,
            user: entry.user,
            status: entry.status,
            code: entry.code,
            stream: entry.stream,
            first_us: entry.first_us,
            total_us: entry.total_us,
            cost_nano: entry.cost_nano,
        }
    }
}
