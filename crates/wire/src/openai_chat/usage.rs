//! Token counts as OpenAI and the many who answer in its shape report them.
//!
//! OpenAI's totals overlap with their details: `prompt_tokens` holds cached and audio tokens, `completion_tokens` holds
//! reasoning. They are taken apart here so that the parts add up to the totals again, whatever a provider reports.

use serde::Deserialize;
use serde_json::{Value, json};
use wye_types::money::nano_of_dollars;
use wye_types::{Map, Usage};

use crate::walk::Walk;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Wire {
    prompt_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    total_tokens: Option<u64>,
    prompt_tokens_details: Option<PromptDetails>,
    completion_tokens_details: Option<CompletionDetails>,
    /// Moonshot, Together and routers of Hugging Face.
    cached_tokens: Option<u64>,
    /// Mistral.
    num_cached_tokens: Option<u64>,
    /// DeepSeek.
    prompt_cache_hit_tokens: Option<u64>,
    /// Anthropic's names on replies of OpenAI's shape (Venice, Doubleword, Databricks, Vercel).
    cache_read_input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    /// `OpenRouter` and others: dollars, or parts of them.
    cost: Option<Cost>,
    /// xAI.
    cost_in_usd_ticks: Option<u64>,
    /// `OpenRouter`: see [`of_own_key`].
    is_byok: Option<Value>,
    cost_details: Option<Value>,
}

/// What a vendor says that a call cost.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(untagged)]
pub(crate) enum Cost {
    /// In dollars.
    Dollars(f64),
    /// Perplexity: in dollars, with its parts.
    Parts {
        /// All of it.
        total_cost: f64,
    },
    /// In no way that is known.
    Odd(serde::de::IgnoredAny),
}

/// A vendor's own figure of the cost, in nano-dollars. A tick of xAI's is a tenth of one. Nought says nothing: it is what
/// stands there where another bills the call (xAI's models on Azure, keys of one's own at `OpenRouter`).
pub(crate) fn reported(cost: Option<Cost>, ticks: Option<u64>) -> Option<u64> {
    let dollars = match cost {
        Some(Cost::Dollars(dollars) | Cost::Parts { total_cost: dollars }) => Some(dollars),
        Some(Cost::Odd(_)) | None => None,
    };
    let nano = ticks.map(|ticks| ticks.div_ceil(10)).or_else(|| nano_of_dollars(dollars?));
    nano.filter(|nano| *nano > 0)
}

