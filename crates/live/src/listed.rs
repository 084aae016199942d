//! Which deployments are listed: those that the configuration names, and where it names none of a provider that is
//! known, those that the vendor is known to have.

use wye_catalog::{Catalog, Kind as Of, Status};
use wye_config::{Config, ProviderConfig};
use wye_providers::{Models, find};
use wye_types::{DeploymentId, Kind};

/// Models of a provider that nobody chose are listed up to this many; aggregators have hundreds.
const MOST: usize = 1000;

/// The deployments that are listed, each once.
pub(crate) fn listed(config: &Config, catalog: &Catalog) -> Vec<DeploymentId> {
    let of_providers = config.providers.iter().flat_map(|provider| {
        let model = |model: String| DeploymentId { provider: provider.id.clone(), model };
        // Who only switches some off has chosen none.
        if provider.models.iter().all(|chosen| !chosen.enabled) {
            return known(provider, catalog).into_iter().map(model).collect::<Vec<_>>();
        }
        provider.models.iter().map(|chosen| model(chosen.id.clone())).collect()
    });
    let of_routes = config.routes.iter().flat_map(|r| config.flat_targets(r)).map(|target| target.deployment);
    let off = |deployment: &DeploymentId| {
        let models = config.provider(&deployment.provider).map_or(&[][..], |provider| &provider.models);
        models.iter().any(|model| !model.enabled && model.id == deployment.model)
    };
    let mut all: Vec<DeploymentId> = of_providers.chain(of_routes).filter(|one| !off(one)).collect();
    all.sort();
    all.dedup();
    all
}

/// The models that a provider is known to have, as far as it is asked at its vendor's own address: what else answers
/// under its name has models of its own.
fn known(provider: &ProviderConfig, catalog: &Catalog) -> Vec<String> {
    let Some(row) = find(&provider.listed_as) else { return Vec::new() };
    if provider.local || provider.registry != Some(&*provider.base_url) {
        return Vec::new();
    }
    match row.models {
        Models::Named { ids, .. } => ids.iter().map(|id| (*id).to_owned()).collect(),
        // Which of its vendor's models its owner has deployed nobody else knows.
        Models::Deployed => Vec::new(),
        Models::Listed { .. } => {
            let serves = |kind: Kind| provider.serves.iter().any(|serves| serves.kind == kind);
            let is_served = |of: Of| match of {
                Of::Chat => row.chats,
                Of::Embedding => serves(Kind::Embeddings),
                Of::Image => serves(Kind::Images),
                Of::Speech => serves(Kind::Speech),
                Of::Transcription => serves(Kind::Transcriptions),
                Of::Moderation => serves(Kind::Moderations),
                Of::Rerank => serves(Kind::Rerank),
                Of::Realtime => serves(Kind::Realtime),
                Of::Video | Of::Other => false,
            };
            let had = catalog.models(&provider.listed_as).filter(|found| {
                let facts = found.facts();
                facts.status != Status::Deprecated && is_served(facts.kind)
            });
            had.take(MOST).map(|found| found.id().to_owned()).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::config;

    fn names(text: &str, catalog: &Catalog) -> Vec<String> {
        let all = listed(&config(&format!("discover: false\nproviders:\n{text}")), catalog);
        all.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_switched_off_is_not_listed() {
        let catalog = Catalog::embedded().unwrap();
        let all = names("  openai: { api_key: k }\n", &catalog);
        let fewer = names("  openai: { api_key: k, models: [{ id: gpt-4o, enabled: false }] }\n", &catalog);
        assert_eq!(fewer.len() + 1, all.len());
        assert!(!fewer.iter().any(|name| name == "openai/gpt-4o"));
        let chosen = "  openai: { api_key: k, models: [gpt-4o-mini, { id: gpt-4o, enabled: false }] }\n";
        assert_eq!(names(chosen, &catalog), ["openai/gpt-4o-mini"]);
    }

    #[test]
    fn what_the_vendor_has_is_listed_where_nothing_is_chosen() {
        let catalog = Catalog::embedded().unwrap();
        let all = names("  openai: { api_key: k }\n", &catalog);
        assert!(all.len() > 20 && all.len() <= MOST, "{}", all.len());
        for model in ["openai/gpt-4o", "openai/text-embedding-3-small"] {
            assert!(all.iter().any(|name| name == model), "{model}: {all:?}");
        }
        assert_eq!(names("  openai: { api_key: k, models: [gpt-4o] }\n", &catalog), ["openai/gpt-4o"]);
        // Another server has models of its own.
        let other = "  openai: { api_key: k, base_url: 'https://elsewhere.example/v1' }\n";
        assert_eq!(names(other, &catalog), [""; 0]);
        assert_eq!(
            names("  own: { dialect: openai_chat, base_url: 'http://o/v1', api_key: k }\n", &catalog),
            [""; 0]
        );
        assert_eq!(names("  ollama: {}\n", &catalog), [""; 0]);
        assert_eq!(names("  openai: { api_key: k }\n", &Catalog::default()), [""; 0]);
    }
}
