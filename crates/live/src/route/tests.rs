//! Routes as they are served.

use std::sync::Arc;

use tokio_util::task::TaskTracker;
use wye_catalog::Catalog;
use wye_pipeline::Live;
use wye_pipeline::chance::ProcessClock;
use wye_routing::tree::{Group, What};

use crate::tests::config;
use crate::{Builder, Limiting};

fn live(text: &str) -> Arc<Live> {
    let limits = Limiting::new(Arc::new(ProcessClock::start()));
    let mut builder =
        Builder::new(TaskTracker::new(), limits).knowing(Arc::new(Catalog::embedded().unwrap()));
    builder.build(&config(text)).unwrap()
}

const FLEET: &str = "discover: false
providers:
  groq: { api_key: k, models: [llama-3.3-70b-versatile, llama-3.1-8b-instant, whisper-large-v3] }
  openai: { api_key: k, models: [gpt-4o, gpt-4o-mini, text-embedding-3-small] }
";

fn names(live: &Live, route: &str) -> Vec<String> {
    live.routes[route].targets.iter().map(|target| target.deployment.to_string()).collect()
}

/// A tree in a few words.
fn drawn(group: &Group) -> String {
    let members = group.members.iter().map(|member| match &member.what {
        What::Target(place) => place.to_string(),
        What::Group(group) => drawn(group),
    });
    format!("{}({})", group.strategy.word(), members.collect::<Vec<_>>().join(" "))
}

#[test]
fn the_gateways_own_routes_choose_from_all_that_chats() {
    let live = live(FLEET);
    let all =
        ["groq/llama-3.1-8b-instant", "groq/llama-3.3-70b-versatile", "openai/gpt-4o", "openai/gpt-4o-mini"];
    for route in ["wye/auto", "auto", "sml/auto", "wye/cheap", "wye/strong", "sml/fast"] {
        assert_eq!(names(&live, route), all, "{route}");
    }
    assert!(std::ptr::eq(&*live.routes["auto"].targets, &*live.routes["wye/cheap"].targets), "held once");
}

#[test]
fn descriptions_pick_and_routes_in_routes_are_groups() {
    let live = live(&format!(
        "{FLEET}routes:
  big: {{ strategy: adaptive, targets: ['provider:groq tier:large', openai/gpt-4o] }}
  all: {{ targets: [{{ route: big }}, 'provider:openai -model:*mini', openai/gpt-4o-mini] }}
  none: {{ targets: ['provider:groq context>=999m'] }}
"
    ));
    assert_eq!(names(&live, "big"), ["groq/llama-3.3-70b-versatile", "openai/gpt-4o"]);
    assert_eq!(drawn(&live.routes["big"].tree), "adaptive(cheapest(0) 1)");
    assert_eq!(drawn(&live.routes["all"].tree), "ordered(adaptive(cheapest(0) 1) cheapest(1) 2)");
    assert_eq!(names(&live, "none"), [""; 0]);
}
