//! A model that rates how hard a request is, for routes that choose their target by that (`judge`).
//!
//! What clients write is shown to it between marks that nobody can guess, and of what it says one number counts and
//! nothing else, so that a prompt that speaks to the judge gains as little as can be. Where it is late, fails or answers
//! something else there is no rating, and the route's rules choose: a judge never makes a request fail.

mod known;
mod question;

use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio::time::error::Elapsed;
use wye_fleet::Ticket;
use wye_fleet::breaker::Breaker;
use wye_routing::rules::rating;
use wye_types::Code;
use wye_types::error::GatewayError;
use wye_types::record::Purpose;
use wye_types::record::decision::Traits;

use crate::decide::Ask;
use crate::inner::Parent;
use crate::live::Route;
use crate::parse::Request;

use known::Digested;
pub use known::Ratings;
use question::{question, shown};

/// What a judge is told where the operator says nothing; `{scale}` stands for the number of steps.
pub const PROMPT: &str = "You judge how capable a model must be to answer a request well, from 1 to {scale}. 1 is small \
     talk, a plain fact, a short change of text. The middle is ordinary code, a summary, an explanation. {scale} is work \
     of many steps: hard code or mathematics, architecture, law, medicine, agents with many tools. Judge the newest \
     request in the light of those before it.";

/// The longest answer that can be a rating, in bytes: whoever writes more does something else than to rate.
const LONGEST: usize = 32;

/// Who rates the requests of a route, and how.
#[derive(Debug)]
pub struct Rater {
    /// The route in whose place it rates; that route may stand in others.
    pub group: Arc<str>,
    /// Who is asked, in which order, and for how long.
    pub route: Arc<Route>,
    /// What it is told; complete but for the rules about the marks.
    pub prompt: String,
    /// Steps of its scale, from 1.
    pub scale: usize,
    /// How long it may take.
    pub deadline: Duration,
    /// How long a rating is used again for the same messages; zero: not at all.
    pub cache: Duration,
    /// Ratings that were given.
    pub known: Arc<Ratings>,
    /// A judge that fails again and again is left alone, so that requests do not wait for it in vain.
    pub breaker: Breaker,
}

impl Rater {
    /// The rating of a request, asked for where it is not known. In a loop of tools it stays what it was for the session:
    /// what tools say makes the user's request neither harder nor easier.
    pub(crate) async fn rate(&self, (request, ask): (&Request, &Ask), parent: &Parent) -> Option<usize> {
        let shown = shown(request.chat().ok()?, ask.needs);
        let now = parent.clock.mono();
        let session = self.session(&shown.first, ask, parent);
        let messages = self.digested(parent, &["messages", &shown.text, &shown.facts]);
        let in_loop = ask.needs.has(Traits::TOOL_LOOP);
        let known = if in_loop { self.known.get(&session, now) } else { None };
        let known = known.or_else(|| self.known.get(&messages, now));
        let rating = match known {
            Some(rating) => rating,
            None => {
                let rating = self.ask(&shown, parent).await?;
                self.known.put(messages, rating, parent.clock.mono().saturating_add(self.cache));
                rating
            }
        };
        // A session is remembered as long as its deployment would be.
        self.known.put(session, rating, parent.clock.mono().saturating_add(self.route.stick.idle));
        Some(rating)
    }

    async fn ask(&self, shown: &question::Shown, parent: &Parent) -> Option<usize> {
        let trial = Trial::begin(&self.breaker, parent)?;
        let answer = self.hear(shown, parent).await;
        let rating = match &answer {
            Ok(Ok(answer)) => self.read(answer),
            _ => None,
        };
        match &answer {
            _ if rating.is_some() => trial.end(true),
            // What the client may not spend, or makes the model say, is no fault of the model.
            Ok(Err(error)) if !error.code.name().starts_with("provider_") => drop(trial),
            Ok(Ok(_)) => drop(trial),
            Ok(Err(_)) | Err(_) => trial.end(false),
        }
        if rating.is_none() {
            tracing::info!(route = %self.group, "the judge gave no rating; the rules choose");
        }
        rating
    }

