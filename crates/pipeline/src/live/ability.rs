//! What decisions read of a deployment's model, worked out when the configuration is loaded: what it can do, how large it
//! is and what its tokens cost.

use wye_catalog::Modalities;
use wye_routing::strategy::Size;

use crate::parse::Estimate;
use crate::price::Known;
use crate::shape::Able;

/// Pico-dollars in a nano-dollar.
const PICO: u64 = 1000;
/// Dollars a million tokens are as many pico-dollars a token, times this.
const MICRO: u64 = 1_000_000;

/// What is known of a model. What nobody knows is `None`: it is not held against it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Abilities {
    /// Whether it takes tools.
    pub tools: Option<bool>,
    /// Whether it sees images.
    pub sees: Option<bool>,
    /// Whether it hears.
    pub hears: Option<bool>,
    /// Whether it keeps to a schema.
    pub schema: Option<bool>,
    /// Whether it thinks before it answers.
    pub thinks: Option<bool>,
    /// How large it is.
    pub size: Size,
    /// What a token of a prompt and of an answer cost, in pico-dollars.
    pub price: Option<(u64, u64)>,
}

impl Abilities {
    /// What is known of a model by its name. `told`: what its operator says of it.
    pub(super) fn of(model: &str, known: &Known, told: Able) -> Self {
        let sure = known.sure();
        let takes = sure.map(|facts| facts.takes).filter(|takes| takes.has(Modalities::TEXT));
        let price = known.per_token;
        Self {
            tools: told.tools.or_else(|| sure.and_then(|facts| facts.tools)),
            sees: told.sees.or_else(|| takes.map(|takes| takes.has(Modalities::IMAGE))),
            hears: told.hears.or_else(|| takes.map(|takes| takes.has(Modalities::AUDIO))),
            schema: told.schema.or_else(|| sure.and_then(|facts| facts.structured)),
            thinks: told.thinks.or_else(|| sure.and_then(|facts| facts.reasoning)),
            size: size(model, price),
            price,
        }
    }

    /// What a request is expected to cost, in nano-dollars: at the price of an ordinary request. Orders targets; bills are
    /// made of all that a price says.
    pub(crate) fn cost(&self, estimate: Estimate) -> Option<u64> {
        let (input, output) = self.price?;
        let pico =
            estimate.input.saturating_mul(input).saturating_add(estimate.output.saturating_mul(output));
        Some(pico / PICO)
    }
}

/// How large a model is: by the parameters that its name tells, else by what an answer costs.
fn size(model: &str, price: Option<(u64, u64)>) -> Size {
    if let Some(billions) = billions(model) {
        return match billions {
            n if n <= 14.0 => Size::Small,
            n if n <= 40.0 => Size::Medium,
            n if n <= 200.0 => Size::Large,
            _ => Size::XLarge,
        };
    }
    match price {
        None | Some((_, 0)) => Size::Unknown,
        Some((_, output)) if output <= 6 * MICRO / 10 => Size::Small,
        Some((_, output)) if output <= 25 * MICRO / 10 => Size::Medium,
        Some((_, output)) if output <= 12 * MICRO => Size::Large,
        Some(_) => Size::XLarge,
    }
}

/// The most parameters that a name tells, in billions: `llama-3.3-70b`, `mixtral-8x7b`, `qwen3-30b-a3b`, `glm-1t`.
fn billions(model: &str) -> Option<f64> {
    let lower = model.to_ascii_lowercase();
    let words = lower.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.'));
    let told = words.filter_map(|word| {
        let (number, unit) = match word.strip_suffix('b') {
            Some(number) => (number, 1.0),
            None => (word.strip_suffix('t')?, 1000.0),
        };
        let number = number.strip_prefix('a').or_else(|| number.strip_prefix('e')).unwrap_or(number);
        let (times, number) =
            number.split_once('x').map_or((Some(1.0), number), |(n, rest)| (n.parse().ok(), rest));
        let digits = number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let number: f64 = number.parse().ok().filter(|_| digits)?;
        Some(times? * number * unit)
    });
    told.max_by(f64::total_cmp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_sizes() {
        for (name, wanted) in [
            ("llama-3.3-70b-versatile", Some(70.0)),
            ("mixtral-8x7b-instruct", Some(56.0)),
            ("qwen3-30b-a3b", Some(30.0)),
            ("gemma-3n-e4b-it", Some(4.0)),
            ("qwen2.5:0.5b", Some(0.5)),
            ("kimi-k2-1t", Some(1000.0)),
            ("openai/gpt-oss-120b", Some(120.0)),
            ("gpt-4o-mini", None),
            ("claude-3-5-haiku-latest", None),
            ("", None),
        ] {
            assert_eq!(billions(name), wanted, "{name}");
        }
    }

    #[test]
    fn where_a_name_tells_nothing_the_price_does() {
        let dollars = |output: f64| Some((1, (output * 1e6) as u64));
        assert_eq!(size("gpt-4o-mini", dollars(0.6)), Size::Small);
        assert_eq!(size("gpt-4o", dollars(10.0)), Size::Large);
        assert_eq!(size("opus", dollars(75.0)), Size::XLarge);
        assert_eq!(size("mystery", None), Size::Unknown);
        assert_eq!(size("free-one", Some((0, 0))), Size::Unknown, "a gift says nothing of its size");
        assert_eq!(size("llama-8b", dollars(75.0)), Size::Small);
    }
}
