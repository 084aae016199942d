//! Where the parameters that every vendor has stand in each dialect. They are configured by OpenAI's names and so mean the
//! same in whatever dialect a deployment is asked.

use serde_json::{Value, json};
use wye_types::DialectId;

/// Names, and where they stand in `openai_chat`, `openai_responses`, `anthropic_messages`, `gemini`, `cohere`, `ollama`
/// and `bedrock_converse`. Nothing where the dialect cannot say it.
type Row = (&'static [&'static str], [&'static str; 7]);

const ROWS: [Row; 11] = [
    (
        &["temperature"],
        [
            "temperature",
            "temperature",
            "temperature",
            "generationConfig.temperature",
            "temperature",
            "options.temperature",
            "inferenceConfig.temperature",
        ],
    ),
    (
        &["top_p"],
        ["top_p", "top_p", "top_p", "generationConfig.topP", "p", "options.top_p", "inferenceConfig.topP"],
    ),
    (&["top_k"], ["top_k", "", "top_k", "generationConfig.topK", "k", "options.top_k", ""]),
    (
        &["stop"],
        [
            "stop",
            "",
            "stop_sequences",
            "generationConfig.stopSequences",
            "stop_sequences",
            "options.stop",
            "inferenceConfig.stopSequences",
        ],
    ),
    (&["seed"], ["seed", "", "", "generationConfig.seed", "seed", "options.seed", ""]),
    (
        &["presence_penalty"],
        [
            "presence_penalty",
            "",
            "",
            "generationConfig.presencePenalty",
            "presence_penalty",
            "options.presence_penalty",
            "",
        ],
    ),
    (
        &["frequency_penalty"],
        [
            "frequency_penalty",
            "",
            "",
            "generationConfig.frequencyPenalty",
            "frequency_penalty",
            "options.frequency_penalty",
            "",
        ],
    ),
    (&["n"], ["n", "", "", "generationConfig.candidateCount", "", "", ""]),
    (&["logit_bias"], ["logit_bias", "", "", "", "", "", ""]),
    (&["reasoning_effort"], ["reasoning_effort", "reasoning.effort", "", "", "", "", ""]),
    (
        &["max_tokens", "max_completion_tokens", "max_output_tokens"],
        [
            "max_tokens",
            "max_output_tokens",
            "max_tokens",
            "generationConfig.maxOutputTokens",
            "max_tokens",
            "options.num_predict",
            "inferenceConfig.maxTokens",
        ],
    ),
];

/// The column of a dialect.
const fn column(dialect: DialectId) -> usize {
    match dialect {
        DialectId::OpenAiChat | DialectId::OpenAiCompletions => 0,
        DialectId::OpenAiResponses => 1,
        DialectId::AnthropicMessages => 2,
        DialectId::Gemini => 3,
        DialectId::Cohere => 4,
        DialectId::Ollama => 5,
        DialectId::BedrockConverse => 6,
    }
}

/// The words that a provider is asked in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// The dialect.
    pub dialect: DialectId,
    /// What the provider calls the output limit in `openai_chat`.
    pub max_tokens_key: &'static str,
}

/// Where a parameter stands; `None` if the dialect cannot say it. Other names stand where they say, with a dot between a
/// field and one inside it. Without words all do.
pub(super) fn path(name: &str, words: Option<Words>) -> Option<Vec<String>> {
    let row = ROWS.iter().find(|(names, _)| names.contains(&name));
    let place = match (row, words) {
        (Some(([_, _, ..], _)), Some(Words { dialect: DialectId::OpenAiChat, max_tokens_key })) => {
            max_tokens_key
        }
        (Some((_, places)), Some(words)) => places.get(column(words.dialect)).copied().unwrap_or_default(),
        _ => name,
    };
    (!place.is_empty()).then(|| place.split('.').map(str::to_owned).collect())
}

/// Where the output limit stands.
pub(super) fn output_limit(words: Words) -> Vec<String> {
    path("max_tokens", Some(words)).unwrap_or_default()
}

/// A value as a dialect has it: only OpenAI takes a single text where others want a list of them.
pub(super) fn value(name: &str, value: &Value, words: Option<Words>) -> Value {
    let elsewhere = words.is_some_and(|words| column(words.dialect) > 1);
    if elsewhere && name == "stop" && value.is_string() { json!([value]) } else { value.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_stands_where_the_dialect_has_it() {
        use DialectId::{Cohere, Gemini, Ollama, OpenAiChat, OpenAiCompletions, OpenAiResponses};
        let words = |dialect| Some(Words { dialect, max_tokens_key: "max_completion_tokens" });
        for (name, dialect, expected) in [
            ("temperature", Gemini, Some("generationConfig.temperature")),
            ("top_p", Cohere, Some("p")),
            ("max_tokens", OpenAiChat, Some("max_completion_tokens")),
            ("max_completion_tokens", OpenAiCompletions, Some("max_tokens")),
            ("max_tokens", OpenAiResponses, Some("max_output_tokens")),
            ("max_tokens", Ollama, Some("options.num_predict")),
            ("seed", OpenAiResponses, None),
            ("thinking.type", OpenAiChat, Some("thinking.type")),
            ("safetySettings", Gemini, Some("safetySettings")),
        ] {
            let found = path(name, words(dialect)).map(|path| path.join("."));
            assert_eq!(found.as_deref(), expected, "{name} in {dialect}");
        }
        assert_eq!(path("max_completion_tokens", None), Some(vec!["max_completion_tokens".to_owned()]));
        assert_eq!(value("stop", &json!("x"), words(Gemini)), json!(["x"]));
        assert_eq!(value("stop", &json!("x"), words(OpenAiChat)), json!("x"));
    }
}
