//! How the tiers choose, and what they may take: strategies, weights, time limits, tries.

use serde_json::json;

use super::TIERS;
use crate::draft::{Body, Draft};
use crate::field::{At, Fields};

/// Its names of the parts of a score, and ours.
const WEIGHTS: [(&str, &str); 5] = [
    ("weight_random", "random"),
    ("weight_health", "health"),
    ("weight_speed", "speed"),
    ("weight_user", "user"),
    ("weight_consecutive_penalty", "consecutive"),
];

/// How each tier chooses, in our words.
pub(super) fn strategies(fields: &mut Fields<'_>, draft: &mut Draft) -> [&'static str; 3] {
    let mut chosen = ["ordered"; 3];
    for (tier, at) in fields.take("strategies").map(|at| at.entries()).unwrap_or_default() {
        let strategy = match at.text() {
            Some("sequential") => "ordered",
            Some("random") => "balanced",
            Some("adaptive") => "adaptive",
            Some(other) => {
                draft.changed(
                    &at,
                    format!("it knew no strategy {other}, and went by the list: {tier} is ordered"),
                );
                continue;
            }
            None => {
                draft.impossible(&at, "this is no strategy");
                continue;
            }
        };
        draft.mapped(&at, format!("{tier} is {strategy}"));
        if let Some((_, chosen)) = TIERS.iter().zip(&mut chosen).find(|(known, _)| **known == tier) {
            *chosen = strategy;
        }
    }
    chosen
}

/// What the parts of a score weigh, where that differs from what is usual. They held for every tier.
fn weights(fields: &mut Fields<'_>, strategies: [&str; 3], draft: &mut Draft) -> Body {
    let mut weights = Body::new();
    let Some(at) = fields.take("adaptive_weights") else { return weights };
    let mut fields = Fields::of(&at, draft);
    for (theirs, ours) in WEIGHTS {
        let weight = fields.float(theirs, draft).map(|(_, weight)| weight.clamp(0.0, 100.0));
        weights.extend(weight.map(|weight| (ours.to_owned(), weight.into())));
    }
    let history = fields.whole("consecutive_history_size", draft).map(|(_, history)| history.min(8));
    weights.extend(history.map(|history| ("history".to_owned(), history.into())));
    fields.finish(draft);
    if strategies.iter().any(|strategy| *strategy != "ordered") {
        draft.mapped(&at, "weights of each tier's route that is not ordered");
    } else {
        draft.changed(&at, "no tier chooses by it; write weights with a route whose strategy is adaptive");
    }
    weights
}

/// Time limits and tries of each tier, as far as routes can say them.
pub(super) fn settings(
    fields: &mut Fields<'_>,
    strategies: [&'static str; 3],
    draft: &mut Draft,
) -> Vec<(&'static str, Body)> {
    let (timeouts, retries) = (fields.take("timeouts"), fields.take("retries"));
    let weights = weights(fields, strategies, draft);
    let mut of_tier: Vec<(&str, Body)> = Vec::new();
    for (tier, strategy) in TIERS.into_iter().zip(strategies) {
        let number = |section: &Option<At<'_>>, key: &str| section.as_ref()?.get(key)?.get(tier)?.whole();
        let mut body = Body::new();
        let drawn = strategy != "ordered";
        if drawn {
            body.insert("strategy".to_owned(), strategy.into());
            crate::lite_llm::put(&mut body, "weights", weights.clone());
        }
        let mut limits = Body::new();
        for (theirs, ours) in [("connect", "connect"), ("generation", "idle")] {
            let ms = number(&timeouts, theirs).filter(|ms| *ms > 0);
            limits.extend(ms.map(|ms| (ours.to_owned(), format!("{ms}ms").into())));
        }
        crate::lite_llm::put(&mut body, "timeouts", limits);
        // Lists were gone through in rounds, draws up to a number of tries.
        let tries = number(&retries, "max_retries").filter(|tries| drawn && *tries > 0);
        let rounds = number(&retries, "rounds").filter(|rounds| !drawn && *rounds > 1);
        match (tries, rounds) {
            (Some(tries), _) => body.insert("retry".to_owned(), json!({"attempts": tries.min(1000)})),
            (None, Some(rounds)) => body.insert("retry".to_owned(), json!({"rounds": rounds.min(10)})),
            (None, None) => None,
        };
        of_tier.push((tier, body));
    }
    if let Some(at) = timeouts {
        let mut fields = Fields::of(&at, draft);
        if let Some(at) = fields.take("connect") {
            draft.changed(
                &at,
                "it is the time to connect; the answer may take timeouts.first_content until it begins",
            );
        }
        if let Some(at) = fields.take("generation") {
            draft.mapped(&at, "timeouts.idle of each tier's route");
        }
        fields.finish(draft);
    }
    if let Some(at) = retries {
        let mut fields = Fields::of(&at, draft);
        if let Some(at) = fields.take("rounds") {
            draft.mapped(&at, "retry.rounds of each tier's route that is ordered, as it counted there");
        }
        if let Some(at) = fields.take("max_retries") {
            draft.changed(
                &at,
                "retry.attempts of each tier's route that is not ordered; a target that rests costs no attempt any more",
            );
        }
        conditions(&mut fields, draft);
        fields.finish(draft);
    }
    of_tier
}

fn conditions(fields: &mut Fields<'_>, draft: &mut Draft) {
    let Some(at) = fields.take("conditions") else { return };
    let mut fields = Fields::of(&at, draft);
    if let Some(at) = fields.take("status_codes") {
        let statuses: Vec<u64> =
            at.items().iter().filter_map(At::whole).filter(|s| (400..=599).contains(s)).collect();
        draft.set(&["defaults", "retry", "statuses"], statuses);
        draft.changed(&at, "any failure led to the next model; here these and 401 to 404 do, and a request at fault is not repeated");
    }
    if let Some((at, empty)) = fields.flag("retry_on_empty", draft) {
        draft.set(&["defaults", "retry", "empty"], empty);
        draft.mapped(&at, "defaults.retry.empty");
    }
    let why = "they were looked for in failures only, and a failure leads on anyway; in Wye retry.keywords are looked for \
               in good answers, where words such as these may stand for themselves";
    fields.refuse(&["error_keywords"], why, draft);
    fields.finish(draft);
}
