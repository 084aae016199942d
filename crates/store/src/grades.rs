//! What deployments were graded. The table is small and read whole; a count of its changes tells every node when to.

use crate::{Db, Row, Statement, StoreError};

/// A grade of a deployment in a category. What categories there are is no matter of the table's.
#[derive(Debug, Clone, PartialEq)]
pub struct GradeRow {
    /// The provider's id.
    pub provider: String,
    /// The model, as the provider knows it.
    pub model: String,
    /// In what.
    pub category: String,
    /// The share of right answers, from 0 to 1.
    pub value: f64,
    /// Out of how many.
    pub questions: u32,
    /// Who says so.
    pub source: String,
    /// Since when, in Unix milliseconds.
    pub at_ms: u64,
}

/// The table of grades.
#[derive(Debug, Clone)]
pub struct GradeTable {
    db: Db,
}

impl GradeTable {
    /// The table in a database.
    #[must_use]
    pub const fn new(db: Db) -> Self {
        Self { db }
    }

    /// How often it was changed.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn changes(&self) -> Result<i64, StoreError> {
        let rows = self.db.rows("SELECT number FROM grade_changes WHERE one = 1", Vec::new()).await?;
        rows.first().map_or(Ok(0), |row| row.int(0))
    }

    /// All grades by name, and how often the table was changed before they were read.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn all(&self) -> Result<(i64, Vec<GradeRow>), StoreError> {
        // One statement, so that the number and the grades are of the same moment.
        let sql = "SELECT c.number, g.provider, g.model, g.category, g.value, g.questions, g.source, g.at_ms
                   FROM grade_changes c LEFT JOIN grades g ON c.one = 1
                   WHERE c.one = 1 ORDER BY g.provider, g.model, g.category";
        let rows = self.db.rows(sql, Vec::new()).await?;
        let number = rows.first().map_or(Ok(0), |row| row.int(0))?;
        let graded =
            rows.iter().filter_map(|row| row.opt_text(1).map(|there| there.map(|_| row)).transpose());
        let grades = graded.map(|row| row.and_then(read)).collect::<Result<_, _>>()?;
        Ok((number, grades))
    }

    /// Sets grades, all or none. One that is there for the same deployment and category is replaced.
    ///
    /// # Errors
    /// If the database cannot do it; nothing is changed then.
    pub async fn put(&self, grades: &[GradeRow]) -> Result<(), StoreError> {
        if grades.is_empty() {
            return Ok(());
        }
        let mut statements: Vec<Statement> = grades.iter().map(put).collect();
        statements.push(changed());
        self.db.change(statements).await.map(drop)
    }

    /// Removes the grades of a deployment: in one category, or all of them. Gives how many there were.
    ///
    /// # Errors
    /// If the database cannot do it; nothing is changed then.
    pub async fn remove(
        &self,
        provider: &str,
        model: &str,
        category: Option<&str>,
    ) -> Result<u64, StoreError> {
        let gone = match category {
            Some(category) => Statement::new(
                "DELETE FROM grades WHERE provider = ? AND model = ? AND category = ?",
                [provider.into(), model.into(), category.into()],
            ),
            None => Statement::new(
                "DELETE FROM grades WHERE provider = ? AND model = ?",
                [provider.into(), model.into()],
            ),
        };
        let touched = self.db.change(vec![gone, changed()]).await?;
        Ok(touched.first().copied().unwrap_or(0))
    }
}

fn changed() -> Statement {
    Statement::new("UPDATE grade_changes SET number = number + 1 WHERE one = 1", []).expecting(1)
}

fn put(grade: &GradeRow) -> Statement {
    Statement::new(
        "INSERT INTO grades (provider, model, category, value, questions, source, at_ms) VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (provider, model, category) DO UPDATE SET value = excluded.value,
         questions = excluded.questions, source = excluded.source, at_ms = excluded.at_ms",
        [
            grade.provider.as_str().into(),
            grade.model.as_str().into(),
            grade.category.as_str().into(),
            grade.value.into(),
            i64::from(grade.questions).into(),
            grade.source.as_str().into(),
            i64::try_from(grade.at_ms).unwrap_or(i64::MAX).into(),
        ],
    )
}

fn read(row: &Row) -> Result<GradeRow, StoreError> {
    Ok(GradeRow {
        provider: row.text(1)?.to_owned(),
        model: row.text(2)?.to_owned(),
        category: row.text(3)?.to_owned(),
        value: row.real(4)?,
        questions: u32::try_from(row.int(5)?).unwrap_or(u32::MAX),
        source: row.text(6)?.to_owned(),
        at_ms: u64::try_from(row.int(7)?).unwrap_or(0),
    })
}
