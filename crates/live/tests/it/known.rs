//! Facts and prices of deployments: the operator's word, else the catalogue's, else nothing; and what is proved free.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use tokio_util::task::TaskTracker;
use wye_catalog::{Basis, Catalog};
use wye_config::{Format, Sources};
use wye_live::{Builder, Limiting};
use wye_pipeline::Live;
use wye_pipeline::price::{Free, Known};
use wye_types::Clock;
use wye_types::usage::Ledger;

static CATALOG: LazyLock<Arc<Catalog>> = LazyLock::new(|| Arc::new(Catalog::embedded().unwrap()));

#[derive(Debug)]
struct Still;

impl Clock for Still {
    fn mono(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn unix_ms(&self) -> u64 {
        1_795_000_000_000
    }
}

const CONFIG: &str = "discover: false
providers:
  openai:
    api_key: k
    models:
      - { id: gpt-4o, price: { input: 1, output: 2 }, context: 1000 }
      - { id: gpt-4o-mini, output_limit: 7 }
      - { id: mine, price: { input: 0, output: 0 } }
  groq: { api_key: k }
  paying: { like: groq, api_key: k, free_tier: false }
  elsewhere: { like: groq, api_key: k, base_url: 'http://10.0.0.1/v1' }
  searching: { like: groq, api_key: k, forced_params: { web_search_options: {} } }
  openrouter: { api_key: k }
  ollama: {}
  corp: { dialect: openai_chat, base_url: 'http://corp/v1', api_key: k }
routes: { r: { targets: [openai/gpt-4o-mini, { deployment: openai/gpt-4o-mini, context: 5 }] } }
";

fn builder() -> Builder {
    Builder::new(TaskTracker::new(), Limiting::new(Arc::new(Still))).knowing(Arc::clone(&CATALOG))
}

fn live() -> Arc<Live> {
    let sources = Sources {
        env: &|_| None,
        vault: &|_| None,
        file: &|_| Err(std::io::ErrorKind::NotFound.into()),
        local: &[],
    };
    builder().build(&wye_config::load(CONFIG, Format::Yaml, &sources).unwrap()).unwrap()
}

fn known(live: &Live, provider: &str, model: &str) -> Known {
    live.models.known(&live.endpoints[provider], model)
}

fn basis(known: &Known) -> Option<Basis> {
    known.price.as_ref().map(|price| price.basis)
}

#[test]
fn the_operators_word_goes_before_the_catalogues_and_nobodys_is_no_word() {
    let live = live();
    let said = known(&live, "openai", "gpt-4o");
    let million = Ledger::from(wye_types::Usage { input: 1_000_000, ..wye_types::Usage::default() });
    let price = said.price.as_ref().unwrap();
    assert_eq!(price.foreseen(&million, 1_795_000_000), Some(1_000_000_000));
    assert_eq!((basis(&said), said.context), (Some(Basis::Override), Some(1000)));
    assert_eq!(said.output_limit, Some(16_384), "of what the operator says nothing, the catalogue does");
    let listed = known(&live, "openai", "gpt-4o-mini");
    assert_eq!(basis(&listed), Some(Basis::Catalog));
    assert_eq!((listed.context, listed.output_limit), (Some(128_000), Some(7)));
    let price = listed.price.unwrap();
    assert_eq!(price.foreseen(&million, 1_795_000_000), Some(150_000_000));
    assert_eq!(*price.version, *CATALOG.version());
    // A provider of one's own has no list, even of a model that others sell.
    let own = known(&live, "corp", "gpt-4o");
    assert!(own.price.is_none() && own.free.is_none() && own.context == Some(128_000));
    assert!(known(&live, "corp", "qqq-of-nobody").facts.is_none());
}

#[test]
fn what_is_free_is_proved_or_it_is_not_free() {
    let live = live();
    let free = |provider, model| known(&live, provider, model).free;
    assert_eq!(free("ollama", "llama3.2"), Some(Free::Local));
    assert_eq!(basis(&known(&live, "ollama", "llama3.2")), Some(Basis::Local));
    assert_eq!(free("openai", "mine"), Some(Free::Operator));
    assert_eq!(free("openai", "gpt-4o-mini"), None);
    let groq = known(&live, "groq", "llama-3.3-70b-versatile");
    assert_eq!((groq.free, basis(&groq)), (Some(Free::Tier), Some(Basis::Catalog)));
    assert_eq!(groq.given.unwrap().basis, Basis::FreeTier);
    assert_eq!(free("paying", "llama-3.3-70b-versatile"), None, "its owner pays");
    assert_eq!(free("elsewhere", "llama-3.3-70b-versatile"), None, "the vendor gives nothing away there");
    assert_eq!(free("searching", "llama-3.3-70b-versatile"), None, "searches are billed apart");
    assert!(free("openrouter", "deepseek/deepseek-chat-v3.1:free").is_some());
    assert_eq!(free("openrouter", "deepseek/deepseek-chat-v3.1:free:online"), None);
    assert_eq!(free("openrouter", "openai/gpt-4o"), None);
    assert_eq!(free("corp", "llama-3.3-70b-versatile"), None);
}

#[test]
fn targets_know_their_models_and_routes_have_the_last_word_on_context() {
    let live = live();
    let contexts: Vec<_> = live.routes["r"].targets.iter().map(|target| target.context).collect();
    assert_eq!(contexts, [Some(128_000), Some(5)]);
}

#[test]
fn another_catalogue_makes_another_live() {
    let mut builder = builder();
    assert!(builder.learn(Arc::clone(&CATALOG)).is_none(), "nothing was built yet");
    let sources = Sources {
        env: &|_| None,
        vault: &|_| None,
        file: &|_| Err(std::io::ErrorKind::NotFound.into()),
        local: &[],
    };
    let config = wye_config::load(CONFIG, Format::Yaml, &sources).unwrap();
    let before = builder.build(&config).unwrap();
    let after = builder.learn(Arc::default()).unwrap();
    assert!(known(&before, "openai", "gpt-4o-mini").price.is_some());
    assert!(known(&after, "openai", "gpt-4o-mini").price.is_none());
    assert!(
        Arc::ptr_eq(&before.endpoints["openai"], &after.endpoints["openai"]),
        "nobody's quotas are forgotten"
    );
}
