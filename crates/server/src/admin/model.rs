//! All that a client can name as `model`, with all that is known of it, live: what it is, can do, costs, how it is, what is
//! left of its limits, how it was graded, and which routes lead to it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wye_admin::configurator::Current;
use wye_catalog::{Basis, How, Item};
use wye_pipeline::Live;
use wye_pipeline::card::{Card, What};
use wye_pipeline::price::Known;
use wye_pipeline::seen::{self, Deployment};
use wye_types::{DeploymentId, Kind};

use super::catalog::CatalogPrice;
use super::endpoint::Call;
use super::fleet::{DeploymentView, deployment as how_it_is};
use super::input::{Json, Query, Text};
use super::limit::{self, LimitView};
use super::page::{Page, PageAsk, PageSize};
use super::problem::Problem;
use super::provider::{provider_of, written};

/// What can be asked of a model.
const CAPABILITIES: [&str; 10] = [
    "tools",
    "vision",
    "audio",
    "documents",
    "reasoning",
    "structured",
    "images",
    "speech",
    "embeddings",
    "free",
];

/// Which names are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct ModelsAsk {
    /// A part of the name or the label, in letters of any case.
    text: Option<Text<200>>,
    /// Only deployments of this provider.
    provider: Option<Text<200>>,
    /// Only what is known for this: `tools`, `vision`, `audio`, `documents`, `reasoning`, `structured`, `images`, `speech`,
    /// `embeddings`, `free`.
    capability: Option<Text<64>>,
    /// `next` of the page before; absent: the first page.
    cursor: Option<Text<400>>,
    /// How many at most: 1 to 500, 50 unless said.
    #[serde(default)]
    limit: PageSize,
}

/// Something that a client can name as `model`. What is `null` is not known.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ModelView {
    /// The name.
    name: String,
    /// `deployment`, `route` (several deployments), `alias` (a route to one), or `built_in` (a route of Wye's own).
    what: &'static str,
    /// Its provider, if it is a deployment.
    provider: Option<String>,
    /// Its id at the provider, if it is a deployment.
    model: Option<String>,
    /// Who owns what it comes from: `file` (read-only here) or `database`; `null`: nobody wrote it.
    owner: Option<&'static str>,
    /// Whether it is called.
    enabled: bool,
    /// Its name for people.
    label: Option<String>,
    /// What it is for: `chat`, `embeddings`, …
    kind: &'static str,
    /// Tokens of prompt and answer together.
    context: Option<u64>,
    /// Tokens of an answer.
    output_limit: Option<u64>,
    /// What it reads: `text`, `image`, `audio`, …; empty: nobody says.
    takes: Vec<&'static str>,
    /// What it makes.
    gives: Vec<&'static str>,
    /// Whether it calls tools.
    tools: Option<bool>,
    /// Whether it thinks before it answers.
    reasoning: Option<bool>,
    /// Whether it keeps to a JSON schema.
    structured: Option<bool>,
    /// What it costs now, for an ordinary request; empty: nobody knows.
    prices: Vec<CatalogPrice>,
    /// How that is known: `catalog`, `guess`, `override` (the configuration says so), `local`, `free_tier`.
    price_source: Option<&'static str>,
    /// Why it costs nothing, where that is proved: `local`, `operator`, `catalog`, `free_tier`.
    free: Option<&'static str>,
    /// The day on which it goes or went away.
    ends: Option<String>,
    /// How it is, if it is a deployment that was ever met: speed, success, rests, calls under way.
    state: Option<DeploymentView>,
    /// What is left of the limits that concern it: its provider's, its accounts', its own.
    limits: Vec<LimitView>,
    /// The share of right answers by category, where it was graded.
    grades: BTreeMap<&'static str, f32>,
    /// The deployments that it leads to, if it is a route: the first hundred.
    targets: Vec<String>,
    /// How many they are.
    targets_count: usize,
    /// The routes of the configuration that lead to it.
    used_by: Vec<String>,
}

/// The most targets that are listed of a route.
const TARGETS: usize = 100;

