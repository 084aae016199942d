//! Rows of another gateway's database, as far as they were read: texts under the names of their columns.

/// A table and what stands in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// Its name, without a schema.
    pub table: String,
    /// The names of its columns.
    pub columns: Vec<String>,
    /// Its rows: for each the line it begins in (0 where there are no lines) and a value for each column.
    pub rows: Vec<(usize, Vec<Option<String>>)>,
}

/// One row of a table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Row<'r> {
    table: &'r Rows,
    pub(crate) line: usize,
    values: &'r [Option<String>],
}

impl Rows {
    /// Every row.
    pub(crate) fn each(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|(line, values)| Row { table: self, line: *line, values })
    }
}

impl<'r> Row<'r> {
    /// The value of the first of these columns that the table has; `None` if it is empty or not there.
    pub(crate) fn get(&self, columns: &[&str]) -> Option<&'r str> {
        let at =
            columns.iter().find_map(|name| self.table.columns.iter().position(|column| column == name))?;
        self.values.get(at)?.as_deref().map(str::trim).filter(|value| !value.is_empty())
    }

    /// Whether a column says yes; `None` if it says nothing.
    pub(crate) fn flag(&self, columns: &[&str]) -> Option<bool> {
        let value = self.get(columns)?;
        Some(["t", "true", "1"].contains(&value.to_ascii_lowercase().as_str()))
    }

    /// Where a column of it stands.
    pub(crate) fn path(&self, name: &str, column: &str) -> String {
        format!("{}[{name}].{column}", self.table.table)
    }
}

/// The rows of a table, none if it is not there.
pub(crate) fn of<'r>(tables: &'r [Rows], names: &[&str]) -> Vec<Row<'r>> {
    tables.iter().filter(|rows| names.contains(&rows.table.as_str())).flat_map(Rows::each).collect()
}
