//! What clients can name as `model`, with what is known of it. The cards are filled in when the configuration is loaded,
//! so that a list of ten thousand names is only gone through when somebody asks for it.

use std::collections::HashMap;
use std::sync::Arc;

use wye_catalog::{Facts, How, Modalities};
pub use wye_providers::models::Caps;
use wye_providers::models::named;
use wye_types::money::Price;
use wye_types::{DeploymentId, Kind};

use crate::live::{Endpoint, Route};
use crate::price::{Free, Known, Models};

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// Several deployments, of which one answers.
    Route,
    /// Another name of one deployment.
    Alias,
    /// A model of a provider.
    Deployment,
}

impl What {
    /// The name in answers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Route => "route",
            Self::Alias => "alias",
            Self::Deployment => "deployment",
        }
    }
}

/// How large a model is. Few vendors say so: it is read from the name, or guessed from what an answer costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Up to 9 billion parameters, or a dollar for a million tokens of answers.
    Small,
    /// Up to 40 billion, or five dollars.
    Medium,
    /// Up to 150 billion, or twenty dollars.
    Large,
    /// Beyond.
    Xlarge,
}

impl Tier {
    /// Every tier with its name.
    pub const ALL: [(Self, &'static str); 4] =
        [(Self::Small, "small"), (Self::Medium, "medium"), (Self::Large, "large"), (Self::Xlarge, "xlarge")];

    /// The name in answers.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(tier, _)| *tier == self).map_or("", |(_, name)| name)
    }

    fn of(model: &str, price: Option<&Price>) -> Option<Self> {
        const DOLLAR: u64 = 1_000_000;
        let step = |value: u64, steps: [u64; 3]| {
            let place = steps.iter().position(|most| value <= *most).unwrap_or(steps.len());
            Self::ALL[place].0
        };
        let by_size = parameters(model).map(|billions| step(billions, [9, 40, 150]));
        // What is free tells nothing of its size.
        let output = price.and_then(|price| price.output).filter(|pico| *pico > 0);
        by_size.or_else(|| output.map(|pico| step(pico, [DOLLAR, 5 * DOLLAR, 20 * DOLLAR])))
    }
}

/// Billions of parameters that a name tells: `llama-3.3-70b`, `mixtral-8x7b`.
fn parameters(model: &str) -> Option<u64> {
    let words = model.split(|c: char| !c.is_ascii_alphanumeric() && c != '.');
    let sizes = words.filter_map(|word| {
        let size = word.strip_suffix(['b', 'B'])?;
        let whole = |text: &str| text.split('.').next()?.parse::<u64>().ok();
        match size.split_once(['x', 'X']) {
            Some((experts, each)) => Some(whole(experts)?.saturating_mul(whole(each)?)),
            None => size.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.').then(|| whole(size))?,
        }
    });
    sizes.max()
}

/// What is known of a deployment. What is `None` nobody says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sheet {
    /// Its name for people.
    pub title: Option<String>,
    /// What it is called for.
    pub kind: Kind,
    /// Tokens of prompt and answer together.
    pub context: Option<u64>,
    /// Tokens of an answer.
    pub output: Option<u64>,
    /// What it can do.
    pub caps: Caps,
    /// How large it is.
    pub tier: Option<Tier>,
    /// What it costs.
    pub price: Option<Price>,
    /// How that is known.
    pub basis: Option<&'static str>,
    /// Why it costs nothing, where that is proved.
    pub free: Option<&'static str>,
}

impl Sheet {
    /// What is known of a model of a provider.
    #[must_use]
    pub fn of(known: &Known, model: &str, now_s: u64) -> Self {
        let (kind, caps) = named(model);
        let facts = known.facts.as_deref();
        let rates = known.price.as_ref().and_then(|price| price.now(now_s));
        let price = rates.map(|rates| rates.tokens).filter(|tokens| *tokens != Price::default());
        let sure = known.how.is_some_and(|how| how < How::Prefix);
        Self {
            title: facts.filter(|facts| sure && facts.name != facts.id).map(|facts| facts.name.to_string()),
            kind: facts.and_then(|facts| kind_of(facts.kind)).or(kind).unwrap_or_default(),
            context: known.context,
            output: known.output_limit,
            caps: facts.filter(|_| sure).map(caps_of).unwrap_or_default().or(caps),
            tier: Tier::of(model, price.as_ref()),
            price,
            basis: price.and(known.price.as_ref()).map(|price| price.basis.name()),
            free: known.free.map(Free::name),
        }
    }

