//! What the words of a refusal (429) tell about the limit that was reached.
//!
//! Vendors say it in prose (`on tokens per minute (TPM): Limit 6000, Used 5034, Requested 1443`), Google in the details of
//! its error. Prose changes: what is not understood tells nothing.

use serde_json::Value;

use super::{DAY, MINUTE, Measure, Window, wait};

/// The limits that a refusal says are used up: its message, and its whole body. A window whose end is not told has no
/// `reset`.
#[must_use]
pub fn read_refusal(message: &str, body: &[u8]) -> Vec<Window> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let body = body.get(0).unwrap_or(&body);
    let told = of_google(body.pointer("/error/details"));
    if told.is_empty() { of_prose(message).into_iter().collect() } else { told }
}

/// Google's `QuotaFailure` and `RetryInfo`.
fn of_google(details: Option<&Value>) -> Vec<Window> {
    let details = details.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let delay = details.iter().find_map(|d| wait::read(d.get("retryDelay")?.as_str()?, 0));
    let violations = details.iter().filter_map(|d| d.get("violations")?.as_array()).flatten();
    let window = |violation: &Value| {
        let id = violation.get("quotaId")?.as_str()?;
        let per = [("PerDay", DAY), ("PerMinute", MINUTE)].iter().find(|(word, _)| id.contains(word))?.1;
        let of = match () {
            () if id.contains("InputToken") => Measure::InputTokens,
            () if id.contains("Token") => Measure::Tokens,
            () if id.contains("Request") => Measure::Requests,
            () => return None,
        };
        let limit = violation.get("quotaValue").and_then(Value::as_str).and_then(|text| text.parse().ok());
        // The delay after a day's quota is what all errors say; the day ends when it ends.
        let reset = delay.filter(|_| per == MINUTE);
        Some(Window { of, per: Some(per), limit, remaining: Some(0), reset })
    };
    violations.filter_map(window).collect()
}

/// What is limited, by the words for it; the longer ones first.
const MEASURES: [(&str, Measure); 8] = [
    ("input tokens", Measure::InputTokens),
    ("prompt tokens", Measure::InputTokens),
    ("output tokens", Measure::OutputTokens),
    ("completion tokens", Measure::OutputTokens),
    ("tokens", Measure::Tokens),
    ("token", Measure::Tokens),
    ("request", Measure::Requests),
    ("calls", Measure::Requests),
];

/// `tokens per min (TPM): Limit 30000, Used 29937, Requested 385. Please try again in 644ms.`, `rate limit of 50,000 input
/// tokens per minute`, `limited to 10 API calls / minute`, `Tokens per day limit exceeded`.
fn of_prose(message: &str) -> Option<Window> {
    let text = message.to_ascii_lowercase();
    let (at, per) = [("min", MINUTE), ("day", DAY)].into_iter().find_map(|(unit, per)| {
        let at = ["per ", "/ ", "/"].iter().find_map(|by| text.find(&format!("{by}{unit}")));
        Some((at?, per))
    })?;
    // What is counted stands right before the time.
    let before = text.get(..at)?.trim_end();
    let (word, of) = MEASURES.iter().find(|(word, _)| {
        before.strip_suffix('s').unwrap_or(before).ends_with(word.strip_suffix('s').unwrap_or(word))
    })?;
    let counted = before.trim_end_matches('s').strip_suffix(word.trim_end_matches('s'))?;
    let after =
        |mark: &str| text.match_indices(mark).find_map(|(from, _)| number(text.get(from + mark.len()..)?));
    let limit = after("limit ").or_else(|| {
        // `of 50,000 input tokens`, `to 10 api calls`.
        let words: Vec<&str> = counted.split_ascii_whitespace().rev().take(2).collect();
        words.iter().find_map(|word| number(word))
    });
    let left = limit.zip(after("used ")).map_or(0, |(limit, used)| limit.saturating_sub(used));
    let reset = ["try again in ", "retry in ", "retry after "].iter().find_map(|mark| {
        let rest = text.split_once(mark)?.1;
        wait::read(rest.split_ascii_whitespace().next()?.trim_end_matches(['.', ',']), 0)
    });
    Some(Window { of: *of, per: Some(per), limit, remaining: Some(left), reset })
}

