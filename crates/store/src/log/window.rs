//! Windows of limits, kept over a restart beside the requests that were counted in them.

use std::time::Duration;

use wye_limits::{CellId, Measure, Saved, Word};

use super::entry::{int, nat};
use crate::{Db, Row, Statement, StoreError, Value};

/// What a vendor's word begins with, where it stands among the amounts.
const WORD: &str = "word=";

/// A window and its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Whose, of what, over which time.
    pub id: CellId,
    /// What counts in it.
    pub saved: Saved,
}

impl Window {
    /// The windows that a node's earlier process saved.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn all(db: &Db, node: &str) -> Result<Vec<Self>, StoreError> {
        let sql = "SELECT owner, measure, period, at_ms, amounts FROM windows WHERE node = ?";
        let rows = db.rows(sql, vec![node.into()]).await?;
        // What this program does not know any more limits nothing.
        rows.iter().filter_map(|row| Self::read(row).transpose()).collect()
    }

    /// One that counts nothing any more.
    #[must_use]
    pub const fn over(id: CellId, at_ms: u64) -> Self {
        Self { id, saved: Saved { at_ms, amounts: Vec::new(), word: None } }
    }

    /// Keeps what counts; a window in which nothing does is not kept.
    pub(super) fn write(&self, node: &str) -> Statement {
        let mut values = vec![Value::from(node)];
        values.extend(self.values());
        if self.saved.is_empty() {
            values.truncate(4);
            let sql = "DELETE FROM windows WHERE node = ? AND owner = ? AND measure = ? AND period = ?";
            return Statement::new(sql, values);
        }
        Statement::new(
            "INSERT INTO windows (node, owner, measure, period, at_ms, amounts) VALUES (?, ?, ?, ?, ?, ?)
             ON CONFLICT (node, owner, measure, period) DO UPDATE SET at_ms = excluded.at_ms,
             amounts = excluded.amounts",
            values,
        )
    }

    /// Its columns, but for the node.
    pub(super) fn values(&self) -> [Value; 5] {
        let amounts = self.saved.amounts.iter().map(|(age, amount)| format!("{}:{amount}", age.as_millis()));
        let Word { limit, left, grows, at_ms, heard_ms, until_ms } = self.saved.word.unwrap_or_default();
        // A version that does not know it reads the amounts alone.
        let word = format!("{WORD}{limit},{left},{grows},{at_ms},{heard_ms},{until_ms}");
        let amounts = amounts.chain(self.saved.word.map(|_| word));
        [
            self.id.owner.replace('\0', "\u{fffd}").into(),
            self.id.measure.name().into(),
            self.id.period.as_str().into(),
            int(self.saved.at_ms).into(),
            amounts.collect::<Vec<_>>().join(" ").into(),
        ]
    }

    pub(super) fn read(row: &Row) -> Result<Option<Self>, StoreError> {
        const ALL: [Measure; 4] = [Measure::Requests, Measure::Tokens, Measure::Money, Measure::Concurrent];
        let name = row.text(1)?;
        let Some(measure) = ALL.into_iter().find(|measure| measure.name() == name) else { return Ok(None) };
        let amounts = row.text(4)?.split(' ').filter_map(|pair| {
            let (age, amount) = pair.split_once(':')?;
            Some((Duration::from_millis(age.parse().ok()?), amount.parse().ok()?))
        });
        Ok(Some(Self {
            id: CellId { owner: row.text(0)?.to_owned(), measure, period: row.text(2)?.to_owned() },
            saved: Saved { at_ms: nat(row.int(3)?), amounts: amounts.collect(), word: word(row.text(4)?) },
        }))
    }
}

/// The vendor's word among the amounts.
fn word(amounts: &str) -> Option<Word> {
    let word = amounts.split(' ').find_map(|part| part.strip_prefix(WORD))?;
    let numbers: Option<Vec<u64>> = word.split(',').map(|number| number.parse().ok()).collect();
    let [limit, left, grows, at_ms, heard_ms, until_ms] = numbers?.try_into().ok()?;
    Some(Word { limit, left, grows, at_ms, heard_ms, until_ms })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn a_window_comes_back_as_it_was_written(
            amounts in proptest::collection::vec((0..u64::from(u32::MAX), any::<u64>()), 0..4),
            numbers in proptest::option::of(any::<[u64; 6]>()),
            at_ms in 0..u64::from(u32::MAX),
        ) {
            let word = numbers.map(|[limit, left, grows, at_ms, heard_ms, until_ms]| {
                Word { limit, left, grows, at_ms, heard_ms, until_ms }
            });
            let amounts = amounts.into_iter().map(|(age, n)| (Duration::from_millis(age), n)).collect();
            let id = CellId { owner: "a b".to_owned(), measure: Measure::Tokens, period: "60 s".to_owned() };
            let window = Window { id, saved: Saved { at_ms, amounts, word } };
            prop_assert_eq!(Window::read(&Row(window.values().into())).unwrap(), Some(window));
        }
    }
}