    /// What holds whichever of several answers. A prompt that is too long for one of them goes to one with more room, so
    /// that the largest context counts; everything else only where all of them agree.
    fn together(mut sheets: impl Iterator<Item = Self>) -> Self {
        let Some(mut all) = sheets.next() else { return Self::default() };
        all.title = None;
        for one in sheets {
            all.context = all.context.max(one.context);
            all.output = all.output.zip(one.output).map(|(a, b)| a.min(b));
            all.caps = both(all.caps, one.caps);
            all.tier = all.tier.filter(|tier| one.tier == Some(*tier));
            if all.price != one.price || all.basis != one.basis {
                (all.price, all.basis) = (None, None);
            }
            all.free = all.free.and(one.free);
        }
        all
    }
}

/// What the catalogue says that a model can do. What it does not list among what a model reads, that does not read.
fn caps_of(facts: &Facts<'static>) -> Caps {
    let among = |all: Modalities, one: Modalities| (!all.is_empty()).then(|| all.has(one));
    Caps {
        tools: facts.tools,
        vision: among(facts.takes, Modalities::IMAGE),
        audio_in: among(facts.takes, Modalities::AUDIO),
        audio_out: among(facts.gives, Modalities::AUDIO),
        image_out: among(facts.gives, Modalities::IMAGE),
        documents: among(facts.takes, Modalities::PDF),
        reasoning: facts.reasoning,
        structured: facts.structured,
    }
}

/// The kind of call that the catalogue's kind of model is for.
const fn kind_of(kind: wye_catalog::Kind) -> Option<Kind> {
    use wye_catalog::Kind as Of;
    match kind {
        Of::Chat => Some(Kind::Chat),
        Of::Embedding => Some(Kind::Embeddings),
        Of::Image => Some(Kind::Images),
        Of::Speech => Some(Kind::Speech),
        Of::Transcription => Some(Kind::Transcriptions),
        Of::Moderation => Some(Kind::Moderations),
        Of::Rerank => Some(Kind::Rerank),
        Of::Realtime => Some(Kind::Realtime),
        Of::Video | Of::Other => None,
    }
}

/// What both can do; what one of them cannot, both cannot.
fn both(a: Caps, b: Caps) -> Caps {
    let both = |a: Option<bool>, b: Option<bool>| match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    };
    Caps {
        tools: both(a.tools, b.tools),
        vision: both(a.vision, b.vision),
        audio_in: both(a.audio_in, b.audio_in),
        audio_out: both(a.audio_out, b.audio_out),
        image_out: both(a.image_out, b.image_out),
        documents: both(a.documents, b.documents),
        reasoning: both(a.reasoning, b.reasoning),
        structured: both(a.structured, b.structured),
    }
}

/// A name that clients may send as `model`.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// The name.
    pub name: String,
    /// What it stands for.
    pub what: What,
    /// What may answer, in order.
    pub targets: Vec<Arc<DeploymentId>>,
    /// What is known of it.
    pub sheet: Sheet,
}

impl Card {
    /// The card of a model of a provider.
    #[must_use]
    pub fn of(known: &Known, deployment: &DeploymentId, now_s: u64) -> Self {
        Self {
            name: deployment.to_string(),
            what: What::Deployment,
            targets: vec![Arc::new(deployment.clone())],
            sheet: Sheet::of(known, &deployment.model, now_s),
        }
    }

