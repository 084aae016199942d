//! The page as people see it.

use std::sync::Arc;
use std::time::Duration;

use wye_types::record::decision::{CandidateRecord, FactsRecord, Hop, Traits};
use wye_types::record::{
    AttemptRecord, DecisionRecord, Outcome, PassedOver, Phases, Refusal, RefusalCode, RequestRecord, Role,
};
use wye_types::{Code, DeploymentId, RequestId, Usage};

use super::*;

fn deployment(name: &str) -> Arc<DeploymentId> {
    Arc::new(DeploymentId::parse(name).unwrap())
}

fn candidate(name: &str, place: u16, score: f64) -> CandidateRecord {
    let terms = [0.31, 0.4, 0.21, f32::NAN, 0.000_04];
    CandidateRecord {
        deployment: deployment(name),
        score: Some(score),
        terms,
        place: Some(place),
        refused: None,
    }
}

fn refused(name: &str, refusal: Refusal) -> CandidateRecord {
    CandidateRecord { place: None, score: None, refused: Some(refusal), ..candidate(name, 0, 0.0) }
}

fn record() -> RequestRecord {
    let attempt = |name: &str, started, role, outcome, status| AttemptRecord {
        deployment: deployment(name),
        account: 0,
        started: Duration::from_millis(started),
        took: Duration::from_millis(300),
        status,
        outcome,
        role,
        phases: Phases::default(),
    };
    let served = Phases {
        answered: Some(Duration::from_millis(180)),
        content: Some(Duration::from_micros(192_500)),
        ..Phases::default()
    };
    let quota = Refusal::new(RefusalCode::QuotaUsedUp).about("30 requests a minute of groq/1");
    RequestRecord {
        id: RequestId::v7(1_795_000_000_123, 7),
        at_ms: 1_795_000_000_123,
        asked: "wye/auto\u{1b}[31m".to_owned(),
        key: Some("ci".to_owned()),
        status: 200,
        stream: true,
        served: Some(deployment("cerebras/llama-3.3-70b")),
        usage: Some(Usage { input: 812, output: 402, ..Usage::default() }),
        cost: Some(120_000),
        cost_basis: Some("catalog"),
        attempts: vec![
            attempt(
                "groq/llama-3.3-70b",
                1,
                Role::Primary,
                Outcome::Failed(Code::ProviderOverloaded),
                Some(503),
            ),
            AttemptRecord {
                phases: served,
                ..attempt("cerebras/llama-3.3-70b", 302, Role::Retry, Outcome::Served, Some(200))
            },
        ],
        decision: Some(Box::new(DecisionRecord {
            chain: vec![
                Hop { route: "wye/auto".into(), strategy: "rules", reason: Some("tag coding".into()) },
                Hop { route: "t2".into(), strategy: "adaptive", reason: None },
            ],
            facts: FactsRecord {
                tokens_in: 798,
                tokens_out: 400,
                traits: Traits::TOOLS.and(Traits::STREAM),
                script: Some("latin"),
                tags: vec!["coding"],
                tier: Some(2),
            },
            terms: &["random", "health", "speed", "weight", "penalty"],
            candidates: vec![
                candidate("groq/llama-3.3-70b", 0, 1.4249),
                candidate("cerebras/llama-3.3-70b", 1, 1.2),
                refused("openrouter/qwen", quota.waits(Some(Duration::from_millis(4200)))),
                refused("local/tiny", Refusal::new(RefusalCode::Context)),
            ],
            omitted: 120,
            ..DecisionRecord::default()
        })),
        first_content: Some(Duration::from_micros(495_000)),
        total: Duration::from_millis(612),
        overhead: Duration::from_micros(310),
        warnings: vec!["top_k: not in this dialect".to_owned()],
        ..RequestRecord::default()
    }
}

#[test]
fn a_weighed_request_tells_who_was_weighed_and_who_answered() {
    insta::assert_snapshot!(page(&Entry::of(&record()), 3));
}

#[test]
fn a_listed_request_tells_who_was_passed_over() {
    let reason = Refusal::new(RefusalCode::NoPrice);
    let record = RequestRecord {
        decision: None,
        attempts: Vec::new(),
        passed_over: vec![PassedOver { deployment: deployment("p/odd"), reason }],
        served: None,
        usage: None,
        cost: None,
        status: 503,
        code: Some(Code::GatewayNoTarget),
        first_content: None,
        ..record()
    };
    insta::assert_snapshot!(page(&Entry::of(&record), USUAL));
}
