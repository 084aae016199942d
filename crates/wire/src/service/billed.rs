//! What the `usage` of pictures, sound and transcripts says, in every vendor's words.

use serde_json::Value;
use wye_types::Usage;
use wye_types::usage::{Ledger, Units};

/// What an output without details consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Makes {
    Text,
    Images,
    Sound,
}

/// Reads a `usage` object. `units` is what is known from elsewhere.
pub(super) fn ledger(usage: &Value, makes: Makes, units: Units) -> Ledger {
    let number = |names: &[&str]| names.iter().find_map(|name| usage.get(name)?.as_u64());
    let detail =
        |names: &[&str], what: &str| names.iter().find_map(|name| usage.get(name)?.get(what)?.as_u64());
    let input_of = ["input_tokens_details", "input_token_details", "prompt_tokens_details"];
    let output_of = ["output_tokens_details", "output_token_details", "completion_tokens_details"];
    let output = number(&["output_tokens", "completion_tokens"]).unwrap_or(0);
    let mut input = number(&["input_tokens", "prompt_tokens"])
        .unwrap_or_else(|| number(&["total_tokens"]).unwrap_or(0).saturating_sub(output));
    // Each part is taken out of the sum, which is what keeps a token from counting twice.
    let mut apart = |what: &str| {
        let part = detail(&input_of, what).map(|part| part.min(input));
        input -= part.unwrap_or(0);
        part
    };
    let cache_read = apart("cached_tokens");
    let (audio_in, image_in) = (apart("audio_tokens"), apart("image_tokens"));
    // Mistral counts a recording's tokens in the sum alone.
    let heard = number(&["prompt_audio_seconds"]).and_then(|_| {
        number(&["total_tokens"])?.checked_sub(number(&["prompt_tokens"])?)?.checked_sub(output)
    });
    let whole = |made: Makes| (makes == made && output > 0).then_some(output);
    let image_out = detail(&output_of, "image_tokens").or_else(|| whole(Makes::Images));
    let audio_out = detail(&output_of, "audio_tokens").or_else(|| whole(Makes::Sound));
    let apart = image_out.unwrap_or(0).saturating_add(audio_out.unwrap_or(0));
    Ledger {
        tokens: Usage {
            input,
            cache_read,
            audio_in: audio_in.or(heard),
            image_in,
            output: output.saturating_sub(apart),
            audio_out,
            image_out,
            ..Usage::default()
        },
        units: Units { heard_ms: heard_ms(usage).or(units.heard_ms), ..units },
        reported: reported(usage),
    }
}

/// How long the sound was that was heard.
fn heard_ms(usage: &Value) -> Option<u64> {
    ["seconds", "prompt_audio_seconds"].iter().find_map(|name| milliseconds(usage.get(name)?))
}

/// Seconds, be they a number or a text of one, in milliseconds.
pub(super) fn milliseconds(seconds: &Value) -> Option<u64> {
    let seconds = seconds.as_f64().or_else(|| seconds.as_str()?.parse().ok())?;
    thousandths(seconds, 1e3)
}

/// What the vendor says that the call cost, in nano-dollars: `cost` in dollars, or xAI's ticks, of which ten make one.
fn reported(usage: &Value) -> Option<u64> {
    if let Some(ticks) = usage.get("cost_in_usd_ticks").and_then(Value::as_u64) {
        return Some(ticks / 10);
    }
    thousandths(usage.get("cost")?.as_f64()?, 1e9)
}

/// A number that many times as large, rounded; nothing if it is negative or absurd.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within bounds that are checked")]
fn thousandths(number: f64, times: f64) -> Option<u64> {
    let scaled = (number * times).round();
    (scaled.is_finite() && (0.0..=9e15).contains(&scaled)).then_some(scaled as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn vendors_count_no_token_twice() {
        // OpenAI's gpt-image-1.5: text and picture in, picture and text out.
        let told = ledger(
            &json!({"input_tokens": 50, "input_tokens_details": {"text_tokens": 10, "image_tokens": 40},
                "output_tokens": 120, "output_tokens_details": {"image_tokens": 100, "text_tokens": 20},
                "total_tokens": 170}),
            Makes::Images,
            Units { images: Some(1), ..Units::default() },
        );
        assert_eq!((told.tokens.input, told.tokens.image_in), (10, Some(40)));
        assert_eq!((told.tokens.output, told.tokens.image_out), (20, Some(100)));
        assert_eq!((told.tokens.total(), told.units.images), (170, Some(1)));
        // gpt-image-1 tells no details of what it makes.
        let told = ledger(&json!({"input_tokens": 5, "output_tokens": 9}), Makes::Images, Units::default());
        assert_eq!((told.tokens.output, told.tokens.image_out), (0, Some(9)));
        // gpt-4o-transcribe.
        let told = ledger(
            &json!({"type": "tokens", "input_tokens": 14, "input_token_details": {"text_tokens": 4,
                "audio_tokens": 10}, "output_tokens": 45, "total_tokens": 59}),
            Makes::Text,
            Units::default(),
        );
        assert_eq!((told.tokens.input, told.tokens.audio_in, told.tokens.output), (4, Some(10), 45));
        // whisper-1, recording openai/audio_transcriptions__01; openrouter's; mistral's; xai's pictures.
        let told = ledger(&json!({"type": "duration", "seconds": 7}), Makes::Text, Units::default());
        assert_eq!((told.units.heard_ms, told.tokens), (Some(7000), Usage::default()));
        let told = ledger(&json!({"cost": 0.0006, "seconds": 6}), Makes::Text, Units::default());
        assert_eq!((told.units.heard_ms, told.reported), (Some(6000), Some(600_000)));
        let told = ledger(
            &json!({"prompt_audio_seconds": 316, "prompt_tokens": 4, "total_tokens": 5202,
                "completion_tokens": 1073}),
            Makes::Text,
            Units::default(),
        );
        assert_eq!((told.tokens.total(), told.tokens.audio_in), (5202, Some(4125)));
        assert_eq!(told.units.heard_ms, Some(316_000));
        let told = ledger(&json!({"cost_in_usd_ticks": 200_000_000}), Makes::Images, Units::default());
        assert_eq!(told.reported, Some(20_000_000), "two cents");
        // What does not add up stays within its sum.
        let odd = json!({"input_tokens": 3, "input_tokens_details": {"cached_tokens": 9, "image_tokens": 9}});
        assert_eq!(ledger(&odd, Makes::Images, Units::default()).tokens.total(), 3);
    }
}