/// The same of an answer that was made with a key of the account's own at another vendor: what is told as `cost` is the
/// router's fee, and the vendor's bill stands beside it. Where that is not told, nothing is.
pub(crate) fn of_own_key(
    reported: Option<u64>,
    (is_byok, details): (Option<&Value>, Option<&Value>),
) -> Option<u64> {
    if is_byok.and_then(Value::as_bool) != Some(true) {
        return reported;
    }
    let vendors = details.and_then(|details| details.get("upstream_inference_cost")?.as_f64());
    let vendors = nano_of_dollars(vendors?).filter(|nano| *nano > 0)?;
    Some(reported.unwrap_or(0).saturating_add(vendors))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PromptDetails {
    cached_tokens: Option<u64>,
    audio_tokens: Option<u64>,
    cache_write_tokens: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CompletionDetails {
    reasoning_tokens: Option<u64>,
    audio_tokens: Option<u64>,
}

/// Reads an object of plain counts, which nearly all are, at a third of what a deserializer takes. `None` if there is
/// anything else in it that matters.
fn plain(walk: &mut Walk<'_>) -> Option<Wire> {
    let mut wire = Wire::default();
    walk.fields(|key, walk| {
        let count = match key {
            b"prompt_tokens" => &mut wire.prompt_tokens,
            b"completion_tokens" => &mut wire.completion_tokens,
            b"total_tokens" => &mut wire.total_tokens,
            b"cached_tokens" => &mut wire.cached_tokens,
            b"num_cached_tokens" => &mut wire.num_cached_tokens,
            b"prompt_cache_hit_tokens" => &mut wire.prompt_cache_hit_tokens,
            b"cache_read_input_tokens" => &mut wire.cache_read_input_tokens,
            b"cache_creation_input_tokens" => &mut wire.cache_creation_input_tokens,
            b"prompt_tokens_details" => {
                let details = &mut wire.prompt_tokens_details;
                return of_details(walk, details, |details, key| match key {
                    b"cached_tokens" => Some(&mut details.cached_tokens),
                    b"audio_tokens" => Some(&mut details.audio_tokens),
                    b"cache_write_tokens" => Some(&mut details.cache_write_tokens),
                    _ => None,
                });
            }
            b"completion_tokens_details" => {
                let details = &mut wire.completion_tokens_details;
                return of_details(walk, details, |details, key| match key {
                    b"reasoning_tokens" => Some(&mut details.reasoning_tokens),
                    b"audio_tokens" => Some(&mut details.audio_tokens),
                    _ => None,
                });
            }
            b"cost" | b"cost_in_usd_ticks" | b"is_byok" | b"cost_details" => return None,
            other => return skipped(walk, other),
        };
        counted(walk, count)
    })?;
    Some(wire)
}

/// The same of a text that holds nothing else.
fn plain_text(raw: &[u8]) -> Option<Wire> {
    let mut walk = Walk::new(raw)?;
    let wire = plain(&mut walk)?;
    walk.end()?;
    Some(wire)
}

/// Reads a `usage` object within a text, if it is one of plain counts; else it may be walked over in part.
pub(super) fn read_plain(walk: &mut Walk<'_>) -> Option<Usage> {
    of(&plain(walk)?)
}

/// Reads the parts of a count.
fn of_details<T: Default>(
    walk: &mut Walk<'_>,
    details: &mut Option<T>,
    place: impl for<'d> Fn(&'d mut T, &[u8]) -> Option<&'d mut Option<u64>>,
) -> Option<()> {
    if details.is_some() {
        return None;
    }
    let found = details.insert(T::default());
    walk.fields(|key, walk| match place(found, key) {
        Some(count) => counted(walk, count),
        None => skipped(walk, key),
    })
}

/// Reads a whole number into its place. What stands twice, is `null` or no plain number is for the deserializer.
fn counted(walk: &mut Walk<'_>, place: &mut Option<u64>) -> Option<()> {
    let number = walk.whole()?;
    place.replace(number).is_none().then_some(())
}

/// Walks over what does not matter. A key with an escape might.
fn skipped(walk: &mut Walk<'_>, key: &[u8]) -> Option<()> {
    if key.contains(&b'\\') {
        return None;
    }
    walk.value().map(drop)
}

/// Reads a `usage` object. `None` if it is not one.
pub(crate) fn read(raw: &[u8]) -> Option<Usage> {
    of(&match plain_text(raw) {
        Some(plain) => plain,
        None => serde_json::from_slice(raw).ok()?,
    })
}

fn of(wire: &Wire) -> Option<Usage> {
    let byok = (wire.is_byok.as_ref(), wire.cost_details.as_ref());
    let reported = of_own_key(reported(wire.cost, wire.cost_in_usd_ticks), byok);
    (wire.prompt_tokens.is_some() || wire.completion_tokens.is_some())
        .then(|| Usage { reported, ..take_apart(totals(wire)) })
}

fn totals(wire: &Wire) -> Totals {
    let prompt = wire.prompt_tokens_details.as_ref();
    let completion = wire.completion_tokens_details.as_ref();
    // A zero in the details may stand beside the true count under the vendor's older name.
    let cached = [
        prompt.and_then(|d| d.cached_tokens),
        wire.prompt_cache_hit_tokens,
        wire.cached_tokens,
        wire.num_cached_tokens,
        wire.cache_read_input_tokens,
    ]
    .into_iter()
    .flatten()
    .max();
    Totals {
        prompt: wire.prompt_tokens.unwrap_or(0),
        completion: wire.completion_tokens.unwrap_or(0),
        total: wire.total_tokens,
        cached,
        written: prompt.and_then(|d| d.cache_write_tokens).or(wire.cache_creation_input_tokens),
        audio_in: prompt.and_then(|d| d.audio_tokens),
        reasoning: completion.and_then(|d| d.reasoning_tokens),
        audio_out: completion.and_then(|d| d.audio_tokens),
    }
}

/// Counts that overlap, as OpenAI's dialects report them.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Totals {
    /// The whole prompt.
    pub(crate) prompt: u64,
    /// The whole output.
    pub(crate) completion: u64,
    /// Both together.
    pub(crate) total: Option<u64>,
    /// Of the prompt: read from a cache.
    pub(crate) cached: Option<u64>,
    /// Of the prompt: written to a cache.
    pub(crate) written: Option<u64>,
    /// Of the prompt: sound.
    pub(crate) audio_in: Option<u64>,
    /// Of the output: thoughts.
    pub(crate) reasoning: Option<u64>,
    /// Of the output: sound.
    pub(crate) audio_out: Option<u64>,
}

