//! How requests are shaped, in the pipeline's words.

use std::sync::Arc;
use std::time::Duration;

use wye_config::{ImagesConfig, OnLoss, ProviderConfig, RouteConfig, Shape};
use wye_pipeline::fetch::{Allowed, FetchConfig, Fetcher, SystemResolver};
use wye_pipeline::free;
use wye_pipeline::live::{Policy, Route, Target};
use wye_pipeline::shape::{
    Able, Describing, Descriptions, Layer, MaxOutput, PROMPT, Shapes, SystemPrompt, Words,
};
use wye_types::DeploymentId;

/// The longest time for a description, all describers together.
const PATIENCE: Duration = Duration::from_secs(60);

/// One layer of it.
pub(crate) fn layer(shape: &Shape) -> Layer {
    let Shape { max_output, system, .. } = shape;
    Layer {
        default_params: shape.default_params.clone(),
        forced_params: shape.forced_params.clone(),
        drop_params: shape.drop_params.clone(),
        unsupported_params: shape.unsupported_params.clone(),
        refuse_unsupported: shape.on_unsupported.map(|what| what == OnLoss::Refuse),
        max_output: MaxOutput { default: max_output.default, cap: max_output.cap },
        system: SystemPrompt {
            prepend: system.prepend.clone(),
            append: system.append.clone(),
            replace: system.replace.clone(),
        },
        inline_images: shape.inline_images,
        able: Able {
            sees: shape.able.vision,
            hears: shape.able.audio,
            tools: shape.able.tools,
            schema: shape.able.json,
            thinks: shape.able.reasoning,
        },
    }
}

/// Fetches images as the configuration says; the same one goes on where nothing changed.
pub(crate) fn fetcher(images: &ImagesConfig, before: Option<&Arc<Fetcher>>) -> Arc<Fetcher> {
    let hosts = images.hosts.iter().cloned().map(Allowed::Host);
    let config = FetchConfig {
        allow: hosts.chain(images.nets.iter().copied().map(Allowed::Net)).collect(),
        most: usize::try_from(images.most_bytes).unwrap_or(usize::MAX),
        timeout: images.timeout,
        at_once: images.at_once,
    };
    let same = before.filter(|before| *before.config() == config);
    same.map_or_else(|| Arc::new(Fetcher::new(config, Arc::new(SystemResolver))), Arc::clone)
}

/// Who describes a route's images. A call of theirs goes as the route's own do, but for what only a client's answer is
/// judged by, and takes a minute at most.
pub(crate) fn describing(
    route: &RouteConfig,
    policy: &Policy,
    known: &Arc<Descriptions>,
    target: impl Fn(&DeploymentId) -> Option<Target>,
) -> Option<Arc<Describing>> {
    let config = route.describe.as_ref()?;
    let policy = Policy {
        keywords: Vec::new(),
        empty: true,
        rounds: 1,
        total: policy.total.min(PATIENCE),
        wait: Duration::ZERO,
        refuse_losses: false,
        hedge: None,
        ..policy.clone()
    };
    let name = format!("{} (describe_images)", route.name).into();
    let targets = config.with.iter().filter_map(target).collect();
    let described_by = Route::listed(name, targets, Arc::new(policy), None);
    Some(Arc::new(Describing {
        route: Arc::new(described_by),
        prompt: config.prompt.clone().unwrap_or_else(|| PROMPT.to_owned()),
        ttl: config.ttl,
        known: Arc::clone(known),
    }))
}

/// What a provider and its models say, for each dialect that it speaks.
pub(crate) fn shapes(provider: &ProviderConfig) -> Shapes {
    let models = provider.models.iter().filter(|model| model.shape != Shape::default());
    let models = models.map(|model| (model.id.clone(), layer(&model.shape))).collect();
    let max_tokens_key = provider.quirks.max_tokens_key;
    let words = provider.dialects(None).into_iter().map(|dialect| Words { dialect, max_tokens_key });
    Shapes::new(layer(&provider.shape), models, words.collect())
}

/// Whether what is set on every request asks for something that is billed apart.
pub(crate) fn asks_extra(shape: &Shape) -> bool {
    free::asks_extra(&shape.default_params) || free::asks_extra(&shape.forced_params)
}
