//! A request and its decision as a page for people: asked, followed, weighed, tried, paid.

use std::fmt::Write;

use jiff::Timestamp;
use wye_pipeline::explain::{Explained, Gram};
use wye_store::log::{Detail, Entry, Tried};
use wye_types::money::dollars;
use wye_types::record::decision::{Explanation, Weighed};

/// Candidates that are shown, so that a page fits a screen.
pub(crate) const USUAL: usize = 16;

/// The page. At most so many candidates are shown.
pub(super) fn page(entry: &Entry, most: usize) -> String {
    let told = entry.told();
    let mut page = Page(String::new());
    page.head(entry);
    match entry.explanation() {
        Some(decision) => page.decision(&decision, served(entry).as_deref(), most),
        None => page.listed(&told),
    }
    page.attempts(&told.attempts);
    page.end(entry, &told);
    page.0.truncate(page.0.trim_end().len());
    page.0
}

/// The page of a request that was not sent.
pub(crate) fn asked(explained: &Explained, most: usize) -> String {
    let told = Explanation::of(&explained.decision);
    let first = told.chosen().map_or("nobody", |first| first.deployment.as_str());
    let mut page = Page(format!("{}\n\n", clean(&format!("{} -> {first}", explained.asked))));
    page.decision(&told, None, most);
    if let Some(judge) = &explained.judge {
        page.line("judge", &format!("{judge} would be rated first; this holds where its judge says nothing"));
    }
    page.grams(&explained.grams);
    page.0.truncate(page.0.trim_end().len());
    page.0
}

struct Page(String);

impl Page {
    /// A line with a word in front of it.
    fn line(&mut self, word: &str, text: &str) {
        // Writing to a String cannot fail, here and below.
        let _ = writeln!(self.0, "{word:<9}{}", clean(text));
    }

    fn head(&mut self, entry: &Entry) {
        let served = served(entry).unwrap_or_else(|| "nobody".to_owned());
        let code = entry.code.as_ref().map(|code| format!(" {code}")).unwrap_or_default();
        let summary =
            format!("{} -> {served}: {}{code} in {}", entry.asked, entry.status, ms(entry.total_us));
        let _ = writeln!(self.0, "{}\n", clean(&summary));
        let at = i64::try_from(entry.at_ms()).ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let at = at.map(|at| format!("{at:.3}")).unwrap_or_default();
        let stream = if entry.stream { ", a stream" } else { "" };
        let key = entry.key.as_ref().map(|key| format!(", key {key}")).unwrap_or_default();
        self.line("asked", &format!("{}{stream} in {}{key}, at {at}", entry.kind.name(), entry.dialect));
    }

    fn decision(&mut self, decision: &Explanation, served: Option<&str>, most: usize) {
        let facts = &decision.facts;
        let mut known = vec![format!("{} tokens in, {} expected out", facts.tokens_in, facts.tokens_out)];
        known.extend(facts.traits.iter().map(|one| (*one).to_owned()));
        known.extend(facts.script.clone());
        known.extend(facts.tags.iter().map(|tag| format!("tag {tag}")));
        known.extend(facts.tier.map(|tier| format!("tier {tier}")));
        self.line("facts", &known.join(", "));
        if let Some(profile) = &decision.profile {
            let mut thought: Vec<String> = profile
                .categories
                .iter()
                .map(|(name, likely)| format!("{name} {:.0} %", likely.unwrap_or(0.0) * 100.0))
                .collect();
            thought.extend(profile.difficulty.map(|hard| format!("difficulty {hard:.2}")));
            self.line("profile", &thought.join(", "));
        }
        for (place, step) in decision.chain.iter().enumerate() {
            let reason = step.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
            let word = if place == 0 { "route" } else { "" };
            self.line(word, &format!("{}: {}{reason}", step.route, step.strategy));
        }
        if let Some(session) = &decision.session {
            let home = session.home.as_ref().map(|home| format!(" at {home}")).unwrap_or_default();
            self.line("session", &format!("{}{home}, known by its {}", session.outcome, session.by));
        }
        if decision.mode != "in_turn" {
            self.line("attempts", decision.mode);
        }
        self.candidates(decision, served, most);
    }

    /// The letters that weighed most, a line for each head.
    fn grams(&mut self, grams: &[Gram]) {
        let mut left = grams;
        while let Some(first) = left.first() {
            let (own, others) = left.split_at(left.iter().take_while(|gram| gram.head == first.head).count());
            let told = own.iter().map(|Gram { text, weight, .. }| format!("{text:?} {weight:+.2}"));
            self.line(
                if left.len() == grams.len() { "letters" } else { "" },
                &format!("{}: {}", first.head, told.collect::<Vec<_>>().join(", ")),
            );
            left = others;
        }
    }

    fn candidates(&mut self, decision: &Explanation, served: Option<&str>, most: usize) {
        let all = &decision.candidates;
        let shown = &all[..all.len().min(most)];
        let weighed = shown.iter().any(|one| one.score.is_some());
        let mut rows = Vec::new();
        let mut head = vec![String::new(), "candidate".to_owned()];
        if weighed {
            head.push("score".to_owned());
            head.extend(decision.terms.iter().cloned());
        }
        rows.push((head, String::new()));
        rows.extend(shown.iter().map(|one| row(one, served, weighed.then_some(decision.terms.len()))));
        self.table(&rows);
        let left = all.len() - shown.len() + decision.omitted as usize;
        if left > 0 {
            let hint = if shown.len() < all.len() { "; --all shows those that are recorded" } else { "" };
            let _ = writeln!(self.0, "   and {left} more{hint}");
        }
    }

