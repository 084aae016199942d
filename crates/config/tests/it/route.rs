//! Routes: what targets mean, what strategies read, what is refused, and which routes are there unwritten.

use std::time::Duration;

use proptest::prelude::*;
use wye_config::{
    BUILT_IN, Config, ConsensusStream, Format, HedgeMode, RouteConfig, Strategy, TargetOf, load,
};
use wye_profile::{Category, Tag};
use wye_routing::strategy::{Weights, Worth};

use super::bad::expect;
use super::{BARE, SOURCES, good};

fn route(text: &str) -> RouteConfig {
    one(text, "r").1
}

fn one(text: &str, name: &str) -> (Config, RouteConfig) {
    let config = good(&format!(
        "providers: {{c: {{dialect: openai_chat, base_url: 'http://c', api_key: k}}}}\nroutes:\n{text}"
    ));
    let route = config.route(name).unwrap().clone();
    (config, route)
}

fn refused(text: &str, expected: &[&str]) {
    expect(&format!("routes:\n{text}"), Format::Yaml, expected);
}

#[test]
fn a_target_is_a_route_a_deployment_or_a_description() {
    let (config, r) = one(
        "  r: {targets: [inner, c/m, 'tools:true context>=32k', {select: '*', weight: 2}, wye/fast, {route: sml/auto}, c/free:true]}
  inner: {targets: [groq/a, 'provider:groq', groq/b]}
",
        "r",
    );
    let kinds: Vec<String> = r
        .targets
        .iter()
        .map(|target| {
            let kind = match &target.what {
                TargetOf::Deployment(_) => "deployment",
                TargetOf::Route(_) => "route",
                TargetOf::Selector(_) => "select",
            };
            format!("{kind} {}", target.what)
        })
        .collect();
    assert_eq!(
        kinds,
        [
            "route inner",
            "deployment c/m",
            "select tools:true context>=32k",
            "select *",
            "route wye/fast",
            "route sml/auto",
            // A model's name may hold a colon.
            "deployment c/free:true",
        ]
    );
    assert_eq!(r.targets[3].weight, Some(2.0));
    let flat: Vec<String> = config.flat_targets(&r).iter().map(|t| t.deployment.to_string()).collect();
    assert_eq!(flat, ["groq/a", "groq/b", "c/m", "c/free:true"], "descriptions are left out");
}

#[test]
fn strategies_are_read_with_their_settings() {
    for (word, wanted) in [
        ("ordered", Strategy::Ordered),
        ("weighted", Strategy::Weighted),
        ("balanced", Strategy::Balanced(Weights::default())),
        ("adaptive", Strategy::Adaptive(Weights::default())),
        ("fastest", Strategy::Fastest),
        ("cheapest", Strategy::Cheapest { tolerance: None }),
        ("strongest", Strategy::Strongest),
        ("school", Strategy::School { category: None }),
        ("learned", Strategy::Learned { category: None, worth: Worth::default() }),
    ] {
        let read = route(&format!("  r: {{strategy: {word}, targets: [groq/a]}}\n")).strategy;
        assert_eq!((&read, read.word()), (&wanted, word));
    }
    let r = route(
        "  r: {strategy: adaptive, targets: [groq/a], weights: {random: 0, consecutive: 1, history: 0}}\n",
    );
    assert_eq!(
        r.strategy,
        Strategy::Adaptive(Weights { random: 0.0, consecutive: 1.0, history: 0, ..Weights::default() })
    );
    let r = route("  r: {strategy: consensus, targets: [groq/a], consensus: {members: 5, stream: refuse}}\n");
    let Strategy::Consensus(consensus) = r.strategy else { panic!("{:?}", r.strategy) };
    assert_eq!((consensus.members, consensus.stream), (5, ConsensusStream::Refuse));
    let r = route(
        "  r: {strategy: verified, targets: [groq/a, c/b, c/c], verified: {cheap: [c/b, groq/a], strong: c}}\n",
    );
    let Strategy::Verified(verified) = r.strategy else { panic!("{:?}", r.strategy) };
    assert_eq!((verified.cheap, verified.strong), (vec![1, 0], Some(2)), "a bare model's name will do");
}

