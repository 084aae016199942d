//! `wye models`: the names that clients may send as `model`.

use super::{Failure, Source};
use crate::load;
use crate::telemetry::say;

pub(super) async fn models(source: Source) -> Result<(), Failure> {
    let config = load::config(&source, &[]).await?;
    let mut lines = Vec::new();
    for route in &config.routes {
        let targets: Vec<String> = route.targets.iter().map(|t| t.deployment.to_string()).collect();
        lines.push(format!("{}\t{}", route.name, targets.join(" → ")));
    }
    for provider in &config.providers {
        for model in &provider.models {
            lines.push(format!("{}/{model}\t{}", provider.id, provider.dialect));
        }
        lines.push(format!("{}/…\tany model of {} ({})", provider.id, provider.base_url, provider.dialect));
    }
    if lines.is_empty() {
        return Err(Failure::asked(
            "no provider is configured: set a key such as OPENAI_API_KEY, or write a configuration (`wye schema`)",
        ));
    }
    say(&lines.join("\n"));
    Ok(())
}
