//! Tallies: what there are many names of, per hour. They are sums without percentiles, so that a name costs one small row
//! an hour, and they tell in which hours there is anything to find for it.

use std::collections::BTreeMap;

use super::Entry;
use super::entry::int;
use crate::Statement;

/// What is tallied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum What {
    User,
    Tag,
    Team,
    /// A deployment that was called in vain.
    Tried,
    /// A deployment that was not called.
    Passed,
    /// What was asked for.
    Kind,
    /// How targets were ordered.
    Strategy,
    /// Why targets were not called.
    Refusal,
}

impl What {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Tag => "tag",
            Self::Team => "team",
            Self::Tried => "tried",
            Self::Passed => "passed",
            Self::Kind => "kind",
            Self::Strategy => "strategy",
            Self::Refusal => "refusal",
        }
    }
}

#[derive(Debug, Default)]
struct Tally {
    requests: u64,
    failed: u64,
    input: u64,
    output: u64,
    cost_nano: u64,
}

/// What requests add to the tallies.
#[derive(Debug, Default)]
pub(super) struct Tallies<'e>(BTreeMap<(What, &'e str, u64), Tally>);

impl<'e> Tallies<'e> {
    pub(super) fn add(&mut self, entry: &'e Entry) {
        let second = entry.at_ms() / 1000;
        let hour = second - second % 3600;
        let one = |kind, name: &'e Option<String>| name.as_deref().map(|name| (kind, name));
        let many = |kind, names: &'e [String]| names.iter().map(move |name| (kind, name.as_str()));
        let names = [
            one(What::User, &entry.user),
            one(What::Team, &entry.team),
            one(What::Strategy, &entry.strategy),
        ];
        let names = names.into_iter().flatten();
        let names = names
            .chain(many(What::Tag, &entry.tags))
            .chain(many(What::Tried, &entry.tried))
            .chain(many(What::Passed, &entry.passed))
            .chain(many(What::Refusal, &entry.refusals))
            .chain([(What::Kind, entry.kind.name())]);
        for (kind, name) in names {
            let usage = entry.usage.unwrap_or_default();
            let tally = self.0.entry((kind, name, hour)).or_default();
            tally.requests += 1;
            tally.failed += u64::from(entry.code.is_some());
            tally.input = tally.input.saturating_add(usage.prompt_total());
            tally.output = tally.output.saturating_add(usage.output_total());
            tally.cost_nano = tally.cost_nano.saturating_add(entry.cost_nano.unwrap_or(0));
        }
    }

    /// Adds them to what stands in the database, whoever wrote that.
    pub(super) fn statements(&self) -> impl Iterator<Item = Statement> {
        self.0.iter().map(|((kind, name, hour), tally)| {
            Statement::new(
                "INSERT INTO tallies (kind, name, start_s, requests, failed, input, output, cost_nano)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (kind, name, start_s) DO UPDATE SET
                 requests = tallies.requests + excluded.requests, failed = tallies.failed + excluded.failed,
                 input = tallies.input + excluded.input, output = tallies.output + excluded.output,
                 cost_nano = tallies.cost_nano + excluded.cost_nano",
                [
                    kind.name().into(),
                    (*name).into(),
                    int(*hour).into(),
                    int(tally.requests).into(),
                    int(tally.failed).into(),
                    int(tally.input).into(),
                    int(tally.output).into(),
                    int(tally.cost_nano).into(),
                ],
            )
        })
    }
}
