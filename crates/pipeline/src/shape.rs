//! How a deployment's requests are shaped before they leave: fields that are set, limited or left out, and instructions
//! that are put in.
//!
//! What is configured stands on three layers: a route's target, the provider's model, the provider. A request passes them
//! in this order, from the client outwards. A default holds where nobody nearer to the client said anything; what is
//! forced or left out holds whatever a nearer one said. All of it is worked out when the configuration is loaded, so that
//! a request finds one list of changes in the words of the dialect that it leaves in. A request that is shaped twice is
//! as one that was shaped once.

mod describe;
mod draft;
mod limit;
mod param;
mod picture;
mod place;
mod system;

use std::collections::HashMap;
use std::sync::Arc;

use wye_types::{DialectId, Map};
use wye_wire::dialect::Loss;
use wye_wire::patch::Patch;
use wye_wire::scan::TopLevel;
use wye_wire::service::Asked;

pub use describe::{Describing, Descriptions, PROMPT};
pub(crate) use draft::Draft;
pub use limit::MaxOutput;
pub(crate) use limit::limit_output;
pub(crate) use param::Params;
pub(crate) use picture::inlined;
pub use place::Words;
pub(crate) use system::Instructions;
pub use system::SystemPrompt;

/// What one layer says.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layer {
    /// Fields that are set where nobody said anything.
    pub default_params: Map,
    /// Fields that are set whatever was said; one that is `null` is left out.
    pub forced_params: Map,
    /// Fields that are left out without a word.
    pub drop_params: Vec<String>,
    /// Fields that the model does not take.
    pub unsupported_params: Vec<String>,
    /// What becomes of a request that has one: `true` refuses it, `false` sends it without, with a warning. `None`: as
    /// the layers behind say, else `false`.
    pub refuse_unsupported: Option<bool>,
    /// The output limit.
    pub max_output: MaxOutput,
    /// Instructions.
    pub system: SystemPrompt,
    /// Whether images that are named by an address are fetched and sent with the request; `None`: as the layers behind
    /// say, else `false`.
    pub inline_images: Option<bool>,
    /// What the model can do.
    pub able: Able,
}

/// What a model can do, by its operator's word; `None`: as the layers behind say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Able {
    /// Whether it sees images.
    pub sees: Option<bool>,
    /// Whether it hears.
    pub hears: Option<bool>,
    /// Whether it takes tools.
    pub tools: Option<bool>,
    /// Whether it keeps to a schema.
    pub schema: Option<bool>,
    /// Whether it thinks before it answers.
    pub thinks: Option<bool>,
}

/// How requests to one deployment are shaped.
#[derive(Debug, PartialEq)]
pub struct Shaping {
    /// Fields of chat requests, by the dialect they are sent in.
    chat: Vec<(DialectId, Params)>,
    /// Fields of requests besides chat, as they are written.
    service: Params,
    /// The output limit.
    pub(crate) max_output: MaxOutput,
    /// Instructions.
    pub(crate) system: Instructions,
    /// Whether a request is refused that has a field which the model does not take.
    pub(crate) refuses: bool,
    /// Whether images that are named by an address are fetched and sent with the request.
    pub(crate) inlines: bool,
    /// What the model can do, as far as that is said.
    pub(crate) able: Able,
}

impl Shaping {
    /// What some layers amount to, the one nearest to the client first. `service`: how many of them are about requests
    /// besides chat too. `None` if they say nothing.
    fn new(layers: &[&Layer], service: usize, words: &[Words]) -> Option<Arc<Self>> {
        let silent = Layer::default();
        if layers.iter().all(|layer| **layer == silent) {
            return None;
        }
        let chat = words.iter().map(|words| (words.dialect, Params::new(layers, Some(*words))));
        Some(Arc::new(Self {
            chat: chat.collect(),
            service: Params::new(layers.get(..service).unwrap_or_default(), None),
            max_output: MaxOutput::of(layers.iter().map(|layer| layer.max_output)),
            system: Instructions::of(layers.iter().map(|layer| &layer.system)),
            refuses: layers.iter().find_map(|layer| layer.refuse_unsupported).unwrap_or(false),
            able: Able {
                sees: layers.iter().find_map(|layer| layer.able.sees),
                hears: layers.iter().find_map(|layer| layer.able.hears),
                tools: layers.iter().find_map(|layer| layer.able.tools),
                schema: layers.iter().find_map(|layer| layer.able.schema),
                thinks: layers.iter().find_map(|layer| layer.able.thinks),
            },
            inlines: layers.iter().find_map(|layer| layer.inline_images).unwrap_or(false),
        }))
    }

    /// Fields of requests besides chat, as they are written.
    pub(crate) const fn service(&self) -> &Params {
        &self.service
    }

    /// Fields of chat requests that are sent in a dialect.
    pub(crate) fn params(&self, dialect: DialectId) -> &Params {
        static NONE: Params = Params::NONE;
        let found = self.chat.iter().find(|(of, _)| *of == dialect);
        found.map_or(&NONE, |(_, params)| params)
    }
}

/// How requests to a provider's models are shaped.
#[derive(Debug, Default)]
pub struct Shapes {
    words: Vec<Words>,
    provider: Layer,
    models: HashMap<String, Layer>,
    /// Those of the models above, where no route says more.
    ready: HashMap<String, Option<Arc<Shaping>>>,
    /// That of every other model.
    other: Option<Arc<Shaping>>,
}

impl Shapes {
    /// What a provider and its models say, for the words that it is asked in.
    #[must_use]
    pub fn new(provider: Layer, models: HashMap<String, Layer>, words: Vec<Words>) -> Self {
        let ready = models.iter().map(|(model, layer)| {
            let silent = Layer::default();
            (model.clone(), Shaping::new(&[&silent, layer, &provider], 2, &words))
        });
        Self { ready: ready.collect(), other: Shaping::new(&[&provider], 0, &words), words, provider, models }
    }

    /// How requests to a model are shaped, by a target that says so much itself. `untaken`: fields that the model is known
    /// not to take; they are seen to where one of the layers says what becomes of such.
    #[must_use]
    pub fn of(&self, model: &str, target: &Layer, untaken: &[&str]) -> Option<Arc<Shaping>> {
        let silent = Layer::default();
        let own = self.models.get(model).unwrap_or(&silent);
        let says = |layer: &&Layer| layer.refuse_unsupported.is_some();
        let untaken = if [target, own, &self.provider].iter().any(says) { untaken } else { &[] };
        if *target == silent && untaken.is_empty() {
            return self.ready.get(model).unwrap_or(&self.other).clone();
        }
        let mut target = target.clone();
        target.unsupported_params.extend(untaken.iter().map(|name| (*name).to_owned()));
        let target = &target;
        Shaping::new(&[target, own, &self.provider], 2, &self.words)
    }
}

/// What becomes of a request besides chat.
pub(crate) fn shape_service(
    shaping: Option<&Shaping>,
    mut draft: Draft<'_>,
    losses: &mut Vec<Loss>,
) -> Patch {
    if let Some(shaping) = shaping {
        shaping.service.apply(&mut draft, losses);
    }
    draft.into_patch()
}

/// The same, of one that was written in the provider's words.
pub(crate) fn shape_written(shaping: Option<&Shaping>, asked: &mut Asked) {
    let (Some(_), Some(body)) = (shaping, &mut asked.body) else { return };
    let Ok(top) = TopLevel::scan(body) else { return };
    let patch = shape_service(shaping, Draft::new(&top, body, Patch::new()), &mut asked.losses);
    if !patch.is_empty() {
        *body = patch.apply(body, &top);
    }
}

#[cfg(test)]
mod tests;