/// The number that a text begins with; commas part its thousands.
fn number(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != ',').unwrap_or(text.len());
    text.get(..end)?.replace(',', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn window(of: Measure, per: Duration, limit: Option<u64>, left: u64, reset_ms: Option<u64>) -> Window {
        let reset = reset_ms.map(Duration::from_millis);
        Window { of, per: Some(per), limit, remaining: Some(left), reset }
    }

    #[test]
    fn prose() {
        use Measure::{InputTokens, Requests, Tokens};
        for (text, wanted) in [
            // errors_in_the_wild.json, groq and openai.
            (
                "Rate limit reached for model `M` in organization `org_x` service tier `on_demand` on tokens per minute (TPM): Limit 6000, Used 5034, Requested 1443. Please try again in 4.77s.",
                window(Tokens, MINUTE, Some(6000), 966, Some(4770)),
            ),
            (
                "Rate limit reached for gpt-4o in organization org-x on tokens per min (TPM): Limit 30000, Used 29937, Requested 385. Please try again in 644ms.",
                window(Tokens, MINUTE, Some(30_000), 63, Some(644)),
            ),
            (
                "Rate limit reached for gpt-4o in organization org-x on requests per day (RPD): Limit 200, Used 200, Requested 1. Please try again in 7m12s.",
                window(Requests, DAY, Some(200), 0, Some(432_000)),
            ),
            (
                "Rate limit reached for M on tokens per day (TPD): Limit 100000, Used 100,100, Requested 5. Please try again in 1h2m3.5s.",
                window(Tokens, DAY, Some(100_000), 0, Some(3_723_500)),
            ),
            (
                "This request would exceed your organization's rate limit of 50,000 input tokens per minute.",
                window(InputTokens, MINUTE, Some(50_000), 0, None),
            ),
            (
                "You are using a Trial key, which is limited to 10 API calls / minute.",
                window(Requests, MINUTE, Some(10), 0, None),
            ),
            (
                "Tokens per day limit exceeded - too many tokens processed.",
                window(Tokens, DAY, None, 0, None),
            ),
            ("Requests per minute limit exceeded", window(Requests, MINUTE, None, 0, None)),
        ] {
            assert_eq!(read_refusal(text, b""), [wanted], "{text}");
        }
    }

    #[test]
    fn what_is_not_understood_tells_nothing() {
        for text in [
            "",
            "Too many requests",
            "per minute",
            "Your requests to grok in westeurope have exceeded rate limit.",
            "Provider returned error",
            "limited to 1000 API calls / month",
            "é per day ünd",
        ] {
            assert_eq!(read_refusal(text, b"{}"), [], "{text}");
        }
    }

    /// Recording gemini/gemini_generate__error_429__01, and the quota of a day from errors_in_the_wild.json.
    #[test]
    fn googles_details() {
        let body = |id: &str, value: &str, array: bool| {
            let error = format!(
                r#"{{"error": {{"code": 429, "details": [{{"violations": [{{"quotaId": "{id}"{value}}}]}}, {{"retryDelay": "48s"}}]}}}}"#
            );
            let body = if array { format!("[{error}]") } else { error };
            read_refusal("You exceeded your current quota", body.as_bytes())
        };
        let minute = body(
            "GenerateContentPaidTierInputTokensPerModelPerMinute",
            r#", "quotaValue": "1000000""#,
            false,
        );
        assert_eq!(minute, [window(Measure::InputTokens, MINUTE, Some(1_000_000), 0, Some(48_000))]);
        let day = body("GenerateRequestsPerDayPerProjectPerModel-FreeTier", "", true);
        assert_eq!(day, [window(Measure::Requests, DAY, None, 0, None)]);
        assert_eq!(body("Unheard", "", false), []);
    }
}
