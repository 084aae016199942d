//! Finding requests: filters, newest first, page by page.

use std::fmt::Write as _;

use wye_types::{Kind, RequestId};

use super::entry::{COLUMNS, Entry, int, nat};
use super::tally::What;
use crate::{Db, StoreError, Value};

/// The most requests on a page.
const MOST: u32 = 500;
/// Hours that one question looks into, where the sums tell which hours have any.
const HOURS: usize = 24;

/// Which requests are wanted. Everything that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Arrived at this Unix millisecond or later.
    pub from_ms: Option<u64>,
    /// Arrived before this Unix millisecond.
    pub to_ms: Option<u64>,
    /// The provider whose answer was sent.
    pub provider: Option<String>,
    /// The model whose answer was sent.
    pub model: Option<String>,
    /// The client key's name.
    pub key: Option<String>,
    /// The route.
    pub route: Option<String>,
    /// The team of the client key.
    pub team: Option<String>,
    /// The end user.
    pub user: Option<String>,
    /// One of its tags.
    pub tag: Option<String>,
    /// A deployment (`provider/model`) that was called, whatever came of it.
    pub tried: Option<String>,
    /// A deployment that was not called although it might have been.
    pub passed: Option<String>,
    /// How its targets were ordered.
    pub strategy: Option<String>,
    /// A reason for which targets were not called, in one word.
    pub refusal: Option<String>,
    /// What was asked for.
    pub kind: Option<Kind>,
    /// The category.
    pub category: Option<String>,
    /// How it ended.
    pub code: Option<String>,
    /// The HTTP status.
    pub status: Option<u16>,
    /// Only requests that did not end well, or only those that did.
    pub failed: Option<bool>,
    /// Only streams, or only whole answers.
    pub stream: Option<bool>,
    /// Only what came before this one: the last of the page before.
    pub before: Option<RequestId>,
    /// A text in its bodies, whatever the case of its letters; every character stands for itself. It is looked for in
    /// at most 31 days, and in the last one if no time is given: see [`Filter::find_text`].
    pub text: Option<String>,
}

/// A page of requests, newest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The requests.
    pub entries: Vec<Entry>,
    /// Where the next page begins ([`Filter::before`]); `None` if this was the last.
    pub next: Option<RequestId>,
}

impl Filter {
    /// Finds a page. What is looked for in bodies is found by [`Filter::find_text`].
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn find(&self, db: &Db, count: u32) -> Result<Found, StoreError> {
        let count = count.clamp(1, MOST) as usize;
        // One more than asked for tells whether there is a next page.
        let mut entries = match self.hours() {
            Some(hours) => self.by_hours(db, count + 1, &hours).await?,
            None => self.within(db, count + 1, self.low(), self.high()).await?,
        };
        let more = entries.len() > count;
        entries.truncate(count);
        let next = entries.last().filter(|_| more).map(|entry| entry.id);
        Ok(Found { entries, next })
    }

    /// The oldest id that may be wanted.
    pub(super) fn low(&self) -> u128 {
        u128::from(self.from_ms.unwrap_or(0)) << 80
    }

    /// The id that nothing wanted reaches.
    pub(super) fn high(&self) -> u128 {
        let to = self.to_ms.map_or(u128::MAX, |ms| u128::from(ms) << 80);
        self.before.map_or(to, |before| before.0.min(to))
    }

    /// What tells in which hours there is something to find; `None` if nothing does.
    fn hours(&self) -> Option<Hours> {
        let mut hours = Hours::default();
        let texts = [
            ("provider = ?", &self.provider),
            ("model = ?", &self.model),
            ("key_name = ?", &self.key),
            ("route = ?", &self.route),
            ("category = ?", &self.category),
            ("code = ?", &self.code),
        ];
        let given = texts.iter().filter_map(|(term, value)| Some((*term, Value::from(value.as_deref()?))));
        let (mut terms, args): (Vec<&str>, Vec<Value>) = given.unzip();
        // Whatever is refused with a status has a code.
        if self.failed == Some(true) || self.status.is_some_and(|status| status >= 400) {
            terms.push("code <> ''");
        }
        if !terms.is_empty() {
            hours.and(&format!("{SUMS} AND {}", terms.join(" AND ")), args);
        }
        let tallied = [(What::Team, &self.team), (What::User, &self.user), (What::Tag, &self.tag)];
        let decided =
            [(What::Passed, &self.passed), (What::Strategy, &self.strategy), (What::Refusal, &self.refusal)];
        for (kind, name) in tallied.into_iter().chain(decided) {
            if let Some(name) = name {
                hours.and(TALLIES, [kind.name().into(), name.as_str().into()]);
            }
        }
        // Nearly everything is chat, and what is older than the tally of kinds is nothing else.
        if let Some(kind) = self.kind.filter(|kind| *kind != Kind::Chat) {
            hours.and(TALLIES, [What::Kind.name().into(), kind.name().into()]);
        }
        if let Some(name) = &self.tried {
            let (provider, model) = name.split_once('/').unwrap_or((name, ""));
            let either = format!("{SUMS} AND provider = ? AND model = ? UNION {TALLIES}");
            let args = [provider, model, What::Tried.name(), name.as_str()];
            hours.and(&either, args.map(Value::from));
        }
        (!hours.sets.is_empty()).then_some(hours)
    }

