//! Finding what a database refuses in a batch: the batch is halved until each record that is at fault stands alone. All
//! others are written, so that one record which the database cannot hold does not stop those behind it for ever.

use super::append::{Batch, RequestLog};
use super::{Body, Entry, Window};
use crate::StoreError;

/// Some of a batch.
#[derive(Clone, Copy)]
struct Part<'b> {
    entries: &'b [&'b Entry],
    bodies: &'b [&'b Body],
    windows: &'b [Window],
}

impl Part<'_> {
    /// Two that are smaller, the first one first; `None` of a single record.
    fn halves(self) -> Option<[Self; 2]> {
        const NONE: Part<'static> = Part { entries: &[], bodies: &[], windows: &[] };
        let Self { entries, bodies, windows } = self;
        // A request is tried without its bodies, and limits apart from requests.
        if [entries.is_empty(), bodies.is_empty(), windows.is_empty()].iter().filter(|none| !**none).count()
            > 1
        {
            let rest = Self { entries: &[], ..self };
            return Some(match entries.is_empty() {
                true => [Self { bodies, ..NONE }, Self { windows, ..NONE }],
                false => [Self { entries, ..NONE }, rest],
            });
        }
        let ((e, f), (b, c), (w, x)) = (half(entries), half(bodies), half(windows));
        let several = entries.len().max(bodies.len()).max(windows.len()) > 1;
        several.then_some([
            Self { entries: e, bodies: b, windows: w },
            Self { entries: f, bodies: c, windows: x },
        ])
    }
}

fn half<T>(of: &[T]) -> (&[T], &[T]) {
    of.split_at(of.len().div_ceil(2))
}

impl RequestLog {
    /// Writes what the database takes of a batch that it has refused. Gives what it does not take: each of these records
    /// was refused on its own. What is written already is left out.
    ///
    /// # Errors
    /// If the database cannot be written at all. What was written stays; the same call may be made again.
    pub async fn sift(&mut self, batch: &Batch) -> Result<Batch, StoreError> {
        self.catch_up().await?;
        // A database that does not even take an empty batch is at fault itself, whatever stands in this one.
        let nothing = Part { entries: &[], bodies: &[], windows: &[] };
        let at_fault = |error: StoreError| match error {
            error if error.refuses() => StoreError::Unavailable(error.to_string()),
            other => other,
        };
        self.part(nothing).await.map_err(at_fault)?;
        let known = self.known(&batch.entries).await?;
        let fresh = |id: u128| known.binary_search(&id).is_err();
        let entries: Vec<&Entry> = batch.entries.iter().filter(|entry| fresh(entry.id.0)).collect();
        let bodies: Vec<&Body> = batch.bodies.iter().filter(|body| fresh(body.id.0)).collect();
        let mut refused = Batch { number: batch.number, ..Batch::default() };
        let mut parts = vec![Part { entries: &entries, bodies: &bodies, windows: &batch.windows }];
        while let Some(part) = parts.pop() {
            match self.part(part).await {
                Ok(()) => {}
                Err(error) if error.refuses() => match part.halves() {
                    Some([first, second]) => parts.extend([second, first]),
                    None => {
                        refused.entries.extend(part.entries.iter().map(|entry| (*entry).clone()));
                        refused.bodies.extend(part.bodies.iter().map(|body| (*body).clone()));
                        refused.windows.extend(part.windows.iter().cloned());
                    }
                },
                Err(other) => return Err(other),
            }
        }
        Ok(refused)
    }

    async fn part(&mut self, part: Part<'_>) -> Result<(), StoreError> {
        self.write(self.next(), part.entries, part.bodies, part.windows).await
    }
}
