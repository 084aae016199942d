//! What requests really were about: an operator's word on a decision that went by a wrong guess. Kept until it is removed, to
//! train the next heads with.

use crate::{Db, Row, Statement, StoreError, Value};

/// The most labels that one question gives.
const MOST: u32 = 500;

/// An operator's word on a request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Label {
    /// The request's id.
    pub id: String,
    /// When it was said, in Unix milliseconds.
    pub at_ms: u64,
    /// Who said it.
    pub author: String,
    /// What the request was about; `None`: that was not said.
    pub category: Option<String>,
    /// How hard it was, from 0 to 1; `None`: that was not said.
    pub difficulty: Option<f64>,
    /// In the author's words; may be empty.
    pub note: String,
    /// What it was thought to be about.
    pub guessed: Option<String>,
    /// How hard it was thought to be.
    pub guessed_difficulty: Option<f64>,
    /// Its newest words, where they were kept.
    pub text: Option<String>,
}

/// The table of labels.
#[derive(Debug, Clone)]
pub struct LabelTable {
    db: Db,
}

impl LabelTable {
    /// The table in a database.
    #[must_use]
    pub const fn new(db: Db) -> Self {
        Self { db }
    }

    /// Keeps a label. One that is there for the same request is replaced.
    ///
    /// # Errors
    /// If the database cannot do it.
    pub async fn put(&self, label: &Label) -> Result<(), StoreError> {
        let put = Statement::new(
            "INSERT INTO labels (id, at_ms, author, category, difficulty, note, guessed, guessed_difficulty, text)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
             ON CONFLICT (id) DO UPDATE SET at_ms = excluded.at_ms, author = excluded.author,
             category = excluded.category, difficulty = excluded.difficulty, note = excluded.note,
             guessed = excluded.guessed, guessed_difficulty = excluded.guessed_difficulty, text = excluded.text",
            values(label),
        );
        self.db.change(vec![put]).await.map(drop)
    }

    /// Labels by the ids of their requests, which are those of their times, behind one; at most `count`.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn after(&self, id: &str, count: u32) -> Result<Vec<Label>, StoreError> {
        let sql = "SELECT id, at_ms, author, category, difficulty, note, guessed, guessed_difficulty, text
                   FROM labels WHERE id > ? ORDER BY id LIMIT ?";
        let rows = self.db.rows(sql, vec![id.into(), i64::from(count.min(MOST)).into()]).await?;
        rows.iter().map(read).collect()
    }

    /// Removes a label. Gives whether it was there.
    ///
    /// # Errors
    /// If the database cannot do it.
    pub async fn remove(&self, id: &str) -> Result<bool, StoreError> {
        let gone = Statement::new("DELETE FROM labels WHERE id = ?", [id.into()]);
        Ok(self.db.change(vec![gone]).await?.first().is_some_and(|rows| *rows > 0))
    }
}

fn values(label: &Label) -> [Value; 9] {
    let text =
        |text: &Option<String>| Value::from(text.as_deref().map(|text| text.replace('\0', "\u{fffd}")));
    [
        label.id.as_str().into(),
        i64::try_from(label.at_ms).unwrap_or(i64::MAX).into(),
        label.author.as_str().into(),
        text(&label.category),
        label.difficulty.into(),
        label.note.as_str().into(),
        text(&label.guessed),
        label.guessed_difficulty.into(),
        text(&label.text),
    ]
}

fn read(row: &Row) -> Result<Label, StoreError> {
    let text = |column| row.opt_text(column).map(|text| text.map(str::to_owned));
    Ok(Label {
        id: row.text(0)?.to_owned(),
        at_ms: u64::try_from(row.int(1)?).unwrap_or(0),
        author: row.text(2)?.to_owned(),
        category: text(3)?,
        difficulty: row.opt_real(4)?,
        note: row.text(5)?.to_owned(),
        guessed: text(6)?,
        guessed_difficulty: row.opt_real(7)?,
        text: text(8)?,
    })
}