    /// A request that was sent where its list says.
    fn listed(&mut self, told: &Detail) {
        self.line("route", "ordered: as its targets are listed");
        let rows: Vec<_> = told
            .passed_over
            .iter()
            .map(|over| {
                let code = over.code.as_ref().map(|code| format!("{code}: ")).unwrap_or_default();
                (vec!["-".to_owned(), over.deployment.clone()], format!("{code}{}", over.reason))
            })
            .collect();
        self.table(&rows);
    }

    fn attempts(&mut self, attempts: &[Tried]) {
        if attempts.is_empty() {
            return self.0.push_str("\nnobody was called\n");
        }
        let names = ["", "attempt", "as", "after", "answer", "content", "took", "status"];
        let mut rows = vec![(names.map(str::to_owned).to_vec(), String::new())];
        for (place, one) in (1..).zip(attempts) {
            let time = |us: Option<u64>| us.map_or_else(|| "-".to_owned(), ms);
            let status = one.status.map_or_else(|| "-".to_owned(), |status| status.to_string());
            let code = one.code.as_ref().map(|code| format!(" {code}")).unwrap_or_default();
            let cells = vec![
                place.to_string(),
                format!("{} #{}", one.deployment, one.account + 1),
                one.role.clone().unwrap_or_else(|| "primary".to_owned()),
                ms(one.started_us),
                time(one.answered_us),
                time(one.content_us),
                ms(one.took_us),
                status,
            ];
            rows.push((cells, format!("{}{code}", one.outcome)));
        }
        self.table(&rows);
    }

    fn end(&mut self, entry: &Entry, told: &Detail) {
        self.0.push('\n');
        let mut paid = vec![match (entry.cost_nano, &entry.cost_basis) {
            (Some(nano), Some(basis)) => format!("${} ({basis})", dollars(nano)),
            (Some(nano), None) => format!("${}", dollars(nano)),
            (None, _) => "not known".to_owned(),
        }];
        if let Some(usage) = &entry.usage {
            let about = if entry.estimated { ", estimated" } else { "" };
            paid.push(format!("{} tokens in, {} out{about}", usage.prompt_total(), usage.output_total()));
        }
        self.line("cost", &paid.join("; "));
        let mut times = vec![format!("gateway {}", ms(entry.overhead_us))];
        if told.waited_us > 0 {
            times.push(format!("waited {} for a quota", ms(told.waited_us)));
        }
        times.extend(entry.first_us.map(|first| format!("first content {}", ms(first))));
        times.push(format!("all {}", ms(entry.total_us)));
        self.line("times", &times.join(", "));
        for warning in &told.warnings {
            self.line("warning", warning);
        }
    }

    /// Rows of cells in columns, with what stands behind them.
    fn table(&mut self, rows: &[(Vec<String>, String)]) {
        if rows.is_empty() {
            return;
        }
        let rows: Vec<(Vec<String>, String)> = rows
            .iter()
            .map(|(cells, behind)| (cells.iter().map(|cell| clean(cell)).collect(), clean(behind)))
            .collect();
        let columns = rows.iter().map(|(cells, _)| cells.len()).max().unwrap_or(0);
        let width = |column: usize| {
            rows.iter().filter_map(|(cells, _)| Some(cells.get(column)?.chars().count())).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        self.0.push('\n');
        for (cells, behind) in &rows {
            let mut line = String::new();
            // What has fewer cells than others says the rest where their numbers stand.
            for (cell, width) in cells.iter().zip(&widths) {
                let _ = write!(line, "{cell:<width$}  ");
            }
            line.push_str(behind);
            let _ = writeln!(self.0, "{}", line.trim_end());
        }
    }
}

/// A candidate: its numbers if it was weighed, its refusal if it was not.
fn row(one: &Weighed, served: Option<&str>, terms: Option<usize>) -> (Vec<String>, String) {
    let place = one.place.map_or_else(|| "-".to_owned(), |place| (u32::from(place) + 1).to_string());
    let mut cells = vec![place, one.deployment.clone()];
    if let Some(refused) = &one.refused {
        return (cells, format!("{}: {}", refused.code, refused.reason));
    }
    if let Some(terms) = terms {
        cells.push(one.score.map_or_else(|| "-".to_owned(), number));
        cells.extend((0..terms).map(|term| {
            let known = one.terms.get(term).copied().flatten();
            known.map_or_else(|| "-".to_owned(), |term| number(f64::from(term)))
        }));
    }
    let chosen = served == Some(one.deployment.as_str());
    (cells, if chosen { "served".to_owned() } else { String::new() })
}

fn served(entry: &Entry) -> Option<String> {
    let (provider, model) = entry.provider.as_ref().zip(entry.model.as_ref())?;
    Some(format!("{provider}/{model}"))
}

/// Few digits, whatever its size.
fn number(number: f64) -> String {
    match number.abs() {
        0.0 => "0".to_owned(),
        size if size < 0.001 => format!("{number:.1e}"),
        size if size < 10.0 => format!("{number:.3}"),
        _ => format!("{number:.0}"),
    }
}

#[expect(clippy::cast_precision_loss, reason = "shown with three digits")]
fn ms(us: u64) -> String {
    let ms = us as f64 / 1000.0;
    if us < 10_000 { format!("{ms:.2} ms") } else { format!("{ms:.0} ms") }
}

/// A terminal obeys what it is told; clients name models as they like.
fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

#[cfg(test)]
mod tests;
