//! What came of a request so far, for a client that wants to read it in the answer itself (`trace: true`): one line for the
//! `x-wye-trace` header. It is made of the record, of which `GET /v1/trace/{id}` tells the rest.

use std::fmt::{self, Write};

use http::HeaderValue;
use wye_types::record::decision::DecisionRecord;
use wye_types::record::{AttemptRecord, Outcome, RequestRecord, Role};

use crate::reason::{Line, scored};

/// The longest, in bytes: headers must pass proxies.
const MOST: usize = 1024;

/// The line, as far as the request has come.
pub(crate) fn trace(record: &RequestRecord) -> HeaderValue {
    let mut line = Line::of(MOST);
    // Writing to it never fails: what is too long is cut.
    let _ = write(record, &mut line);
    line.value()
}

fn write(record: &RequestRecord, line: &mut Line) -> fmt::Result {
    let mut parts = Parts { line, begun: false };
    if let Some(decision) = record.decision.as_deref() {
        decided(decision, &mut parts)?;
    }
    let mut refused = parts.part("refused: ");
    for over in &record.passed_over {
        write!(refused.next()?, "{} {}", over.deployment, over.reason.code)?;
    }
    for (code, count) in &record.passed_more {
        write!(refused.next()?, "{count} more {code}")?;
    }
    let mut attempts = parts.part("attempts: ");
    for attempt in &record.attempts {
        came_of(attempt, attempts.next()?)?;
    }
    let served = record.attempts.iter().any(|attempt| attempt.outcome == Outcome::Served);
    // A stream has only begun when its headers go.
    match &record.served {
        Some(deployment) if !served => write!(attempts.next()?, "{deployment} answers"),
        _ => Ok(()),
    }
}

fn decided(decision: &DecisionRecord, parts: &mut Parts<'_>) -> fmt::Result {
    if let Some(profile) = decision.profile.as_deref() {
        let mut about = parts.part("about: ");
        for (category, share) in &profile.categories {
            write!(about.next()?, "{category} {share:.2}")?;
        }
        let mut hard = parts.part("difficulty: ");
        if let Some(difficulty) = profile.difficulty {
            write!(hard.next()?, "{difficulty:.2}")?;
        }
    }
    let mut order = parts.part("order: ");
    for one in decision.candidates.iter().filter(|one| one.place.is_some()) {
        let line = order.next()?;
        write!(line, "{}", one.deployment)?;
        if let Some(score) = one.score {
            scored(score, line)?;
        }
    }
    Ok(())
}

fn came_of(attempt: &AttemptRecord, line: &mut Line) -> fmt::Result {
    write!(line, "{}", attempt.deployment)?;
    if !matches!(attempt.role, Role::Primary | Role::Retry) {
        write!(line, " ({})", attempt.role.name())?;
    }
    match attempt.outcome {
        Outcome::Served => line.write_str(" served")?,
        Outcome::Failed(code) => write!(line, " {}", code.name())?,
        Outcome::Cancelled => line.write_str(" cancelled")?,
    }
    if let Some(status) = attempt.status.filter(|_| attempt.outcome != Outcome::Served) {
        write!(line, " ({status})")?;
    }
    write!(line, " in {} ms", attempt.took.as_millis())
}

/// Parts of a line, each with a name before it.
struct Parts<'l> {
    line: &'l mut Line,
    begun: bool,
}

/// A part, of which nothing is written before there is something in it.
struct Part<'p, 'l> {
    parts: &'p mut Parts<'l>,
    name: &'static str,
    begun: bool,
}

impl<'l> Parts<'l> {
    const fn part(&mut self, name: &'static str) -> Part<'_, 'l> {
        Part { parts: self, name, begun: false }
    }
}

impl Part<'_, '_> {
    /// Where the next thing in it is written.
    fn next(&mut self) -> Result<&mut Line, fmt::Error> {
        let line = &mut *self.parts.line;
        if self.begun {
            line.write_str(", ")?;
        } else {
            line.write_str(if self.parts.begun { "; " } else { "" })?;
            line.write_str(self.name)?;
        }
        (self.begun, self.parts.begun) = (true, true);
        Ok(line)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use wye_types::record::decision::{CandidateRecord, ProfileRecord};
    use wye_types::record::{PassedOver, Phases, Refusal, RefusalCode};
    use wye_types::{Code, DeploymentId};

    use super::*;

    fn deployment(name: &str) -> Arc<DeploymentId> {
        Arc::new(DeploymentId::parse(name).unwrap())
    }

    fn attempt(name: &str, outcome: Outcome, status: Option<u16>, role: Role) -> AttemptRecord {
        AttemptRecord {
            deployment: deployment(name),
            account: 0,
            started: Duration::ZERO,
            took: Duration::from_millis(12),
            status,
            outcome,
            role,
            phases: Phases::default(),
        }
    }

    fn told(record: &RequestRecord) -> String {
        trace(record).to_str().unwrap().to_owned()
    }

    #[test]
    fn a_line_tells_what_was_thought_weighed_refused_and_tried() {
        let candidate = |name: &str, place, score| CandidateRecord {
            deployment: deployment(name),
            score,
            terms: [0.0; 5],
            place,
            refused: None,
        };
        let refused =
            PassedOver { deployment: deployment("c/m"), reason: Refusal::new(RefusalCode::Context) };
        let failed = Outcome::Failed(Code::ProviderTimeout);
        let mut record = RequestRecord {
            decision: Some(Box::new(DecisionRecord {
                profile: Some(Box::new(ProfileRecord {
                    categories: vec![("code", 0.9)],
                    difficulty: Some(0.25),
                })),
                candidates: vec![
                    candidate("a/m", Some(0), Some(1.5)),
                    candidate("b/m", Some(1), Some(f64::MIN)),
                    candidate("c/m", None, None),
                ],
                ..DecisionRecord::default()
            })),
            passed_over: vec![refused],
            passed_more: vec![(RefusalCode::Excluded, 7)],
            attempts: vec![
                attempt("a/m", failed, Some(504), Role::Primary),
                attempt("b/m", Outcome::Served, Some(200), Role::Hedge),
            ],
            served: Some(deployment("b/m")),
            ..RequestRecord::default()
        };
        assert_eq!(
            told(&record),
            "about: code 0.90; difficulty: 0.25; order: a/m 1.50, b/m; refused: c/m context, 7 more excluded; \
             attempts: a/m provider_timeout (504) in 12 ms, b/m (hedge) served in 12 ms"
        );
        record.decision = None;
        record.passed_over.clear();
        record.passed_more.clear();
        record.attempts.truncate(1);
        assert_eq!(told(&record), "attempts: a/m provider_timeout (504) in 12 ms, b/m answers");
        assert_eq!(told(&RequestRecord::default()), "");
    }

    #[test]
    fn a_line_of_many_attempts_is_cut() {
        let attempts = (0..100).map(|n| attempt(&format!("p/{n}"), Outcome::Cancelled, None, Role::Retry));
        let line = told(&RequestRecord { attempts: attempts.collect(), ..RequestRecord::default() });
        assert!(line.len() == MOST && line.ends_with("..."), "{line}");
    }
}