/// Takes overlapping counts apart.
pub(crate) fn take_apart(totals: Totals) -> Usage {
    let Totals { prompt, completion, total, cached, written, audio_in, reasoning: said, audio_out } = totals;
    let mut left = prompt;
    let mut part = |of: Option<u64>| {
        of.map(|n| {
            let n = n.min(left);
            left -= n;
            n
        })
    };
    let cache_read = part(cached);
    let cache_write = part(written);
    let audio_in = part(audio_in);
    let input = left;

    // xAI and Google's compatible endpoint leave reasoning out of `completion_tokens`, but not out of the total.
    let excess = total.unwrap_or(0).saturating_sub(prompt.saturating_add(completion));
    let apart = excess > 0 && said.is_none_or(|r| r == 0 || r == excess);
    let mut left = completion;
    let mut part = |of: Option<u64>| {
        of.map(|n| {
            let n = n.min(left);
            left -= n;
            n
        })
    };
    let reasoning = if apart { Some(excess) } else { part(said) };
    let audio_out = part(audio_out);
    Usage {
        input,
        cache_read,
        cache_write,
        cache_write_1h: None,
        audio_in,
        image_in: None,
        output: left,
        reasoning,
        audio_out,
        image_out: None,
        reported: None,
        billed: None,
    }
}

/// What a `usage` object holds besides the counts read by [`read`]: costs, timings, counts of other kinds.
pub(crate) fn rest(usage: &Value) -> Map {
    let Some(object) = usage.as_object() else { return Map::new() };
    let mut rest = object.clone();
    for key in ["prompt_tokens", "completion_tokens", "total_tokens"] {
        rest.shift_remove(key);
    }
    for (group, known) in [
        ("prompt_tokens_details", &["cached_tokens", "audio_tokens", "cache_write_tokens"][..]),
        ("completion_tokens_details", &["reasoning_tokens", "audio_tokens"][..]),
    ] {
        let keep = rest.get_mut(group).and_then(Value::as_object_mut).is_some_and(|details| {
            details.retain(|key, _| !known.contains(&key.as_str()));
            !details.is_empty()
        });
        if !keep {
            rest.shift_remove(group);
        }
    }
    rest
}

