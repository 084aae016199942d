//! Trying the judge of a route: it rates a request that nobody sent, once and for money, and what its rating would lead to is
//! told. No target of the route is called.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use wye_routing::rules::{Chosen, bucket};
use wye_routing::tree::{Strategy, What};
use wye_types::error::GatewayError;
use wye_types::record::RequestRecord;
use wye_types::{Code, DialectId};
use wye_wire::dialect::PathAsk;

use super::{Last, Watched};
use crate::admit::Holding;
use crate::decide::Ask;
use crate::live::{Live, Route};
use crate::parse::Request;
use crate::pipeline::Pipeline;

/// What came of asking a judge.
#[derive(Debug)]
pub struct Judged {
    /// What it wrote.
    pub wrote: Result<String, GatewayError>,
    /// The rating in that, from 1; `None`: there is none.
    pub rating: Option<usize>,
    /// Steps of its scale.
    pub scale: usize,
    /// The target that the rating means: a deployment or a route.
    pub target: Option<String>,
    /// What the rules choose where there is no rating.
    pub fallback: Option<Fallback>,
    /// How long the judge took.
    pub took: Duration,
    /// What was recorded of the call; `None` if there was no room for a record, and so no call.
    pub record: Option<RequestRecord>,
}

/// What rules choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallback {
    /// The target: a deployment or a route.
    pub target: String,
    /// Why, in a few words.
    pub reason: String,
}

impl Pipeline {
    /// Asks the judge of a route to rate a prompt, and records that as `who`'s. Nobody's limits pay.
    ///
    /// # Errors
    /// For `route`, if it is not ordered by a judge, or nobody is there to judge.
    pub async fn judge(
        &self,
        live: &Arc<Live>,
        route: &Arc<Route>,
        (prompt, who): (&str, &str),
    ) -> Result<Judged, GatewayError> {
        let wrong = |message: String| GatewayError::new(Code::CallerInvalidRequest, message).param("route");
        let Strategy::Judge(judge) = &route.tree.strategy else {
            let word = route.tree.strategy.word();
            return Err(wrong(format!(
                "the route `{}` has no judge: its strategy is {word}; name one with strategy: judge",
                route.name
            )));
        };
        let rater = route.rater(&route.name).filter(|rater| !rater.route.targets.is_empty());
        let rater = rater.ok_or_else(|| {
            let message =
                "nobody is there to judge: the provider of judge.model is not served; save it first";
            wrong(message.to_owned())
        })?;
        let last = Last::default();
        let watched = Watched { to: Arc::clone(&self.records), last: Arc::clone(&last) };
        let parent = self.asking(live, who, Arc::new(watched));
        let request = asked(route, prompt)?;
        let (holding, from) = (Holding::of(&parent.caller), (&live.fleet, || self.chance.next()));
        let ask = Ask::chat(&holding, (&request, route, None), "", from);
        let members = &route.tree.members;
        let named = |place: usize| {
            members.get(place).map(|member| match &member.what {
                What::Target(target) => route.targets[*target].deployment.to_string(),
                What::Group(group) => group.name.to_string(),
            })
        };
        let estimate = request.estimate();
        let facts = ask.weighing.as_deref().and_then(|weighing| weighing.facts(ask.needs, estimate));
        // Where all members lead to one deployment, nobody looks.
        let chosen = match facts {
            Some(facts) => judge.rules.choose(facts, members.len()),
            None => Some(Chosen { target: 0, reason: "there is one target".to_owned() }),
        };
        let fallback =
            chosen.and_then(|Chosen { target, reason }| Some(Fallback { target: named(target)?, reason }));
        let began = self.clock.mono();
        let wrote = rater.try_out(&request, ask.needs, &parent).await;
        let rating = wrote.as_ref().ok().and_then(|answer| rater.read(answer));
        let record = last.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok(Judged {
            wrote,
            rating,
            scale: rater.scale,
            target: rating.and_then(|rating| named(bucket(rating, members.len(), judge.threshold))),
            fallback,
            took: self.clock.mono().saturating_sub(began),
            record,
        })
    }
}

/// The request that is rated.
fn asked(route: &Route, prompt: &str) -> Result<Request, GatewayError> {
    let body = serde_json::json!({
        "model": &*route.name, "messages": [{ "role": "user", "content": prompt }],
    });
    let mut request =
        Request::parse(DialectId::OpenAiChat, PathAsk::default(), Bytes::from(body.to_string()))?;
    request.read_by(route.reader());
    Ok(request)
}
