//! What a search for models asks for.

use wye_pipeline::card::{Caps, Card, Tier};
use wye_types::Code;
use wye_types::error::GatewayError;

/// What models are examined in.
const CATEGORIES: [&str; 12] = [
    "classification",
    "code",
    "comprehension",
    "extraction",
    "instruction",
    "json",
    "math",
    "reasoning",
    "safety",
    "thai",
    "tools",
    "vision",
];

/// What can be asked.
const NAMES: &str = "category, min_context, max_context, supports_tools, supports_vision, supports_reasoning, \
                     supports_json, provider, tier, min_price, max_price, min_output_price, max_output_price, free, \
                     exclude_cooldown, text, sort and top";

/// Models that are shown, unless something else is asked for, and at most.
const TOP: usize = 20;
const MOST: usize = 200;

/// What comes first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Sort {
    /// What did best in the category.
    #[default]
    Score,
    /// What takes most.
    Context,
    /// What answers soonest.
    Latency,
    /// What costs least for a prompt and an answer of the same length.
    Price,
    /// The alphabet.
    Name,
}

impl Sort {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Score, "score"),
        (Self::Context, "context"),
        (Self::Latency, "latency"),
        (Self::Price, "price"),
        (Self::Name, "name"),
    ];

    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(sort, _)| *sort == self).map_or("", |(_, name)| name)
    }
}

/// A lower and an upper bound of a price, in pico-dollars a token.
type Bounds = (Option<u64>, Option<u64>);

/// What is searched for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) category: Option<&'static str>,
    pub(super) min_context: Option<u64>,
    pub(super) max_context: Option<u64>,
    /// Abilities by the names of their parameters, and whether they are wanted or are not.
    pub(super) supports: Vec<(&'static str, bool)>,
    pub(super) provider: Option<String>,
    pub(super) tier: Option<Tier>,
    /// The price of a token of the prompt.
    pub(super) input: Bounds,
    /// The price of a token of the answer.
    pub(super) output: Bounds,
    pub(super) free: Option<bool>,
    /// In lower case.
    pub(super) text: Option<String>,
    pub(super) exclude_cooldown: bool,
    pub(super) sort: Sort,
    pub(super) top: usize,
}

impl Query {
    /// Reads a query string. `is_provider` tells whether there is a provider of a name.
    pub(super) fn parse(query: &str, is_provider: &dyn Fn(&str) -> bool) -> Result<Self, GatewayError> {
        let mut all = Self { exclude_cooldown: true, top: TOP, ..Self::default() };
        let mut seen: Vec<String> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if seen.iter().any(|one| *one == name) {
                return Err(wrong(&name, "it stands there twice; write it once"));
            }
            all.take(&name, &value, is_provider)?;
            seen.push(name.into_owned());
        }
        for (name, from, to) in [
            ("max_context", all.min_context, all.max_context),
            ("max_price", all.input.0, all.input.1),
            ("max_output_price", all.output.0, all.output.1),
        ] {
            if from.zip(to).is_some_and(|(from, to)| from > to) {
                return Err(wrong(name, "it is less than the least that is asked for; no model can fit"));
            }
        }
        Ok(all)
    }

    fn take(
        &mut self,
        name: &str,
        value: &str,
        is_provider: &dyn Fn(&str) -> bool,
    ) -> Result<(), GatewayError> {
        match name {
            "category" => self.category = Some(word(name, value, CATEGORIES.map(|one| (one, one)))?),
            "min_context" => self.min_context = Some(tokens(name, value)?),
            "max_context" => self.max_context = Some(tokens(name, value)?),
            "supports_tools" => self.supports.push(("supports_tools", yes(name, value)?)),
            "supports_vision" => self.supports.push(("supports_vision", yes(name, value)?)),
            "supports_reasoning" => self.supports.push(("supports_reasoning", yes(name, value)?)),
            "supports_json" => self.supports.push(("supports_json", yes(name, value)?)),
            "provider" if is_provider(value) => self.provider = Some(value.to_owned()),
            "provider" => {
                return Err(wrong(
                    name,
                    "there is no such provider here; GET /v1/models shows those there are",
                ));
            }
            "tier" => self.tier = Some(word(name, value, Tier::ALL)?),
            "min_price" => self.input.0 = Some(price(name, value)?),
            "max_price" => self.input.1 = Some(price(name, value)?),
            "min_output_price" => self.output.0 = Some(price(name, value)?),
            "max_output_price" => self.output.1 = Some(price(name, value)?),
            "free" => self.free = Some(yes(name, value)?),
            // The reference's name, and the one that says what is meant.
            "exclude_cooldown" | "exclude_cooling" => self.exclude_cooldown = yes(name, value)?,
            "text" => self.text = Some(value.to_lowercase()).filter(|text| !text.is_empty()),
            "sort" => self.sort = word(name, value, Sort::ALL)?,
            "top" => match value.parse() {
                Ok(top) if (1..=MOST).contains(&top) => self.top = top,
                _ => return Err(wrong(name, &format!("write a whole number from 1 to {MOST}"))),
            },
            _ => return Err(wrong(name, &format!("no such filter is known; there are {NAMES}"))),
        }
        Ok(())
    }

    /// Whether a model fits, as far as that does not change from one moment to the next. What is not known fits no bound.
    pub(super) fn fits(&self, card: &Card) -> bool {
        let sheet = &card.sheet;
        let within = |value: Option<u64>, (from, to): Bounds| match value {
            Some(value) => from.is_none_or(|from| value >= from) && to.is_none_or(|to| value <= to),
            None => from.is_none() && to.is_none(),
        };
        let price = sheet.price.as_ref();
        let supports = |(name, wanted): &(&str, bool)| able(&sheet.caps, name) == *wanted;
        let owned =
            |provider: &String| card.targets.first().is_some_and(|target| target.provider == *provider);
        let says = |text: &String| {
            let title = sheet.title.as_deref().unwrap_or_default();
            card.name.to_lowercase().contains(text) || title.to_lowercase().contains(text)
        };
        within(sheet.context, (self.min_context, self.max_context))
            && self.supports.iter().all(supports)
            && self.provider.as_ref().is_none_or(owned)
            && self.tier.is_none_or(|tier| sheet.tier == Some(tier))
            && within(price.and_then(|price| price.input), self.input)
            && within(price.and_then(|price| price.output), self.output)
            && self.free.is_none_or(|free| sheet.free.is_some() == free)
            && self.text.as_ref().is_none_or(says)
    }
}