/// Writes a `usage` object; `rest` is what [`rest`] kept.
pub(crate) fn write(usage: &Usage, rest: Option<&Map>) -> Value {
    let mut out = Map::new();
    out.insert("prompt_tokens".into(), json!(usage.prompt_total()));
    out.insert("completion_tokens".into(), json!(usage.output_total()));
    out.insert("total_tokens".into(), json!(usage.total()));
    let written = match (usage.cache_write, usage.cache_write_1h) {
        (None, None) => None,
        (short, long) => Some(short.unwrap_or(0).saturating_add(long.unwrap_or(0))),
    };
    let groups = [
        (
            "prompt_tokens_details",
            vec![
                ("cached_tokens", usage.cache_read),
                ("cache_write_tokens", written),
                ("audio_tokens", usage.audio_in),
            ],
        ),
        (
            "completion_tokens_details",
            vec![("reasoning_tokens", usage.reasoning), ("audio_tokens", usage.audio_out)],
        ),
    ];
    for (name, counts) in groups {
        let mut details: Map =
            counts.into_iter().filter_map(|(key, count)| Some((key.to_owned(), json!(count?)))).collect();
        if let Some(more) = rest.and_then(|rest| rest.get(name)).and_then(Value::as_object) {
            details.extend(more.clone());
        }
        if !details.is_empty() {
            out.insert(name.into(), Value::Object(details));
        }
    }
    for (key, value) in rest.into_iter().flatten() {
        out.entry(key).or_insert_with(|| value.clone());
    }
    Value::Object(out)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn again(usage: Value) -> Value {
        let read = read(usage.to_string().as_bytes()).unwrap();
        write(&read, Some(&rest(&usage)))
    }

    #[test]
    fn openai_numbers_come_out_as_they_went_in() {
        let usage = json!({
            "prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150,
            "prompt_tokens_details": {"cached_tokens": 60, "audio_tokens": 5, "text_tokens": 35},
            "completion_tokens_details": {"reasoning_tokens": 30, "audio_tokens": 2, "accepted_prediction_tokens": 0},
            "cost": 0.5,
        });
        assert_eq!(again(usage.clone()), usage);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn plain_counts_are_what_a_deserializer_makes_of_them(
            fields in vec((0..KEYS.len(), 0..VALUES.len()), 0..6),
            inner in vec((0..KEYS.len(), 0..VALUES.len()), 0..3),
        ) {
            let object = |fields: &[(usize, usize)], inner: &str| {
                let field = |(key, value): &(usize, usize)| {
                    format!("{} : {}", KEYS[*key], VALUES[*value].replace('@', inner))
                };
                format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(","))
            };
            let text = object(&fields, &object(&inner, "{}"));
            let slow = serde_json::from_slice::<Wire>(text.as_bytes());
            if let Some(plain) = plain_text(text.as_bytes()) {
                prop_assert_eq!(format!("{plain:?}"), slow.map_or_else(|e| e.to_string(), |w| format!("{w:?}")));
            }
        }
    }

    const KEYS: [&str; 9] = [
        r#""prompt_tokens""#,
        r#""prompt\u005ftokens""#,
        r#""completion_tokens""#,
        r#""cached_tokens""#,
        r#""reasoning_tokens""#,
        r#""prompt_tokens_details""#,
        r#""completion_tokens_details""#,
        r#""cost""#,
        r#""x""#,
    ];
    const VALUES: [&str; 8] = ["1", "0", "18446744073709551616", "-1", "1.5", "null", "@", "[]"];

    #[test]
    fn plain_counts_need_no_deserializer() {
        let usage = json!({
            "prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150, "prompt_tokens_details": {"x": [1]},
        });
        assert!(plain_text(usage.to_string().as_bytes()).is_some());
    }

    #[test]
    fn what_a_vendor_says_of_the_cost_is_read() {
        let read = |more: Value| {
            let mut usage = json!({"prompt_tokens": 9, "completion_tokens": 1});
            usage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            read(usage.to_string().as_bytes()).unwrap().reported
        };
        assert_eq!(read(json!({"cost": 0.003_414_75})), Some(3_414_750));
        assert_eq!(read(json!({"cost": {"total_cost": 0.006, "request_cost": 0.005}})), Some(6_000_000));
        assert_eq!(read(json!({"cost_in_usd_ticks": 1_176_501})), Some(117_651));
        // The fee alone is a twentieth of what it costs.
        let own = |more: Value| json!({"cost": 0.001, "is_byok": true, "cost_details": more});
        assert_eq!(read(own(json!({"upstream_inference_cost": 0.019}))), Some(20_000_000));
        let ours =
            json!({"cost": 0.001, "is_byok": false, "cost_details": {"upstream_inference_cost": 0.001}});
        assert_eq!(read(ours), Some(1_000_000));
        for nothing in [
            json!({}),
            own(json!({})),
            own(json!({"upstream_inference_cost": null})),
            json!({"cost": null}),
            json!({"cost": -1}),
            json!({"cost": "1"}),
            json!({"cost": {}}),
            json!({"cost_in_usd_ticks": 0}),
        ] {
            assert_eq!(read(nothing.clone()), None, "{nothing}");
        }
    }

    #[test]
    fn other_names_for_cached_tokens_are_known() {
        for key in
            ["prompt_cache_hit_tokens", "cached_tokens", "num_cached_tokens", "cache_read_input_tokens"]
        {
            let usage = json!({"prompt_tokens": 9, "completion_tokens": 1, "total_tokens": 10, key: 4});
            let read = read(usage.to_string().as_bytes()).unwrap();
            assert_eq!((read.input, read.cache_read), (5, Some(4)), "{key}");
        }
    }

    #[test]
    fn reasoning_left_out_of_the_completion_is_found_in_the_total() {
        let xai = json!({"prompt_tokens": 12, "completion_tokens": 1, "total_tokens": 241,
            "completion_tokens_details": {"reasoning_tokens": 228}});
        let usage = read(xai.to_string().as_bytes()).unwrap();
        assert_eq!((usage.output, usage.reasoning, usage.total()), (1, Some(228), 241));
        let google = json!({"prompt_tokens": 66, "completion_tokens": 6, "total_tokens": 100});
        assert_eq!(read(google.to_string().as_bytes()).unwrap().reasoning, Some(28));
    }

    #[test]
    fn details_larger_than_the_total_are_capped() {
        let odd = json!({"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5,
            "prompt_tokens_details": {"cached_tokens": 9},
            "completion_tokens_details": {"reasoning_tokens": 11}});
        let usage = read(odd.to_string().as_bytes()).unwrap();
        assert_eq!((usage.prompt_total(), usage.output_total()), (3, 2));
        assert_eq!(read(b"null"), None);
    }
}
