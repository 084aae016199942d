//! Lists as vendors answer them, row by row, and what is no list.

use serde_json::json;

use super::*;
use crate::{PROVIDERS, find};

fn read_one(list: List, row: &Value) -> Listed {
    let bytes = json!({"data": [row]}).to_string();
    read_list(list, true, bytes.as_bytes()).unwrap().pop().unwrap()
}

fn price(input: u64, output: u64) -> Price {
    Price { input: Some(input), output: Some(output), ..Price::default() }
}

#[test]
fn what_vendors_add_to_openais_list_is_read() {
    // <https://openrouter.ai/docs/models>.
    let openrouter = json!({"id": "google/gemini-2.5-pro", "name": "Google: Gemini 2.5 Pro", "context_length": 1_048_576,
        "architecture": {"input_modalities": ["text", "image", "file", "audio"], "output_modalities": ["text"]},
        "pricing": {"prompt": "0.00000125", "completion": "0.00001", "input_cache_read": "0.00000031", "internal_reasoning": "0"},
        "top_provider": {"max_completion_tokens": 65_536}, "supported_parameters": ["tools", "reasoning", "structured_outputs"]});
    let read = read_one(List::Common(Unit::Token), &openrouter);
    assert_eq!(read.title.as_deref(), Some("Google: Gemini 2.5 Pro"));
    assert_eq!((read.kind, read.context, read.output), (Some(Kind::Chat), Some(1_048_576), Some(65_536)));
    assert_eq!(read.price, Some(Price { cache_read: Some(310_000), ..price(1_250_000, 10_000_000) }));
    let caps = Caps {
        tools: Some(true),
        vision: Some(true),
        audio_in: Some(true),
        audio_out: Some(false),
        image_out: Some(false),
        documents: Some(true),
        reasoning: Some(true),
        structured: Some(true),
    };
    assert_eq!(read.caps, caps);

    // Together: an array, dollars per million.
    let together = json!([{"id": "a/b", "type": "chat", "context_length": 32_768, "pricing": {"input": 0.18, "output": 0.59, "hourly": 0}},
        {"id": "c/d", "type": "rerank", "pricing": {"input": 0, "output": 0, "hourly": 2.5}}]);
    let read = read_list(List::Common(Unit::Million), true, together.to_string().as_bytes()).unwrap();
    assert_eq!(read[0].price, Some(price(180_000, 590_000)));
    assert_eq!(
        (read[1].kind, read[1].price),
        (Some(Kind::Rerank), None),
        "what is paid by the hour is not free"
    );

    // Recording mistral/models__models__01.
    let mistral = json!({"id": "m", "capabilities": {"completion_chat": true, "function_calling": true, "vision": false},
        "max_context_length": 131_072});
    let read = read_one(List::Common(Unit::None), &mistral);
    assert_eq!((read.caps.tools, read.caps.vision, read.context), (Some(true), Some(false), Some(131_072)));

    // <https://docs.github.com/rest/models/catalog>.
    let github = json!({"id": "openai/gpt-4.1", "name": "OpenAI GPT-4.1", "capabilities": ["streaming", "tool-calling"],
        "limits": {"max_input_tokens": 1_048_576, "max_output_tokens": 32_768},
        "supported_input_modalities": ["text", "image", "audio"], "supported_output_modalities": ["text"]});
    let read = read_one(List::Common(Unit::None), &github);
    assert_eq!((read.context, read.output), (Some(1_048_576), Some(32_768)));
    assert_eq!((read.caps.tools, read.caps.vision, read.caps.reasoning), (Some(true), Some(true), None));
}

