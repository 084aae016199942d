//! The fleets that requests are spread over: the demo's own, read from its script, and one of models whose families stand in
//! the table of priors.

use wye_routing::quality::{Prior, Priors};
use wye_routing::strategy::Size;
use wye_sim::{DEMO_FLEET, Script};

use crate::spec::{Pace, Spec};

/// A fleet.
#[derive(Debug, Clone)]
pub struct Fleet {
    /// The heading.
    pub title: &'static str,
    /// What it is, for readers of the table.
    pub about: &'static str,
    /// Its models, the cheapest first.
    pub members: Vec<Member>,
}

/// A model of a fleet.
#[derive(Debug, Clone)]
pub struct Member {
    /// What it costs and how quick it is.
    pub spec: Spec,
    /// What is expected of it before anybody asked it anything.
    pub prior: Prior,
}

/// Name, model, dollars per million tokens of prompts and answers, milliseconds to the first content, tokens a second.
type Known = (&'static str, &'static str, f64, f64, f64, f64);

/// Prices as in `bench/many/models.tsv`; times are made up by size.
const KNOWN: [Known; 12] = [
    ("gemini-flash", "gemini-1.5-flash", 0.075, 0.3, 250.0, 160.0),
    ("llama-8b", "llama-3.1-8b-instruct", 0.18, 0.18, 200.0, 180.0),
    ("gpt-4o-mini", "gpt-4o-mini-2024-07-18", 0.15, 0.6, 350.0, 110.0),
    ("llama-70b", "llama-3.1-70b-instruct", 0.88, 0.88, 350.0, 90.0),
    ("qwen2-72b", "qwen2-72b-instruct", 0.9, 0.9, 400.0, 80.0),
    ("claude-haiku-3", "claude-3-haiku-20240307", 0.25, 1.25, 400.0, 130.0),
    ("llama-405b", "llama-3.1-405b-instruct", 3.5, 3.5, 600.0, 50.0),
    ("claude-haiku", "claude-3-5-haiku-20241022", 0.8, 4.0, 500.0, 90.0),
    ("gemini-pro", "gemini-1.5-pro", 1.25, 5.0, 600.0, 70.0),
    ("mistral-large", "mistral-large-2407", 2.0, 6.0, 550.0, 60.0),
    ("gpt-4o", "gpt-4o-2024-08-06", 2.5, 10.0, 450.0, 80.0),
    ("claude-sonnet", "claude-3-5-sonnet-20241022", 3.0, 15.0, 700.0, 70.0),
];

impl Fleet {
    /// Both.
    ///
    /// # Errors
    /// If the demo's script cannot be read.
    pub fn all() -> Result<Vec<Self>, String> {
        Ok(vec![Self::demo()?, Self::known()])
    }

    /// The fleet of `wye demo`, without what always fails or has no price.
    ///
    /// # Errors
    /// If its script cannot be read.
    pub fn demo() -> Result<Self, String> {
        let script = Script::from_yaml(DEMO_FLEET).map_err(|error| error.message)?;
        let able = script.providers.into_iter().filter(|(_, provider)| provider.faults.is_empty());
        let models = able.flat_map(|(provider, settings)| {
            settings.models.into_iter().map(move |(name, model)| (provider.clone(), name, model))
        });
        let members = models.filter_map(|(provider, name, model)| {
            let price = model.price?;
            // Each model stands alone, as a provider has one model here. Names live as long as the command runs.
            let word = name.split(['.', ':']).find(|word| word.len() > 2).unwrap_or(&name);
            let own = if word == "anthropic" { "claude-basalt" } else { word };
            let thinks = if model.reasoning && !own.contains("think") { "-thinking" } else { "" };
            let spec = Spec {
                model: String::leak(name.clone()),
                pace: Pace {
                    first_ms: model.ttft.0.as_secs_f64() * 1000.0,
                    sigma: model.jitter,
                    tokens_per_s: model.tps,
                },
                price: (nanos(price.input), nanos(price.output)),
                ..Spec::new(String::leak(format!("{provider}-{own}{thinks}")), 0.0)
            };
            Some(Member::of(spec))
        });
        let about = "The models of `wye demo` with the prices and times of its script, but for `sim-flaky`, which fails two times \
                     in three: faults are what `make sim-bench` is about. Their names are of no family that was ever measured, \
                     so that Wye expects of each what models of its price do, give or take 20 points.";
        Ok(Self::sorted("The demo's fleet", about, members.collect()))
    }

    /// Models of known families.
    #[must_use]
    pub fn known() -> Self {
        let members = KNOWN.into_iter().map(|(name, model, input, output, first_ms, tokens_per_s)| {
            Member::of(Spec {
                model,
                pace: Pace { first_ms, sigma: 0.35, tokens_per_s },
                price: (nanos(input), nanos(output)),
                ..Spec::new(name, first_ms)
            })
        });
        let about = "Twelve models of 2024 whose families stand in the table of priors, with prices of then; times are made up. Wye \
                     expects of each what its family was measured to do, give or take 6 to 9 points.";
        Self::sorted("Models of known families", about, members.collect())
    }

    fn sorted(title: &'static str, about: &'static str, mut members: Vec<Member>) -> Self {
        members.sort_by_key(|member| (member.spec.price.0 + member.spec.price.1, member.spec.name));
        Self { title, about, members }
    }
}

impl Member {
    fn of(spec: Spec) -> Self {
        let (prior, _) = Priors::shipped().of(spec.model, size(spec.price.1));
        Self { prior: prior.clone(), spec }
    }
}

/// Nano-dollars per token, of dollars per million.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a price of a table")]
fn nanos(dollars: f64) -> u64 {
    (dollars * 1000.0).round() as u64
}

/// How large a model is by the nano-dollars of its answers' tokens, as the gateway has it where the name does not tell.
const fn size(price: u64) -> Size {
    match price {
        0 => Size::Unknown,
        1..=600 => Size::Small,
        601..=2_500 => Size::Medium,
        2_501..=12_000 => Size::Large,
        _ => Size::XLarge,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_is_read_whole_and_every_known_model_has_a_family() {
        let demo = Fleet::demo().unwrap();
        assert_eq!(demo.members.len(), 17);
        let mut names: Vec<&str> = demo.members.iter().map(|member| member.spec.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 17, "{names:?}");
        assert!(demo.members.iter().all(|member| member.prior.sd > 0.19), "nobody knows them");
        assert!(Fleet::known().members.iter().all(|member| member.prior.sd < 0.1));
    }
}
