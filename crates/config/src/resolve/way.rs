//! What a route says beside its strategy. The checker has seen to it that each value fits.

use wye_profile::Category;

use crate::node::Node;
use crate::{
    Affinity, AffinityConfig, FilterConfig, HedgeConfig, HedgeMode, MaxPrice, ProfileConfig, ValidateConfig,
};

use super::{flag, set, texts, wait, whole};

/// The share of requests that is copied where nothing is said.
const MIRRORED: f64 = 0.1;

/// Dollars per million tokens are micro-dollars per token; prices are counted in pico-dollars.
const PICO: u32 = 6;

pub(super) fn filter(of: &Node) -> FilterConfig {
    let mut filter = FilterConfig::default();
    let Some(node) = of.get("filter") else { return filter };
    set(&mut filter.context_margin, node.get("context_margin").and_then(Node::float));
    set(&mut filter.free_only, flag(node, "free_only"));
    filter.max_latency = wait(node, "max_latency");
    let price = |key: &str| node.get("max_price")?.get(key)?.dollars(PICO);
    filter.max_price = MaxPrice { input: price("input"), output: price("output") };
    filter
}

pub(super) fn hedge(of: &Node) -> HedgeConfig {
    let mut hedge = HedgeConfig::default();
    let Some(node) = of.get("hedge") else { return hedge };
    set(&mut hedge.contenders, whole(node, "contenders").and_then(|n| usize::try_from(n).ok()));
    hedge.mode = match node.get("mode").and_then(Node::text) {
        Some("race") => HedgeMode::Race,
        _ => HedgeMode::Adaptive,
    };
    set(&mut hedge.budget, node.get("budget").and_then(Node::share));
    set(&mut hedge.percentile, whole(node, "percentile").and_then(|n| u8::try_from(n).ok()));
    hedge
}

pub(super) fn affinity(of: &Node) -> AffinityConfig {
    let mut affinity = AffinityConfig::default();
    let Some(node) = of.get("affinity") else { return affinity };
    affinity.by = match node.get("by").and_then(Node::text) {
        Some("off") => Affinity::Off,
        Some("header") => Affinity::Header,
        Some("prompt") => Affinity::Prompt,
        _ => Affinity::Auto,
    };
    set(&mut affinity.idle, wait(node, "idle"));
    set(&mut affinity.switch_cost, node.get("switch_cost").and_then(Node::share));
    affinity
}

pub(super) fn profile(of: &Node) -> ProfileConfig {
    let mut profile = ProfileConfig::default();
    let Some(node) = of.get("profile") else { return profile };
    set(&mut profile.min_difficulty, node.get("min_difficulty").and_then(Node::share));
    let words = |category: Category| Some((category, texts(node.get("words")?.get(category.name())?)));
    let said = Category::ALL.into_iter().filter_map(words);
    profile.words = said.filter(|(_, words)| !words.is_empty()).collect();
    profile
}

/// The share of requests that is copied.
pub(super) fn mirrored(of: &Node) -> f64 {
    of.get("mirror").and_then(|node| node.get("share")?.share()).unwrap_or(MIRRORED)
}

pub(super) fn validate(of: &Node) -> ValidateConfig {
    let Some(node) = of.get("validate") else { return ValidateConfig::default() };
    let is = |key: &str| flag(node, key).unwrap_or(false);
    ValidateConfig {
        refusal: is("refusal"),
        tool_text: is("tool_text"),
        json: is("json"),
        language: is("language"),
    }
}