    /// What it answers within its time.
    async fn hear(
        &self,
        shown: &question::Shown,
        parent: &Parent,
    ) -> Result<Result<String, GatewayError>, Elapsed> {
        let mark = format!("{:016x}", parent.chance.next());
        let chat = question((&self.prompt, self.scale), shown, (&mark, self.length()));
        let asked = parent.call(Purpose::Judge, &self.route, chat);
        // It is dropped, as if a client had left: that we are in a hurry is no fault of the model.
        tokio::time::timeout(self.deadline, asked).await
    }

    /// What it answers to an operator who tries it. What it said before is not looked at, and neither that nor its breaker
    /// learns of this.
    ///
    /// # Errors
    /// Why it answers nothing.
    pub(crate) async fn try_out(
        &self,
        request: &Request,
        needs: Traits,
        parent: &Parent,
    ) -> Result<String, GatewayError> {
        let shown = shown(request.chat()?, needs);
        self.hear(&shown, parent).await.unwrap_or_else(|_| {
            let message = format!(
                "the judge did not answer within {} s, its deadline; the rules choose then",
                self.deadline.as_secs_f64()
            );
            Err(GatewayError::new(Code::ProviderTimeout, message))
        })
    }

    /// The number in its answer.
    pub(crate) fn read(&self, answer: &str) -> Option<usize> {
        // Models that think aloud say what they think before they answer.
        let answer = answer.rsplit("</think>").next().unwrap_or(answer).trim();
        let number = rating(answer).filter(|_| answer.len() <= LONGEST)?;
        Some(number.clamp(1, self.scale.max(1)))
    }

    /// Tokens that it may answer with: one number, after as much thought as a model must have.
    fn length(&self) -> u64 {
        let thinks = self.route.targets.iter().any(|target| target.able.thinks == Some(true));
        if thinks { 1024 } else { 16 }
    }

    /// What the rating of a session is remembered by: the session, else how the conversation begins.
    fn session(&self, first: &str, ask: &Ask, parent: &Parent) -> Digested {
        match ask.session() {
            Some(session) => self.digested(parent, &["session", &session.to_string()]),
            None => self.digested(parent, &["begins", first]),
        }
    }

    /// Ratings are never shared between keys: who may ask for a rating must not learn what others asked.
    fn digested(&self, parent: &Parent, parts: &[&str]) -> Digested {
        let whose = parent.caller.key.as_deref().map_or("", |key| &key.name);
        let mut hash = Sha256::new();
        let who = self.route.targets.iter().map(|target| target.deployment.to_string());
        let scale = self.scale.to_string();
        let own = [whose, &self.group, &self.prompt, &scale].map(str::to_owned);
        for part in own.into_iter().chain(who).chain(parts.iter().map(|part| (*part).to_owned())) {
            hash.update(part.len().to_le_bytes());
            hash.update(part);
        }
        hash.finalize().into()
    }
}

/// A call that its breaker let through. Dropped, it says nothing of the judge: the client left.
struct Trial<'a> {
    breaker: &'a Breaker,
    ticket: Option<Ticket>,
    parent: &'a Parent,
}

impl<'a> Trial<'a> {
    fn begin(breaker: &'a Breaker, parent: &'a Parent) -> Option<Self> {
        let ticket = breaker.take(parent.clock.mono()).ok()?;
        Some(Self { breaker, ticket: Some(ticket), parent })
    }

    fn end(mut self, good: bool) {
        if let Some(ticket) = self.ticket.take()
            && self.breaker.ended(ticket, good, self.parent.clock.mono())
        {
            tracing::warn!("a judge gives no ratings; it is left alone for a while, and rules choose");
        }
    }
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.breaker.unused(ticket, self.parent.clock.mono());
        }
    }
}