    /// Looks only into hours in which the sums say that there is something.
    async fn by_hours(&self, db: &Db, count: usize, hours: &Hours) -> Result<Vec<Entry>, StoreError> {
        let mut found = Vec::new();
        let mut below = int((self.high() >> 80) as u64 / 1000 + 1);
        let from = int((self.low() >> 80) as u64 / 1000) - 3600;
        loop {
            let (sql, args) = hours.ask(from, below);
            let starts = db.rows(sql, args).await?;
            for hour in &starts {
                let start = nat(hour.int(0)?);
                let low = (u128::from(start * 1000) << 80).max(self.low());
                let high = (u128::from((start + 3600) * 1000) << 80).min(self.high());
                found.extend(self.within(db, count - found.len(), low, high).await?);
                if found.len() >= count {
                    return Ok(found);
                }
                below = hour.int(0)?;
            }
            if starts.len() < HOURS {
                return Ok(found);
            }
        }
    }

    async fn within(&self, db: &Db, count: usize, low: u128, high: u128) -> Result<Vec<Entry>, StoreError> {
        let mut sql = format!("SELECT {COLUMNS} FROM requests r WHERE r.id >= ? AND r.id < ?");
        let mut args: Vec<Value> =
            vec![low.to_be_bytes().to_vec().into(), high.to_be_bytes().to_vec().into()];
        self.terms(db, &mut sql, &mut args);
        sql.push_str(" ORDER BY r.id DESC LIMIT ?");
        args.push(i64::try_from(count).unwrap_or(i64::MAX).into());
        db.rows(sql, args).await?.iter().map(Entry::read).collect()
    }

    /// What the row of a request, `r`, must be like, but for its time.
    pub(super) fn terms(&self, db: &Db, sql: &mut String, args: &mut Vec<Value>) {
        let texts = [
            (" AND r.provider = ?", &self.provider),
            (" AND r.model = ?", &self.model),
            (" AND r.key_name = ?", &self.key),
            (" AND r.route = ?", &self.route),
            (" AND r.category = ?", &self.category),
            (" AND r.code = ?", &self.code),
            (" AND r.team = ?", &self.team),
            (" AND r.user_name = ?", &self.user),
            (" AND r.strategy = ?", &self.strategy),
        ];
        for (term, value) in texts {
            if let Some(value) = value {
                sql.push_str(term);
                args.push(value.as_str().into());
            }
        }
        let place = match db {
            Db::Sqlite(_) => "instr",
            Db::Postgres(_) => "strpos",
        };
        let lists = [("tags", &self.tag), ("passed", &self.passed), ("refusals", &self.refusal)];
        for (column, name) in lists {
            if let Some(name) = name {
                // Writing to a String cannot fail, here and below.
                let _ = write!(sql, " AND {place}(r.{column}, ?) > 0");
                args.push(format!("\n{name}\n").into());
            }
        }
        if let Some(name) = &self.tried {
            let _ = write!(sql, " AND (r.provider = ? AND r.model = ? OR {place}(r.tried, ?) > 0)");
            let (provider, model) = name.split_once('/').unwrap_or((name, ""));
            args.extend([provider.into(), model.into(), format!("\n{name}\n").into()]);
        }
        if let Some(kind) = self.kind {
            sql.push_str(" AND r.kind = ?");
            args.push(kind.name().into());
        }
        if let Some(status) = self.status {
            sql.push_str(" AND r.status = ?");
            args.push(i64::from(status).into());
        }
        if let Some(stream) = self.stream {
            sql.push_str(" AND r.stream = ?");
            args.push(stream.into());
        }
        match self.failed {
            Some(true) => sql.push_str(" AND r.code IS NOT NULL"),
            Some(false) => sql.push_str(" AND r.code IS NULL"),
            None => {}
        }
    }
}

/// Hours with requests that are alike in something.
const SUMS: &str = "SELECT start_s FROM rollups WHERE span_s = 3600 AND start_s > ? AND start_s < ?";
/// Hours with requests that have a name.
const TALLIES: &str =
    "SELECT start_s FROM tallies WHERE start_s > ? AND start_s < ? AND kind = ? AND name = ?";

/// A question for the hours in which there is something to find.
#[derive(Debug, Default)]
struct Hours {
    /// Each as SQL and what is bound to it, but for the two times that each SELECT of it begins with.
    sets: Vec<(String, Vec<Value>)>,
}

impl Hours {
    fn and(&mut self, sql: &str, args: impl IntoIterator<Item = Value>) {
        self.sets.push((sql.to_owned(), args.into_iter().collect()));
    }

    /// The latest of them between two times.
    fn ask(&self, from: i64, below: i64) -> (String, Vec<Value>) {
        let mut args = Vec::new();
        let mut sets = Vec::new();
        for (sql, own) in &self.sets {
            let mut own = own.iter().cloned();
            for part in sql.split(" UNION ") {
                args.extend([from.into(), below.into()]);
                args.extend(own.by_ref().take(part.matches('?').count() - 2));
            }
            sets.push(format!("SELECT start_s FROM ({sql}) AS s"));
        }
        let sets = sets.join(" INTERSECT ");
        let sql = format!("SELECT DISTINCT start_s FROM ({sets}) AS h ORDER BY start_s DESC LIMIT {HOURS}");
        (sql, args)
    }
}
