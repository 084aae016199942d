//! A deployment, as descriptions ask about it.

use wye_catalog::Kind;
use wye_pipeline::live::Target;
use wye_profile::Category;
use wye_routing::selector::{Key, Selected, is_like};
use wye_routing::strategy::Size;

/// Pico-dollars a token in one dollar a million tokens.
const DOLLAR_A_MILLION: f64 = 1e6;

/// Whether a deployment chats. Of models that nobody knows, names tell those that do not.
pub(super) fn chats(target: &Target) -> bool {
    if let Some(facts) = target.known.facts.as_deref() {
        return facts.kind == Kind::Chat;
    }
    const OTHERS: [&str; 9] =
        ["embed", "rerank", "whisper", "tts", "moderation", "transcribe", "dall-e", "guard", "speech"];
    let model = target.deployment.model.to_ascii_lowercase();
    OTHERS.iter().all(|other| !model.contains(other))
}

/// A deployment.
pub(super) struct Of<'a>(pub(super) &'a Target);

impl Selected for Of<'_> {
    fn has_word(&self, key: Key, word: &str) -> Option<bool> {
        let Self(target) = self;
        match key {
            Key::Provider => Some(is_like(&target.deployment.provider.to_ascii_lowercase(), word)),
            Key::Model => {
                let name = target.deployment.model.to_ascii_lowercase();
                let bare = name.rsplit('/').next().unwrap_or(&name);
                Some(is_like(&name, word) || is_like(bare, word))
            }
            Key::Tier => match target.able.size {
                Size::Unknown => None,
                Size::Small => Some(word == "small"),
                Size::Medium => Some(word == "medium"),
                Size::Large => Some(word == "large"),
                Size::XLarge => Some(word == "xlarge"),
            },
            Key::Category => {
                let report = target.known.report.as_deref()?;
                report.passed(Category::from_name(word)?)
            }
            _ => None,
        }
    }

    fn is(&self, key: Key) -> Option<bool> {
        let Self(target) = self;
        match key {
            Key::Free => Some(target.known.free.is_some()),
            Key::Local => Some(target.endpoint.local),
            Key::Tools => target.able.tools,
            Key::Vision => target.able.sees,
            Key::Audio => target.able.hears,
            Key::Reasoning => target.able.thinks,
            Key::Json => target.able.schema,
            _ => None,
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "compared with round numbers")]
    fn number(&self, key: Key) -> Option<f64> {
        let Self(target) = self;
        match key {
            Key::Context => target.context.map(|tokens| tokens as f64),
            Key::Output => target.known.output_limit.map(|tokens| tokens as f64),
            Key::PriceIn => target.able.price.map(|(input, _)| input as f64 / DOLLAR_A_MILLION),
            Key::PriceOut => target.able.price.map(|(_, output)| output as f64 / DOLLAR_A_MILLION),
            Key::Grade => {
                let overall = target.known.report.as_deref()?.overall()?;
                Some(f64::from(overall) * 100.0)
            }
            _ => None,
        }
    }
}
