//! Why a request went where it went, in one line for the `x-wye-reason` header: from the record alone, and for lists,
//! which is what most routes are, without writing anything.

use std::fmt::{self, Write};

use http::HeaderValue;
use wye_types::record::decision::{Affinity, CandidateRecord, DecisionRecord, Hop, Mode};
use wye_types::record::{RequestRecord, Role};

/// The longest, in bytes.
const MOST: usize = 200;
/// The score of what nothing is known of that it could be ordered by.
const LOWEST: f64 = f64::MIN;

/// The line, as far as the request has come.
pub(crate) fn reason(record: &RequestRecord, attempts: usize) -> HeaderValue {
    let usual = record.decision.is_none() && record.passed_over.is_empty() && attempts < 2;
    if usual && (record.served.is_some() || record.status == 0) {
        return HeaderValue::from_static("ordered: first target");
    }
    let mut line = Line::of(MOST);
    // Writing to it never fails: what is too long is cut.
    let _ = write(record, attempts, &mut line);
    line.value()
}

fn write(record: &RequestRecord, attempts: usize, line: &mut Line) -> fmt::Result {
    match record.decision.as_deref() {
        Some(decision) => decided(record, decision, line)?,
        None => match &record.served {
            Some(served) => write!(line, "ordered: {served}")?,
            None => line.write_str("ordered: no target answered")?,
        },
    }
    if attempts > 1 {
        write!(line, "; attempt {attempts}")?;
    }
    if record.attempts.iter().any(|attempt| attempt.role == Role::Hedge) {
        line.write_str("; hedged")?;
    }
    refused(record, line)
}

fn decided(record: &RequestRecord, decision: &DecisionRecord, line: &mut Line) -> fmt::Result {
    for (place, hop) in decision.chain.iter().enumerate() {
        let again = |before: &Hop| before.strategy == hop.strategy && hop.reason.is_none();
        if place > 0 && again(&decision.chain[place - 1]) {
            continue;
        }
        line.write_str(if place == 0 { "" } else { " > " })?;
        line.write_str(hop.strategy)?;
        if let Some(reason) = &hop.reason {
            write!(line, " ({reason})")?;
        }
    }
    let tried = decision.candidates.iter().filter(|one| one.place.is_some()).count();
    let served = record.served.as_ref();
    let of = |one: &&CandidateRecord| served.is_none_or(|served| *served == one.deployment);
    let found = decision.candidates.iter().find(of).filter(|one| one.place.is_some());
    let gone = served.is_none() && record.status > 0;
    match (served, found) {
        (Some(served), _) => write!(line, ": {served}")?,
        (None, _) if gone => write!(line, ": none of {tried} answered")?,
        (None, Some(first)) => write!(line, ": {} first", first.deployment)?,
        (None, None) => line.write_str(": nobody to ask")?,
    }
    if let Some(score) = found.and_then(|one| one.score).filter(|_| !gone) {
        scored(score, line)?;
    }
    let others = tried.saturating_sub(1);
    if others > 0 && record.served.is_some() {
        write!(line, " over {others}")?;
    }
    // That a hedge may start says less than that one did.
    let named = decision.chain.first().is_some_and(|hop| hop.strategy == decision.mode.name());
    if !named && !matches!(decision.mode, Mode::InTurn | Mode::Hedged) {
        write!(line, "; {}", decision.mode.name())?;
    }
    match decision.affinity.as_ref().map(|session| session.outcome) {
        Some(outcome @ (Affinity::Kept | Affinity::Moved | Affinity::Forced)) => {
            write!(line, "; session {}", outcome.name())
        }
        Some(Affinity::First) | None => Ok(()),
    }
}

/// A score behind a name. What nothing is known of has none worth telling.
pub(crate) fn scored(score: f64, line: &mut Line) -> fmt::Result {
    let small = score != 0.0 && score.abs() < 0.01;
    match score {
        _ if score <= LOWEST => Ok(()),
        _ if small => write!(line, " {score:.1e}"),
        _ => write!(line, " {score:.2}"),
    }
}

fn refused(record: &RequestRecord, line: &mut Line) -> fmt::Result {
    let all = &record.passed_over;
    if all.is_empty() {
        return Ok(());
    }
    let more = &record.passed_more;
    let count = all.len() + more.iter().map(|(_, count)| *count as usize).sum::<usize>();
    write!(line, "; {count} refused (")?;
    let mut told = Vec::new();
    for code in all.iter().map(|over| over.reason.code).chain(more.iter().map(|(code, _)| *code)) {
        if !told.contains(&code) {
            line.write_str(if told.is_empty() { "" } else { ", " })?;
            line.write_str(code.name())?;
            told.push(code);
        }
    }
    line.write_str(")")
}