#[test]
fn other_forms_are_read() {
    let cohere =
        json!({"name": "rerank-v3.5", "endpoints": ["rerank"], "context_length": 4096, "features": null});
    let read = read_one(List::Cohere, &cohere);
    assert_eq!((read.kind, read.context), (Some(Kind::Rerank), Some(4096)));
    let cohere = json!({"name": "command-a-03-2025", "endpoints": ["chat"], "features": ["json_schema", "tools"], "supports_vision": false});
    let caps = read_one(List::Cohere, &cohere).caps;
    assert_eq!(
        (caps.tools, caps.structured, caps.vision, caps.reasoning),
        (Some(true), Some(true), Some(false), Some(false))
    );

    let cloudflare = json!({"name": "@cf/meta/llama-3.1-8b-instruct", "task": {"name": "Text Generation"}, "properties": [
        {"property_id": "context_window", "value": "7968"}, {"property_id": "function_calling", "value": "true"},
        {"property_id": "price", "value": [{"unit": "per M input tokens", "price": 0.28, "currency": "USD"},
            {"unit": "per M output tokens", "price": 0.83, "currency": "USD"}]}]});
    let read = read_one(List::Cloudflare, &cloudflare);
    assert_eq!((read.kind, read.context, read.caps.tools), (Some(Kind::Chat), Some(7968), Some(true)));
    assert_eq!(read.price, Some(price(280_000, 830_000)));

    let huggingface = json!({"id": "a/b", "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]}, "providers": [
        {"provider": "x", "status": "live", "context_length": 8192, "supports_tools": false, "pricing": {"input": 0.1, "output": 0.3}},
        {"provider": "y", "status": "live", "context_length": 131_072, "supports_tools": true, "pricing": {"input": 0.2, "output": 0.25}},
        {"provider": "z", "status": "error", "pricing": {"input": 9, "output": 9}}]});
    let read = read_one(List::HuggingFace, &huggingface);
    assert_eq!(
        (read.context, read.caps.tools, read.price),
        (Some(131_072), Some(true), Some(price(200_000, 300_000)))
    );

    let deepinfra = json!({"id": "a/b", "metadata": {"context_length": 1024, "max_tokens": 512, "tags": ["text-generation", "vision"],
        "pricing": {"input_tokens": 0.03, "output_tokens": 0.05, "cache_read_tokens": 0.01}}});
    let read = read_one(List::DeepInfra, &deepinfra);
    assert_eq!(read.price, Some(Price { cache_read: Some(10_000), ..price(30_000, 50_000) }));
    assert_eq!(read_one(List::DeepInfra, &json!({"id": "x", "metadata": null})).price, None);

    let xai = json!({"id": "grok-4", "input_modalities": ["text", "image"], "output_modalities": ["text"],
        "prompt_text_token_price": 30_000, "cached_prompt_text_token_price": 7500, "completion_text_token_price": 150_000});
    let read = read_one(List::Xai, &xai);
    assert_eq!(read.price, Some(Price { cache_read: Some(750_000), ..price(3_000_000, 15_000_000) }));

    let venice = json!({"id": "v", "type": "text", "model_spec": {"availableContextTokens": 32_768,
        "capabilities": {"supportsVision": true}, "pricing": {"input": {"usd": 0.5}, "output": {"usd": 2}}}});
    let read = read_one(List::Venice, &venice);
    assert_eq!(
        (read.context, read.caps.vision, read.price),
        (Some(32_768), Some(true), Some(price(500_000, 2_000_000)))
    );

    let ollama = json!({"models": [{"name": "nomic-embed-text:latest", "model": "nomic-embed-text:latest", "details": {"family": "nomic-bert"}},
        {"name": "qwen2.5vl:7b", "details": {"family": "qwen25vl"}}]});
    let read = read_list(List::Ollama, true, ollama.to_string().as_bytes()).unwrap();
    assert_eq!((read[0].kind, read[1].kind), (Some(Kind::Embeddings), Some(Kind::Chat)));
}

#[test]
fn a_price_that_is_no_price_is_unknown() {
    for pricing in [
        json!({"prompt": "-1", "completion": "-1"}),
        json!({"prompt": "0.1"}),
        json!({"prompt": "0", "completion": "soon"}),
        json!(null),
    ] {
        let read = read_one(List::Common(Unit::Token), &json!({"id": "m", "pricing": pricing}));
        assert_eq!(read.price, None, "{pricing}");
    }
    let free = json!({"id": "m:free", "pricing": {"prompt": "0", "completion": "0"}});
    assert_eq!(read_one(List::Common(Unit::Token), &free).price, Some(price(0, 0)));
}

#[test]
fn lists_that_are_none_are_refused_and_rows_that_are_none_left_out() {
    for bytes in [&b"<html>"[..], b"{}", b"{\"data\": 7}", b"\"x\"", b"", b"\xff"] {
        assert!(read_list(List::Common(Unit::None), true, bytes).is_err());
    }
    let odd = json!({"data": [7, null, {}, {"id": ""}, {"id": "a", "context_length": -5, "pricing": []}, "b", {"id": "a"}]});
    let read = read_list(List::Common(Unit::Token), true, odd.to_string().as_bytes()).unwrap();
    let ids: Vec<&str> = read.iter().map(|m| m.id.as_str()).collect();
    assert_eq!(ids, ["a", "b"]);
    assert_eq!(read[0].context, None);
    let many = |n: usize| json!((0..n).map(|i| format!("m{i}")).collect::<Vec<_>>()).to_string();
    assert_eq!(read_list(List::Common(Unit::None), true, many(10_000).as_bytes()).unwrap().len(), 10_000);
    assert!(read_list(List::Common(Unit::None), true, many(MOST + 1).as_bytes()).is_err());
}

#[test]
fn names_come_after_metadata() {
    let says_no = json!({"id": "qwen2-vl", "architecture": {"input_modalities": ["text"]}});
    assert_eq!(read_one(List::Common(Unit::None), &says_no).caps.vision, Some(false));
    assert_eq!(read_one(List::Common(Unit::None), &json!({"id": "qwen2-vl"})).caps.vision, Some(true));
    assert_eq!(
        read_one(List::Common(Unit::None), &json!({"id": "whisper-1"})).kind,
        Some(Kind::Transcriptions)
    );
}

#[test]
fn every_list_has_an_address() {
    for provider in PROVIDERS {
        let url = provider.models_url(provider.base_url);
        assert_eq!(url.is_some(), matches!(provider.models, Models::Listed { .. }), "{}", provider.id);
        assert!(url.is_none_or(|url| url.starts_with("http")));
    }
    let url = |id: &str, base: &str| find(id).unwrap().models_url(base);
    assert_eq!(url("groq", "http://proxy/v1").as_deref(), Some("http://proxy/v1/models"));
    assert_eq!(url("anthropic", "http://a/v1").as_deref(), Some("http://a/v1/models?limit=1000"));
    assert_eq!(url("azure", "https://a/deployments/{model}?api-version=1"), None);
}