/// Whether a model is known to have an ability.
fn able(caps: &Caps, name: &str) -> bool {
    let known = match name {
        "supports_tools" => caps.tools,
        "supports_vision" => caps.vision,
        "supports_reasoning" => caps.reasoning,
        _ => caps.structured,
    };
    known == Some(true)
}

fn wrong(name: &str, why: &str) -> GatewayError {
    GatewayError::new(Code::CallerInvalidRequest, format!("`{name}`: {why}")).param(name)
}

fn yes(name: &str, value: &str) -> Result<bool, GatewayError> {
    match value {
        "1" | "true" => Ok(true),
        "0" | "false" => Ok(false),
        _ => Err(wrong(name, "write 1 or 0")),
    }
}

fn tokens(name: &str, value: &str) -> Result<u64, GatewayError> {
    value.parse().map_err(|_| wrong(name, "write a whole number of tokens, such as 128000"))
}

fn word<T: Copy, const N: usize>(
    name: &str,
    value: &str,
    all: [(T, &'static str); N],
) -> Result<T, GatewayError> {
    let found = all.iter().find(|(_, known)| *known == value).map(|(one, _)| *one);
    found.ok_or_else(|| wrong(name, &format!("write one of {}", all.map(|(_, known)| known).join(", "))))
}

/// Dollars for a million tokens, as pico-dollars a token.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "between the bounds that are checked it is whole and positive"
)]
fn price(name: &str, value: &str) -> Result<u64, GatewayError> {
    const MOST: f64 = 1e6;
    match value.parse::<f64>() {
        Ok(dollars) if (0.0..=MOST).contains(&dollars) => Ok((dollars * 1e6).round() as u64),
        _ => Err(wrong(name, "write dollars for a million tokens, such as 0.5")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<Query, GatewayError> {
        Query::parse(query, &|name| name == "p")
    }

    #[test]
    fn what_means_nothing_is_refused_by_name() {
        for query in [
            "category=cooking",
            "min_context=many",
            "min_context=-1",
            "min_context=1.5",
            "max_context=",
            "supports_tools=yes",
            "supports_vision=2",
            "supports_reasoning=",
            "supports_json=null",
            "provider=q",
            "provider=",
            "tier=huge",
            "min_price=NaN",
            "min_price=-1",
            "max_price=inf",
            "max_output_price=1e99",
            "min_output_price=cheap",
            "free=maybe",
            "exclude_cooldown=no",
            "sort=best",
            "top=0",
            "top=201",
            "top=NaN",
            "top=1%3BDROP",
            "colour=red",
            "top=1&top=2",
        ] {
            let name = query.split('=').next().unwrap();
            let error = parse(query).unwrap_err();
            assert_eq!((error.http_status(), error.param.as_deref()), (400, Some(name)), "{query}");
            assert!(error.message.contains(name), "{query}: {}", error.message);
        }
        for query in [
            "min_context=2&max_context=1",
            "min_price=2&max_price=1.5",
            "min_output_price=1&max_output_price=0",
        ] {
            assert!(parse(query).unwrap_err().param.unwrap().starts_with("max_"), "{query}");
        }
    }

    #[test]
    fn what_means_something_is_read() {
        assert_eq!(parse("").unwrap(), Query { exclude_cooldown: true, top: TOP, ..Query::default() });
        let query = "category=code&min_context=1&max_context=2&supports_tools=1&supports_json=false&provider=p&tier=large\
                     &min_price=0&max_price=0.15&free=1&exclude_cooling=0&text=GPT%204&sort=price&top=200";
        let read = Query {
            category: Some("code"),
            min_context: Some(1),
            max_context: Some(2),
            supports: vec![("supports_tools", true), ("supports_json", false)],
            provider: Some("p".to_owned()),
            tier: Some(Tier::Large),
            input: (Some(0), Some(150_000)),
            free: Some(true),
            text: Some("gpt 4".to_owned()),
            sort: Sort::Price,
            top: 200,
            ..Query::default()
        };
        assert_eq!(parse(query).unwrap(), read);
    }
}
