//! What is written is what is read, whatever it says; and what is not ours is read as nothing.

use std::borrow::Cow;
use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::DeploymentId;
use crate::record::decision::{FactsRecord, Hop, MOST_CANDIDATES, ProfileRecord};

const WORDS: [&str; 5] = ["", "adaptive", "random", "ไทย", "a word of some length"];
const TERMS: [&[&str]; 3] = [&[], &["share"], &["random", "health", "speed", "weight", "penalty"]];

fn word() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&WORDS[..])
}

fn about() -> impl Strategy<Value = Cow<'static, str>> {
    prop_oneof![word().prop_map(Cow::Borrowed), ".{0,20}".prop_map(Cow::Owned)]
}

fn deployment() -> impl Strategy<Value = Arc<DeploymentId>> {
    ("[a-c]{1,2}", "[a-c/:]{1,4}").prop_map(|(provider, model)| Arc::new(DeploymentId { provider, model }))
}

fn refusal() -> impl Strategy<Value = Refusal> {
    let codes: Vec<RefusalCode> = RefusalCode::all().collect();
    let wait = prop::option::of((0..=u64::MAX / 1000).prop_map(Duration::from_millis));
    (prop::sample::select(codes), wait, prop::option::of(about())).prop_map(|(code, wait, about)| Refusal {
        code,
        wait,
        about,
    })
}

fn float() -> impl Strategy<Value = f32> {
    prop_oneof![Just(0.0), Just(f32::NAN), any::<f32>()]
}

fn score() -> impl Strategy<Value = f64> {
    prop_oneof![Just(f64::MIN), any::<f64>(), float().prop_map(f64::from)]
}

prop_compose! {
    fn candidate()(
        deployment in deployment(), score in prop::option::of(score()), terms in prop::array::uniform5(float()),
        place in prop::option::of(0..9_u16), refused in prop::option::of(refusal()),
    ) -> CandidateRecord {
        CandidateRecord { deployment, score, terms, place, refused }
    }
}

prop_compose! {
    fn facts()(
        (tokens_in, tokens_out, traits) in any::<(u64, u64, u16)>(), script in prop::option::of(word()),
        tags in prop::collection::vec(word(), 0..3), tier in any::<Option<u8>>(),
    ) -> FactsRecord {
        FactsRecord { tokens_in, tokens_out, traits: Traits(traits), script, tags, tier }
    }
}

prop_compose! {
    fn affinity()(
        by in prop::sample::select(&SessionBy::ALL[..]), outcome in prop::sample::select(&Affinity::ALL[..]),
        home in prop::option::of(deployment()), price in float(),
    ) -> AffinityRecord {
        AffinityRecord { by, outcome, home, price }
    }
}

prop_compose! {
    fn hop()(route in ".{0,9}", strategy in word(), reason in prop::option::of(about())) -> Hop {
        Hop { route: route.into(), strategy, reason }
    }
}

prop_compose! {
    fn decision()(
        chain in prop::collection::vec(hop(), 0..3), facts in facts(),
        categories in prop::option::of(prop::collection::vec((word(), float()), 0..3)),
        difficulty in prop::option::of(float()), mode in prop::sample::select(&Mode::ALL[..]),
        terms in prop::sample::select(&TERMS[..]), candidates in prop::collection::vec(candidate(), 0..9),
        (omitted, seed) in any::<(u32, u64)>(), affinity in prop::option::of(affinity()),
    ) -> DecisionRecord {
        let profile = categories.map(|categories| Box::new(ProfileRecord { categories, difficulty }));
        DecisionRecord { chain, facts, profile, mode, terms, candidates, omitted, seed, affinity }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_is_what_is_read(decision in decision()) {
        prop_assert_eq!(Explanation::read(&decision.to_bytes()), Some(Explanation::of(&decision)));
    }

    #[test]
    fn what_is_cut_or_odd_is_read_without_harm(decision in decision(), cut in 0..400_usize, odd in any::<Vec<u8>>()) {
        let mut bytes = decision.to_bytes();
        bytes.truncate(cut);
        let _ = Explanation::read(&bytes);
        bytes.extend(&odd);
        let _ = (Explanation::read(&bytes), Explanation::read(&odd));
    }

    #[test]
    fn what_a_newer_version_adds_is_left_out(decision in decision(), more in prop::collection::vec(any::<u8>(), 0..200)) {
        let mut bytes = decision.to_bytes();
        bytes.extend([200, more.len() as u8, 0, 0]);
        bytes.extend(&more);
        prop_assert_eq!(Explanation::read(&bytes), Some(Explanation::of(&decision)));
    }
}

/// A decision of the adaptive strategy over a fleet like that of the free tiers.
fn typical(count: usize) -> DecisionRecord {
    const PROVIDERS: [&str; 9] =
        ["groq", "cerebras", "openrouter", "gemini", "mistral", "nvidia", "sambanova", "ollama", "deepseek"];
    let candidates = (0..count).map(|n| {
        let refused = (n % 5 == 4).then(|| {
            let quota = format!("30 requests a minute of {}/default", PROVIDERS[n % 9]);
            Refusal::new(RefusalCode::QuotaUsedUp).about(quota).waits(Some(Duration::from_millis(4200)))
        });
        let score = 1.42 - (n as f32) / 97.0;
        CandidateRecord {
            deployment: Arc::new(DeploymentId {
                provider: PROVIDERS[n % 9].to_owned(),
                model: format!("llama-3.{}-{}b-instruct", n % 7, 8 + n / 9),
            }),
            score: refused.is_none().then_some(f64::from(score)),
            terms: if refused.is_some() {
                [0.0; 5]
            } else {
                [0.21 + score / 3.0, 0.38, 0.17 * score, 0.2, 0.0]
            },
            place: refused.is_none().then_some((n - n / 5) as u16),
            refused,
        }
    });
    DecisionRecord {
        chain: vec![
            Hop { route: "wye/auto".into(), strategy: "rules", reason: Some("tag coding".into()) },
            Hop { route: "t2".into(), strategy: "adaptive", reason: None },
        ],
        facts: FactsRecord {
            tokens_in: 812,
            tokens_out: 400,
            traits: Traits::TOOLS.and(Traits::STREAM),
            script: Some("latin"),
            tags: vec!["coding"],
            tier: Some(2),
        },
        terms: TERMS[2],
        candidates: candidates.collect(),
        seed: 0x1234_5678_9abc_def0,
        ..DecisionRecord::default()
    }
}

#[test]
fn a_decision_takes_few_bytes() {
    let sizes = [8, MOST_CANDIDATES].map(|count| typical(count).to_bytes().len());
    assert!(sizes[0] <= 600 && sizes[1] <= 3200, "{sizes:?}");
    assert_eq!(
        Explanation::of(&typical(8)).chosen().map(|one| one.deployment.as_str()),
        Some("groq/llama-3.0-8b-instruct")
    );
}