pub(super) async fn list_models(
    call: Call,
    Query(ask): Query<ModelsAsk>,
) -> Result<Json<Page<ModelView>>, Problem> {
    let capability = ask.capability.as_ref().map(|text| text.0.as_str());
    if let Some(unknown) = capability.filter(|name| !CAPABILITIES.contains(name)) {
        let message = format!("`{unknown}` is none of {}", CAPABILITIES.join(", "));
        return Err(Problem::field("capability", message));
    }
    let text = ask.text.as_ref().map(|text| text.0.to_lowercase());
    let (live, current) = (call.admin.pipeline.live(), call.admin.configurator.current());
    let fits = |card: &&Card| {
        let has = |text: &String| {
            let title = card.sheet.title.as_deref().unwrap_or_default();
            card.name.to_lowercase().contains(text) || title.to_lowercase().contains(text)
        };
        let of = |provider: &Text<200>| card.what == What::Deployment && card.owner() == provider.0;
        text.as_ref().is_none_or(has)
            && ask.provider.as_ref().is_none_or(of)
            && capability.is_none_or(|name| can(card, name))
    };
    let off = switched_off(&live, &current, call.admin.clock.unix_ms() / 1000);
    let after = ask.cursor.as_ref().map(|cursor| cursor.0.as_str());
    let cards = live
        .listed
        .iter()
        .chain(&off)
        .filter(fits)
        .filter(|card| after.is_none_or(|after| card.name.as_str() > after));
    let page = Page::of_named(cards, &PageAsk { cursor: None, limit: ask.limit }, |card| card.name.clone());
    let known = Around::of(&call, &live, &current);
    let items = page.items.into_iter().map(|card| known.view(card)).collect();
    Ok(Json(Page { items, next: page.next }))
}

/// The models that the operator has switched off: clients do not see them, and whoever switches them on must.
fn switched_off(live: &Live, current: &Current, now_s: u64) -> Vec<Card> {
    let of = |provider: &wye_config::ProviderConfig| {
        let endpoint = live.endpoints.get(&provider.id)?;
        let off = provider.models.iter().filter(|model| !model.enabled);
        let card = |model: &wye_config::ModelConfig| {
            let id = DeploymentId { provider: provider.id.clone(), model: model.id.clone() };
            Card::of(&live.models.known(endpoint, &model.id), &id, now_s)
        };
        Some(off.map(card).collect::<Vec<_>>())
    };
    current.config.providers.iter().filter_map(of).flatten().collect()
}

/// Whether a name is known for something.
fn can(card: &Card, capability: &str) -> bool {
    let caps = &card.sheet.caps;
    let known = match capability {
        "tools" => caps.tools,
        "vision" => caps.vision,
        "audio" => caps.audio_in,
        "documents" => caps.documents,
        "reasoning" => caps.reasoning,
        "structured" => caps.structured,
        "images" => caps.image_out.filter(|makes| *makes).or(Some(card.sheet.kind == Kind::Images)),
        "speech" => caps.audio_out.filter(|makes| *makes).or(Some(card.sheet.kind == Kind::Speech)),
        "embeddings" => Some(card.sheet.kind == Kind::Embeddings),
        _ => Some(card.sheet.free.is_some()),
    };
    known == Some(true)
}

/// Everything that views look at, gathered once.
struct Around<'a> {
    live: &'a Arc<Live>,
    current: &'a Current,
    now: Duration,
    now_s: u64,
    met: HashMap<String, Deployment>,
    used_by: HashMap<String, Vec<String>>,
    limits: Vec<LimitView>,
}

impl<'a> Around<'a> {
    fn of(call: &Call, live: &'a Arc<Live>, current: &'a Current) -> Self {
        let mut used_by: HashMap<String, Vec<String>> = HashMap::new();
        for route in &current.config.routes {
            let targets = live.routes.get(&route.name).map_or(&[][..], |route| &route.targets);
            for target in targets {
                let routes = used_by.entry(target.deployment.to_string()).or_default();
                if routes.last() != Some(&route.name) {
                    routes.push(route.name.clone());
                }
            }
        }
        let met = seen::deployments(live, None).into_iter();
        Self {
            live,
            current,
            now: call.admin.clock.mono(),
            now_s: call.admin.clock.unix_ms() / 1000,
            met: met.map(|of| (format!("{}/{}", of.provider, of.model), of)).collect(),
            used_by,
            limits: limit::views(call, |owner| provider_of(owner, live).is_some()),
        }
    }