/// A line of visible ASCII that takes no more than fits.
#[derive(Debug)]
pub(crate) struct Line {
    text: String,
    most: usize,
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = (self.most + 1).saturating_sub(self.text.len());
        self.text
            .extend(text.chars().take(room).map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }));
        Ok(())
    }
}

impl Line {
    /// An empty one of so many bytes at most.
    pub(crate) const fn of(most: usize) -> Self {
        Self { text: String::new(), most }
    }

    /// It, with a mark where it was cut.
    pub(crate) fn value(mut self) -> HeaderValue {
        if self.text.len() > self.most {
            self.text.truncate(self.most - 3);
            self.text.push_str("...");
        }
        HeaderValue::from_str(&self.text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use wye_types::DeploymentId;
    use wye_types::record::decision::{AffinityRecord, SessionBy};
    use wye_types::record::{PassedOver, Refusal, RefusalCode};

    use super::*;

    fn deployment(name: &str) -> Arc<DeploymentId> {
        Arc::new(DeploymentId::parse(name).unwrap())
    }

    fn record() -> RequestRecord {
        let candidate = |name: &str, place: u16, score: f64| CandidateRecord {
            deployment: deployment(name),
            score: Some(score),
            terms: [0.0; 5],
            place: Some(place),
            refused: None,
        };
        let over = |name: &str, code| PassedOver { deployment: deployment(name), reason: Refusal::new(code) };
        RequestRecord {
            decision: Some(Box::new(DecisionRecord {
                chain: vec![
                    Hop { route: "wye/auto".into(), strategy: "rules", reason: Some("tag coding".into()) },
                    Hop { route: "t2".into(), strategy: "adaptive", reason: None },
                ],
                candidates: vec![candidate("groq/llama", 0, 1.4249), candidate("b/m", 1, 0.0004)],
                ..DecisionRecord::default()
            })),
            passed_over: vec![
                over("c/m", RefusalCode::QuotaUsedUp),
                over("d/m", RefusalCode::Context),
                over("e/m", RefusalCode::Context),
            ],
            status: 200,
            ..RequestRecord::default()
        }
    }

    fn told(record: &RequestRecord, attempts: usize) -> String {
        reason(record, attempts).to_str().unwrap().to_owned()
    }

    #[test]
    fn a_line_says_by_what_and_over_whom() {
        let begun = RequestRecord { status: 0, ..record() };
        let served = RequestRecord { served: Some(deployment("groq/llama")), ..record() };
        let second = RequestRecord { served: Some(deployment("b/m")), ..record() };
        let mut stays = served.clone();
        let decision = stays.decision.as_mut().unwrap();
        let (by, outcome, home) = (SessionBy::Name, Affinity::Kept, None);
        decision.affinity = Some(AffinityRecord { by, outcome, home, price: 0.1 });
        decision.mode = Mode::Race;
        stays.passed_over.clear();
        let plain = RequestRecord { decision: None, ..served.clone() };
        let alone = RequestRecord { passed_over: Vec::new(), ..plain.clone() };
        let refused = "3 refused (quota_used_up, context)";
        for (record, attempts, line) in [
            (&begun, 0, format!("rules (tag coding) > adaptive: groq/llama first 1.42; {refused}")),
            (&served, 1, format!("rules (tag coding) > adaptive: groq/llama 1.42 over 1; {refused}")),
            (&second, 2, format!("rules (tag coding) > adaptive: b/m 4.0e-4 over 1; attempt 2; {refused}")),
            (
                &stays,
                1,
                "rules (tag coding) > adaptive: groq/llama 1.42 over 1; race; session kept".to_owned(),
            ),
            (
                &record(),
                2,
                format!("rules (tag coding) > adaptive: none of 2 answered; attempt 2; {refused}"),
            ),
            (&plain, 1, format!("ordered: groq/llama; {refused}")),
            (&alone, 3, "ordered: groq/llama; attempt 3".to_owned()),
            (&alone, 1, "ordered: first target".to_owned()),
        ] {
            assert_eq!(told(record, attempts), line);
        }
    }

    #[test]
    fn whatever_stands_in_it_a_line_is_short_and_ascii() {
        let mut long = record();
        let decision = long.decision.as_mut().unwrap();
        decision.chain[0].reason = Some("คำ\r\nx-evil: 1".into());
        assert!(told(&long, 1).starts_with("rules (????x-evil: 1) > "), "{}", told(&long, 1));
        let decision = long.decision.as_mut().unwrap();
        decision.chain[0].reason = Some("é".repeat(5000).into());
        let line = told(&long, 1);
        assert!(line.len() == MOST && line.ends_with("?..."), "{line}");
    }
}