#[test]
fn what_quality_is_worth_and_what_requests_are_about_is_read() {
    let r = route(
        "  r: {strategy: learned, targets: [groq/a], school: {category: math}, worth: {dollars: 0.02, wait: 500ms}}\n",
    );
    let worth = Worth { dollars: 0.02, wait_ms: 500.0 };
    assert_eq!(r.strategy, Strategy::Learned { category: Some(Category::Math), worth });
    let r = route(
        "  r:
    strategy: cheapest
    targets: [groq/a]
    cheapest: {tolerance: 0.05}
    profile: {min_difficulty: 0.3, words: {math: [], code: [kubectl, \"stack trace\"]}}
",
    );
    assert_eq!(r.strategy, Strategy::Cheapest { tolerance: Some(0.05) });
    let words = ["kubectl", "stack trace"].map(str::to_owned).to_vec();
    assert_eq!((r.profile.words, r.profile.min_difficulty), (vec![(Category::Code, words)], 0.3));
    let r = route(
        "  r: {strategy: rules, targets: [groq/a, groq/b], rules: {conditions: [{category: [code], primary_model: 1}]}}\n",
    );
    let Strategy::Rules(rules) = r.strategy else { panic!("{:?}", r.strategy) };
    assert_eq!(rules.conditions[0].category, Some(vec![Category::Code]));
}

#[test]
fn what_cannot_be_meant_of_quality_is_refused() {
    refused(
        "  a: {strategy: learned, targets: [groq/a], worth: {dollars: 0, wait: 0s}}
  b: {strategy: ordered, targets: [groq/a], worth: {dollars: 1}, cheapest: {tolerance: 0.1}}
  c: {strategy: cheapest, targets: [groq/a], cheapest: {tolerance: 5}, profile: {min_difficulty: -1}}
  d: {targets: [groq/a], profile: {words: {cooking: [pan], code: 7}}}
  e: {strategy: school, targets: [groq/a], school: {category: cooking}}
",
        &[
            "2:62: routes.a.worth.dollars: a point that is worth nothing leaves price alone; write an amount above 0",
            "2:71: routes.a.worth.wait: found \"0s\"",
            "3:52: routes.b.worth: it counts under strategy: learned",
            "3:76: routes.b.cheapest: it counts under strategy: cheapest",
            "4:68: routes.c.cheapest.tolerance: found 5; write a number from 0 to 1",
            "4:98: routes.c.profile.min_difficulty: found -1; write a number from 0 to 1",
            "5:44: routes.d.profile.words.cooking: ",
            "5:66: routes.d.profile.words.code: found 7",
            "6:63: routes.e.school.category: found \"cooking\"",
        ],
    );
}

#[test]
fn rules_and_judges_name_targets_by_place_or_name() {
    let r = route(
        "  r:
    strategy: judge
    targets: [groq/small, mid, c/Large]
    rules:
      conditions:
        - {rule_id: images, has_multimodal_input: true, primary_model: groq/SMALL}
        - {any_of_tags: [heavy-logic, swe-bench], max_input_tokens_lt: 9, fallback_model: 2}
      patterns:
        - {pattern: '\\bsql\\b', target: mid}
        - {pattern: '(a|b)', target: 0, case_sensitive: true}
    judge: {model: mid, scale: 10, deadline: 1s, cache: 0s}
  mid: {targets: [c/mid]}
",
    );
    let Strategy::Judge(judge) = r.strategy else { panic!("{:?}", r.strategy) };
    assert_eq!((judge.model, judge.scale), (TargetOf::Route("mid".into()), Some(10)));
    assert_eq!((judge.deadline, judge.cache), (Duration::from_secs(1), Duration::ZERO));
    let [images, second] = judge.rules.conditions.as_slice() else { panic!("two") };
    assert_eq!((images.id.as_str(), images.primary, images.fallback), ("images", Some(0), None));
    assert_eq!((second.id.as_str(), second.primary, second.fallback), ("2", None, Some(2)));
    assert_eq!(second.any_of_tags, Some(vec![Tag::HeavyLogic, Tag::SweBench]));
    let targets: Vec<usize> = judge.rules.patterns.iter().map(|rule| rule.target).collect();
    assert_eq!(targets, [1, 0]);
    assert_eq!(judge.rules.rules().patterns.len(), 2);
}

#[test]
fn what_a_route_says_beside_its_strategy() {
    let r = route(
        "  r:
    targets: [groq/a]
    retry: {attempts: 3}
    filter: {context_margin: 2, free_only: true, max_latency: 2s, max_price: {input: 0.15, output: 1}}
    hedge: {contenders: 3, mode: race}
    mirror: {target: wye/cheap}
    affinity: {by: header, idle: 1m}
    continue_streams: true
",
    );
    assert_eq!((r.filter.context_margin, r.filter.free_only), (2.0, true));
    assert_eq!((r.filter.max_price.input, r.filter.max_price.output), (Some(150_000), Some(1_000_000)));
    assert_eq!((r.hedge.contenders, r.hedge.mode, r.hedge.percentile), (3, HedgeMode::Race, 97));
    let mirror = r.mirror.unwrap();
    assert_eq!((mirror.target, mirror.share), (TargetOf::Route("wye/cheap".into()), 0.1));
    assert_eq!((r.retry.attempts, r.affinity.idle), (Some(3), Duration::from_secs(60)));
    assert!(r.continue_streams && !r.verify && !r.validate.any());
}

#[test]
fn what_is_wrong_with_a_route_is_said_where_it_stands() {
    refused(
        "  a: {strategy: adaptive, targets: [{deployment: groq/a, weight: 2}, {deployment: groq/b, weight: -1}]}
  b: {strategy: weighted, targets: [{deployment: groq/a, weight: 0}, {deployment: groq/b, weight: 0}]}
  c: {targets: [groq/a], weights: {random: .nan}, judge: {model: groq/j}}
  d: {targets: [groq/a], hedge: {contenders: 4, percentile: 100, budget: 5}}
  e: {targets: ['context>=lots', {select: groq}, 'free:true tols:true']}
  wye/auto: {targets: [groq/a]}
",
        &[
            "2:66: routes.a.targets[0].weight: found 2; under adaptive, write a number from 0 to 1",
            "2:99: routes.a.targets[1].weight: found -1; write a number from 0 to 1000000",
            "3:3: routes.b.targets: every target has weight 0",
            "4:35: routes.c.weights: it counts under strategy: adaptive or balanced",
            "4:44: routes.c.weights.random: found \".nan\"; write a number from 0 to 100",
            "4:58: routes.c.judge: it counts under strategy: judge",
            "5:46: routes.d.hedge.contenders: found 4; write a whole number from 1 to 3",
            "5:61: routes.d.hedge.percentile: found 100; write a whole number from 50 to 99",
            "5:74: routes.d.hedge.budget: found 5; write a number from 0 to 1",
            "6:17: routes.e.targets[0]: `context>=lots`: `lots` is no number",
            "6:43: routes.e.targets[1].select: `groq`: a term has a key, a sign and a value",
            "6:50: routes.e.targets[2]: `tols:true`: there is no key `tols`",
            "7:3: routes.wye/auto: names that begin with wye/ are the gateway's own",
        ],
    );
    refused(
        "  a: {strategy: judge, targets: [groq/a]}
  b: {strategy: judge, targets: [groq/a], judge: {scale: 3}}
  c: {strategy: judge, targets: [groq/a], judge: {model: nobody/m}}
  d: {targets: [groq/a, wye/quick], mirror: {target: nowhere}}
  e: {strategy: rules, targets: [groq/a, groq/b], rules: {conditions: [{primary_model: 2}, {requires_reasoning: true}, {primary_model: groq/c}], patterns: [{pattern: '(', target: x}, {}]}}
  f: {strategy: verified, targets: [groq/a, groq/b], verified: {cheap: [0, groq/a], strong: z}}
  g: {strategy: verified, targets: [groq/a, nobody/b], verified: {strong: 1}}
",
        &[
            "2:3: routes.a: nobody is there to judge; write judge",
            "3:50: routes.b.judge: model is missing; write model: provider/model",
            "4:58: routes.c.judge.model: there is no provider nobody",
            "5:25: routes.d.targets[1]: the gateway has no route wye/quick…wye/auto, wye/fast, ",
            "5:54: routes.d.mirror.target: no route is named nowhere",
            "6:88: routes.e.rules.conditions[0].primary_model: found 2; write a place from 0 to 1",
            "6:92: routes.e.rules.conditions[1]: it chooses nobody; write primary_model",
            "6:136: routes.e.rules.conditions[2].primary_model: found \"groq/c\", which is no target of this route; write one of groq/a, groq/b",
            "6:167: routes.e.rules.patterns[0].pattern: this is no regular expression",
            "6:180: routes.e.rules.patterns[0].target: found \"x\", which is no target",
            "6:184: routes.e.rules.patterns[1]: pattern is missing",
            "6:184: routes.e.rules.patterns[1]: target is missing",
            "7:72: routes.f.verified.cheap: two different targets are compared",
            "7:93: routes.f.verified.strong: found \"z\", which is no target",
            "8:45: routes.g.targets[1]: there is no provider nobody",
        ],
    );
}

#[test]
fn routes_that_name_each_other_again_and_again_are_refused() {
    // Eight routes of twenty targets each, all of them the next route: 20^7 ways to one deployment.
    let mut text = String::new();
    for at in 1..8 {
        let next = vec![format!("r{}", at + 1); 20].join(", ");
        text.push_str(&format!("  r{at}: {{targets: [{next}]}}\n"));
    }
    text.push_str("  r8: {targets: [groq/m]}\n");
    refused(
        &text,
        &[
            "2:3: routes.r1: through the routes in it this route has 1280000000 targets",
            "3:3: routes.r2: through",
            "4:3: routes.r3: through",
            "5:3: routes.r4: through the routes in it this route has 160000 targets",
        ],
    );
}

#[test]
fn judges_and_mirrors_may_not_lead_back() {
    refused(
        "  a: {strategy: judge, targets: [groq/a], judge: {model: b}}
  b: {targets: [groq/a], mirror: {target: a}}
  auto: {targets: [auto]}
",
        &[
            "3:43: routes.b.mirror.target: routes go in a circle: a -> b -> a",
            "4:20: routes.auto.targets[0]: routes go in a circle: auto -> auto",
        ],
    );
}

#[test]
fn the_gateways_own_routes_are_there_without_being_written() {
    let config = load("discover: false", Format::Yaml, &BARE).unwrap();
    let own = config.built_in();
    let names: Vec<&str> = own.iter().map(|route| route.name.as_str()).collect();
    let all = BUILT_IN.iter().flat_map(|(name, others)| std::iter::once(name).chain(others.iter()));
    assert_eq!(names, all.copied().collect::<Vec<_>>());
    assert!(config.routes.is_empty(), "they are not stored");
    let find = |name: &str| own.iter().find(|route| route.name == name).unwrap();
    for (one, other) in [("auto", "wye/auto"), ("sml/fast", "wye/fast"), ("sml/consensus", "wye/consensus")] {
        assert_eq!(
            RouteConfig { name: String::new(), ..find(one).clone() },
            RouteConfig { name: String::new(), ..find(other).clone() }
        );
    }
    assert_eq!(find("auto").hedge.contenders, 2);
    assert_eq!(find("wye/cheap").hedge.contenders, 1);
    assert_eq!(find("wye/thai").strategy, Strategy::School { category: Some(Category::Thai) });
    for route in &own {
        assert!(matches!(&route.targets[..], [target] if matches!(target.what, TargetOf::Selector(_))));
        assert!(config.flat_targets(route).is_empty() && config.is_built_in(&route.name));
    }
}

#[test]
fn an_operators_route_goes_before_the_gateways_other_names() {
    let config = good("routes: {auto: {targets: [groq/a]}, sml/fast: {targets: [groq/b, wye/fast]}}");
    let own = config.built_in();
    assert!(own.iter().all(|route| route.name != "auto" && route.name != "sml/fast"));
    assert!(own.iter().any(|route| route.name == "sml/auto") && !config.is_built_in("auto"));
    let config = good("providers: {sml: {dialect: openai_chat, base_url: 'http://s', api_key: k}}");
    assert!(
        config.built_in().iter().all(|route| !route.name.starts_with("sml/")),
        "these are models of a provider"
    );
    expect(
        "providers: {wye: {dialect: openai_chat, base_url: 'http://s', api_key: k}}",
        Format::Yaml,
        &["1:13: providers.wye: names that begin with wye/ are the gateway's own"],
    );
}

/// Strategy, targets and one more number of each of a few routes.
type Sketch = Vec<(usize, Vec<(usize, usize)>, usize)>;

/// Routes of any shape over each other.
fn routes() -> impl proptest::strategy::Strategy<Value = Sketch> {
    let target = (0..9_usize, 0..4_usize);
    let route = (0..7_usize, prop::collection::vec(target, 0..4), 0..9_usize);
    prop::collection::vec(route, 1..7)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn whatever_loads_leads_nowhere_back_and_names_only_what_is_there(routes in routes()) {
        let words = ["ordered", "weighted", "adaptive", "rules", "judge", "verified", "school"];
        let mut text = String::from("routes:\n");
        for (at, (strategy, targets, other)) in routes.iter().enumerate() {
            let targets: Vec<String> = targets
                .iter()
                .map(|(to, kind)| match kind {
                    0 => format!("groq/m{to}"),
                    1 => "'tools:true'".to_owned(),
                    _ => format!("r{to}"),
                })
                .collect();
            let word = words[*strategy];
            let more = match word {
                "judge" => format!(", judge: {{model: r{other}}}"),
                "rules" => format!(", rules: {{patterns: [{{pattern: a, target: {other}}}]}}"),
                "verified" => format!(", verified: {{strong: {other}}}"),
                _ => format!(", mirror: {{target: r{other}}}"),
            };
            text.push_str(&format!("  r{at}: {{strategy: {word}, targets: [{}]{more}}}\n", targets.join(", ")));
        }
        match load(&text, Format::Yaml, &SOURCES) {
            Err(problems) => prop_assert!(problems.iter().all(|problem| problem.line > 1)),
            Ok(config) => {
                for route in &config.routes {
                    prop_assert!(!route.targets.is_empty());
                    let mut way = Vec::new();
                    leads_on(&config, route, &mut way)?;
                    match &route.strategy {
                        Strategy::Rules(rules) => prop_assert!(rules.patterns.iter().all(|rule| rule.target < route.targets.len())),
                        Strategy::Verified(verified) => prop_assert!(verified.strong.is_none_or(|place| place < route.targets.len())),
                        _ => {}
                    }
                }
            }
        }
    }
}

/// Follows all ways from a route; none comes back or names what is not there.
fn leads_on<'c>(
    config: &'c Config,
    route: &'c RouteConfig,
    way: &mut Vec<&'c str>,
) -> Result<(), TestCaseError> {
    prop_assert!(!way.contains(&route.name.as_str()) && way.len() < 8);
    way.push(&route.name);
    let judge = match &route.strategy {
        Strategy::Judge(judge) => Some(&judge.model),
        _ => None,
    };
    let mirror = route.mirror.as_ref().map(|mirror| &mirror.target);
    for what in route.targets.iter().map(|target| &target.what).chain(judge).chain(mirror) {
        if let TargetOf::Route(name) = what {
            let next = config.route(name);
            prop_assert!(next.is_some());
            leads_on(config, next.unwrap(), way)?;
        }
    }
    way.pop();
    Ok(())
}