    fn view(&self, card: &Card) -> ModelView {
        let sheet = &card.sheet;
        let deployment = card.targets.first().filter(|_| card.what == What::Deployment);
        let known = deployment.and_then(|id| self.known(id));
        // The beginning of a name says what family a model is of, not what it can do.
        let sure = known.as_ref().filter(|known| known.how.is_some_and(|how| how < How::Prefix));
        let facts = sure.and_then(|known| known.facts.as_deref());
        let (of_card, gives) = modalities(card);
        let takes = facts.map_or(of_card, |facts| facts.takes.names().collect());
        let gives = facts.map_or(gives, |facts| facts.gives.names().collect());
        let (prices, price_source) = known.as_ref().map_or((Vec::new(), None), |known| self.prices(known));
        let route = self.current.config.route(&card.name);
        let what = match (card.what, route) {
            (What::Deployment, _) => "deployment",
            (_, None) => "built_in",
            (what, Some(_)) => what.name(),
        };
        let item = match deployment {
            Some(id) => written(self.current, &id.provider).map(|(_, owner)| owner),
            None => self.owner_of_route(&card.name),
        };
        let targets = card.targets.iter().filter(|_| deployment.is_none());
        let report = deployment.and_then(|id| self.live.models.report(id));
        ModelView {
            name: card.name.clone(),
            what,
            provider: deployment.map(|id| id.provider.clone()),
            model: deployment.map(|id| id.model.clone()),
            owner: item,
            enabled: !deployment.is_some_and(|id| self.is_off(id)),
            label: sheet.title.clone(),
            kind: sheet.kind.name(),
            context: sheet.context,
            output_limit: sheet.output,
            takes,
            gives,
            tools: sheet.caps.tools,
            reasoning: sheet.caps.reasoning,
            structured: sheet.caps.structured,
            prices,
            price_source,
            free: sheet.free,
            ends: facts.and_then(|facts| facts.ends).map(|day| day.to_string()),
            state: self.met.get(&card.name).filter(|_| deployment.is_some()).map(|of| self.state(of)),
            limits: deployment.map_or_else(Vec::new, |id| self.limits_of(id)),
            grades: report.map_or_else(BTreeMap::new, |report| {
                report.all().map(|(category, grade)| (category.name(), grade.value)).collect()
            }),
            targets: targets.clone().take(TARGETS).map(ToString::to_string).collect(),
            targets_count: targets.count(),
            used_by: self.used_by.get(&card.name).cloned().unwrap_or_default(),
        }
    }

    fn is_off(&self, id: &DeploymentId) -> bool {
        self.live.endpoints.get(&id.provider).is_some_and(|endpoint| endpoint.off.contains(&id.model))
    }

    fn known(&self, id: &DeploymentId) -> Option<Known> {
        Some(self.live.models.known(self.live.endpoints.get(&id.provider)?, &id.model))
    }

    fn prices(&self, known: &Known) -> (Vec<CatalogPrice>, Option<&'static str>) {
        let Some(price) = &known.price else { return (Vec::new(), None) };
        let rates = price.now(self.now_s).copied().unwrap_or_default();
        let each = Item::ALL.into_iter().zip(rates.each());
        let prices: Vec<CatalogPrice> =
            each.filter_map(|((_, of), pico)| Some(CatalogPrice { of, pico: pico? })).collect();
        let source = (price.basis != Basis::Unknown && !prices.is_empty()).then(|| price.basis.name());
        (prices, source)
    }

    fn owner_of_route(&self, name: &str) -> Option<&'static str> {
        let key = ("route".to_owned(), name.to_owned());
        if self.current.file_items.contains_key(&key) {
            return Some("file");
        }
        self.current.items.contains_key(&key).then_some("database")
    }

    fn state(&self, of: &Deployment) -> DeploymentView {
        let provider = self.current.config.provider(&of.provider);
        how_it_is(|place| Some(provider?.accounts.get(place)?.name.clone()), of, of.look(self.now))
    }

    /// The limits of its provider, of its accounts, and of the model itself; not those of other models.
    fn limits_of(&self, id: &DeploymentId) -> Vec<LimitView> {
        let concerns = |owner: &str| {
            let of_provider = owner.strip_prefix("provider ") == Some(id.provider.as_str());
            let account = || owner.strip_prefix(id.provider.as_str())?.strip_prefix('/');
            let of_account = || {
                account().is_some_and(|rest| match rest.split_once(' ') {
                    None => true,
                    Some((_, model)) => model == id.model,
                })
            };
            of_provider || of_account()
        };
        self.limits.iter().filter(|view| concerns(view.owner())).cloned().collect()
    }
}

/// What is read and made, as far as the card of a route tells.
fn modalities(card: &Card) -> (Vec<&'static str>, Vec<&'static str>) {
    let caps = &card.sheet.caps;
    let has = |can: Option<bool>, name: &'static str| (can == Some(true)).then_some(name);
    let takes = [has(caps.vision, "image"), has(caps.audio_in, "audio"), has(caps.documents, "pdf")];
    let gives = [has(caps.image_out, "image"), has(caps.audio_out, "audio")];
    (takes.into_iter().flatten().collect(), gives.into_iter().flatten().collect())
}
