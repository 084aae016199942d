//! Values that go into statements and come back in rows, alike for both databases.

use crate::StoreError;

/// A value that is bound to a statement or stands in a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A whole number; truth is 0 or 1.
    Int(i64),
    /// A fraction.
    Real(f64),
    /// A text.
    Text(String),
    /// Bytes.
    Blob(Vec<u8>),
}

impl From<i64> for Value {
    fn from(n: i64) -> Self {
        Self::Int(n)
    }
}

impl From<bool> for Value {
    fn from(b: bool) -> Self {
        Self::Int(i64::from(b))
    }
}

impl From<f64> for Value {
    fn from(n: f64) -> Self {
        Self::Real(n)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// A row of an answer. Columns are asked for by place; one that is not what was asked for is a fault of ours.
#[derive(Debug, Clone, PartialEq)]
pub struct Row(pub(crate) Vec<Value>);

impl Row {
    /// A whole number.
    ///
    /// # Errors
    /// If the column is something else.
    pub fn int(&self, column: usize) -> Result<i64, StoreError> {
        self.opt_int(column)?.ok_or_else(|| self.odd(column, "a number"))
    }

    /// A whole number or nothing.
    ///
    /// # Errors
    /// If the column is something else.
    pub fn opt_int(&self, column: usize) -> Result<Option<i64>, StoreError> {
        match self.0.get(column) {
            Some(Value::Int(n)) => Ok(Some(*n)),
            Some(Value::Null) => Ok(None),
            _ => Err(self.odd(column, "a number")),
        }
    }

    /// A number, whole or not.
    ///
    /// # Errors
    /// If the column is something else.
    pub fn real(&self, column: usize) -> Result<f64, StoreError> {
        match self.0.get(column) {
            Some(Value::Real(n)) => Ok(*n),
            #[expect(
                clippy::cast_precision_loss,
                reason = "a database may give a whole number for a sum of fractions"
            )]
            Some(Value::Int(n)) => Ok(*n as f64),
            _ => Err(self.odd(column, "a number")),
        }
    }

    /// A number, whole or not, or nothing.
    ///
    /// # Errors
    /// If the column is something else.
    pub fn opt_real(&self, column: usize) -> Result<Option<f64>, StoreError> {
        match self.0.get(column) {
            Some(Value::Null) => Ok(None),
            _ => self.real(column).map(Some),
        }
    }

    /// A text.
    ///
    /// # Errors
    /// If the column is something else.
    pub fn text(&self, column: usize) -> Result<&str, StoreError> {
        self.opt_text(column)?.ok_or_else(|| self.odd(column, "a text"))
    }

    /// A text or nothing.
    ///
    /// # Errors
    /// If the column is something else.
    pub fn opt_text(&self, column: usize) -> Result<Option<&str>, StoreError> {
        match self.0.get(column) {
            Some(Value::Text(text)) => Ok(Some(text)),
            Some(Value::Null) => Ok(None),
            _ => Err(self.odd(column, "a text")),
        }
    }

    /// Bytes.
    ///
    /// # Errors
    /// If the column is something else.
    pub fn blob(&self, column: usize) -> Result<&[u8], StoreError> {
        match self.0.get(column) {
            Some(Value::Blob(bytes)) => Ok(bytes),
            _ => Err(self.odd(column, "bytes")),
        }
    }

    fn odd(&self, column: usize, wanted: &str) -> StoreError {
        let kind = match self.0.get(column) {
            None => "missing",
            Some(Value::Null) => "null",
            Some(Value::Int(_)) => "a number",
            Some(Value::Real(_)) => "a fraction",
            Some(Value::Text(_)) => "a text",
            Some(Value::Blob(_)) => "bytes",
        };
        StoreError::Broken(format!("column {column} of a row is {kind}, not {wanted}"))
    }
}