    fn of_route(route: &Route, now_s: u64) -> Self {
        // What is switched off answers nothing, and promises nothing.
        let on = || route.targets.iter().filter(|target| !target.off);
        let sheets = on().map(|target| {
            let sheet = Sheet::of(&target.known, &target.deployment.model, now_s);
            Sheet { context: target.context.or(sheet.context), ..sheet }
        });
        Self {
            name: route.name.to_string(),
            what: if route.targets.len() == 1 { What::Alias } else { What::Route },
            sheet: Sheet::together(sheets),
            targets: on().map(|target| Arc::clone(&target.deployment)).collect(),
        }
    }

    /// Who stands behind it: a provider, or the gateway.
    #[must_use]
    pub fn owner(&self) -> &str {
        match (self.what, self.targets.first()) {
            (What::Deployment, Some(target)) => &target.provider,
            _ => "wye",
        }
    }
}

/// The cards of all routes and of these deployments: routes first, each by name. A route hides a deployment of its name.
#[must_use]
pub fn cards<'a>(
    routes: &HashMap<String, Arc<Route>>,
    endpoints: &HashMap<String, Arc<Endpoint>>,
    listed: impl IntoIterator<Item = &'a DeploymentId>,
    (models, now_s): (&Models, u64),
) -> Vec<Card> {
    let mut all: Vec<Card> = routes.values().map(|route| Card::of_route(route, now_s)).collect();
    for deployment in listed {
        if let Some(endpoint) = endpoints.get(&deployment.provider)
            && !routes.contains_key(&deployment.to_string())
        {
            let known = models.known(endpoint, &deployment.model);
            all.push(Card::of(&known, deployment, now_s));
        }
    }
    all.sort_by(|a, b| {
        let of = |card: &Card| card.what == What::Deployment;
        (of(a), &a.name).cmp(&(of(b), &b.name))
    });
    all.dedup_by(|a, b| a.name == b.name);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_from_names_and_guessed_from_prices() {
        let price = |output| Price { output: Some(output), ..Price::default() };
        for (model, output, tier) in [
            ("llama-3.1-8b-instant", None, Some(Tier::Small)),
            ("llama-3.3-70B-versatile", None, Some(Tier::Large)),
            ("mixtral-8x7b", None, Some(Tier::Large)),
            ("qwen-3-235b-a22b", Some(1), Some(Tier::Xlarge)),
            ("gemma-2-27b", None, Some(Tier::Medium)),
            ("gpt-4o", Some(10_000_000), Some(Tier::Large)),
            ("gpt-4o-mini", Some(600_000), Some(Tier::Small)),
            ("claude-opus", Some(75_000_000), Some(Tier::Xlarge)),
            ("haiku", Some(4_000_000), Some(Tier::Medium)),
            ("free", Some(0), None),
            ("b", None, None),
            ("", None, None),
        ] {
            assert_eq!(Tier::of(model, output.map(price).as_ref()), tier, "{model}");
        }
    }

    #[test]
    fn a_route_promises_what_all_of_its_targets_keep() {
        let can = |tools, vision| Caps { tools, vision, ..Caps::default() };
        let one = Sheet {
            title: Some("One".to_owned()),
            context: Some(8),
            output: Some(4),
            caps: can(Some(true), Some(true)),
            price: Some(Price::FREE),
            free: Some("local"),
            ..Sheet::default()
        };
        let other = Sheet { context: Some(9), caps: can(Some(true), None), output: None, ..one.clone() };
        let never =
            Sheet { caps: can(Some(false), None), price: None, free: None, context: None, ..one.clone() };
        let both = Sheet::together([one.clone(), other.clone()].into_iter());
        assert_eq!((both.context, both.output, both.title.as_ref()), (Some(9), None, None));
        assert_eq!(
            (both.caps, both.price, both.free),
            (can(Some(true), None), Some(Price::FREE), Some("local"))
        );
        let all = Sheet::together([one, other, never].into_iter());
        assert_eq!((all.caps, all.price, all.free), (can(Some(false), None), None, None));
        assert_eq!(Sheet::together(std::iter::empty()), Sheet::default());
    }
}
