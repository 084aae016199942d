//! Names of models, and the tokenisers behind them.

use super::*;

#[test]
fn families_are_known_by_the_names_of_models() {
    for (family, names) in [
        (
            Family::O200k,
            &["gpt-4o", "gpt-4.1-mini", "openai/gpt-5.2", "gpt-oss-120b", "o3-mini", "chatgpt-4o-latest"][..],
        ),
        (
            Family::Cl100k,
            &["gpt-4", "gpt-4-turbo", "gpt-3.5-turbo-0125", "gpt-4-0613", "text-embedding-3-small", "phi-4"],
        ),
        (
            Family::Claude,
            &[
                "claude-3-5-sonnet-20241022",
                "claude-sonnet-4-20250514",
                "anthropic.claude-3-haiku-20240307-v1:0",
                "claude-haiku-4-5",
                "anthropic/claude-opus-4.6",
                "claude-2.1",
                "claude-instant-1.2",
                "claude-3-opus-latest",
            ],
        ),
        (
            Family::Claude47,
            &["claude-opus-4-7", "claude-opus-4.8", "claude-sonnet-5", "claude-opus-5-5", "claude-fable"],
        ),
        (Family::Gemini, &["gemini-2.5-flash", "google/gemma-3-27b-it", "models/gemini-3-pro-preview"]),
        (
            Family::Llama,
            &[
                "llama-3.3-70b-versatile",
                "meta-llama/Llama-4-Scout-17B",
                "llama3.1:8b",
                "deepseek-r1-distill-llama-70b",
            ],
        ),
        (
            Family::Tekken,
            &["mistral-large-latest", "open-mistral-nemo", "codestral-2508", "pixtral-12b-2409"],
        ),
        (Family::Spm32k, &["mistral-7b-instruct", "open-mixtral-8x7b", "llama2:13b", "Mixtral-8x22B"]),
        (
            Family::Qwen,
            &[
                "qwen-max",
                "Qwen/Qwen3-235B-A22B",
                "qwen2.5-coder:32b",
                "deepseek-r1-distill-qwen-32b",
                "qwq-32b",
            ],
        ),
        (Family::Qwen35, &["qwen3.5-plus", "Qwen/Qwen3.6-27B"]),
        (Family::DeepSeek, &["deepseek-chat", "deepseek-ai/DeepSeek-V3.1", "deepseek-r1:free"]),
        (Family::Glm, &["glm-4.6", "zai-org/GLM-4.5-Air"]),
        (Family::Kimi, &["kimi-k2-0905-preview", "moonshotai/Kimi-K2-Instruct"]),
        (Family::Generic, &["", "auto", "command-r-plus", "grok-4", "wye/fast", "o", "olo1x"]),
    ] {
        for name in names {
            assert_eq!(Family::of(name), family, "{name}");
        }
    }
}

#[test]
fn the_table_of_coefficients_is_in_this_order() {
    for (at, family) in Family::ALL.into_iter().enumerate() {
        assert_eq!(family as usize, at);
    }
}
