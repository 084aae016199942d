//! Bodies of requests as they are kept: compressed, apart from the rows, with an index of their text.

use wye_types::RequestId;

use super::words::trigrams;
use crate::{Db, Row, Statement, StoreError, Value};

/// Neighbouring places that bodies which would have the same share.
const NEAR: i64 = 8;
/// Most bytes that a kept body may have when it is read: a bound against rows that are not ours.
const MOST: u64 = 64 << 20;
/// The level of zstd at which most is gained for the time it takes.
const LEVEL: i32 = 3;

/// The bodies of a request as they are kept, compressed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Body {
    /// The request's id.
    pub id: RequestId,
    pub(super) request: Vec<u8>,
    pub(super) response: Vec<u8>,
    pub(super) cut: bool,
    /// What can be searched for, in lower case.
    pub(super) words: String,
}

/// The bodies of a request as they were kept, readable.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// What the client sent; JSON if it was and is whole.
    pub request: String,
    /// What it was answered.
    pub response: String,
    /// Whether there was more of either.
    pub cut: bool,
}

impl Body {
    /// Bodies that are fit to be kept: redacted and capped.
    ///
    /// # Errors
    /// If they cannot be compressed, which a lack of memory may cause.
    pub fn new(id: RequestId, kept: &Kept) -> Result<Self, StoreError> {
        let pack = |text: &str| {
            zstd::bulk::compress(text.as_bytes(), LEVEL).map_err(|e| StoreError::Broken(e.to_string()))
        };
        Ok(Self {
            id,
            request: pack(&kept.request)?,
            response: pack(&kept.response)?,
            cut: kept.cut,
            words: kept.words(),
        })
    }

    /// The bodies of a request, if they are kept.
    ///
    /// # Errors
    /// If the database cannot answer.
    pub async fn of(db: &Db, id: RequestId) -> Result<Option<Kept>, StoreError> {
        let sql = "SELECT request, response, cut FROM bodies WHERE seq >= ? AND seq < ? AND id = ?";
        let rows = db.rows(sql, near(id).into_iter().collect()).await?;
        rows.first().map(|row| read(row, 0)).transpose()
    }

    pub(super) fn insert(&self, db: &Db) -> [Statement; 2] {
        let bytes = i64::try_from(self.request.len() + self.response.len()).unwrap_or(i64::MAX);
        let at = seq(self.id);
        let bodies = Statement::new(
            // The first place that is free: who has the one before may stand here already.
            "INSERT INTO bodies (seq, id, bytes, request, response, cut) VALUES
             (CASE WHEN NOT EXISTS (SELECT 1 FROM bodies WHERE seq = ?) THEN ? ELSE
               (SELECT MIN(b.seq) + 1 FROM bodies b WHERE b.seq >= ? AND b.seq < ?
               AND NOT EXISTS (SELECT 1 FROM bodies c WHERE c.seq = b.seq + 1)) END, ?, ?, ?, ?, ?)",
            [
                at.into(),
                at.into(),
                at.into(),
                (at + NEAR).into(),
                self.id.0.to_be_bytes().to_vec().into(),
                bytes.into(),
                self.request.clone().into(),
                self.response.clone().into(),
                self.cut.into(),
            ],
        );
        let (sql, text) = match db {
            Db::Sqlite(_) => (
                "INSERT INTO body_text (rowid, words) VALUES
                 ((SELECT seq FROM bodies WHERE seq >= ? AND seq < ? AND id = ?), ?)",
                self.words.clone(),
            ),
            Db::Postgres(_) => (
                "INSERT INTO body_text (seq, trigrams) VALUES
                 ((SELECT seq FROM bodies WHERE seq >= ? AND seq < ? AND id = ?), CAST(? AS TEXT)::int4[])",
                numbers(&trigrams(&self.words)),
            ),
        };
        let mut values = near(self.id).to_vec();
        values.push(text.into());
        [bodies, Statement::new(sql, values)]
    }

    /// Its columns, for the spool.
    pub(super) fn values(&self) -> [Value; 5] {
        [
            self.id.0.to_be_bytes().to_vec().into(),
            self.request.clone().into(),
            self.response.clone().into(),
            self.cut.into(),
            self.words.as_str().into(),
        ]
    }

    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        let id =
            row.blob(0)?.try_into().map_err(|_| StoreError::Broken("an id has not 16 bytes".to_owned()))?;
        Ok(Self {
            id: RequestId(u128::from_be_bytes(id)),
            request: row.blob(1)?.to_vec(),
            response: row.blob(2)?.to_vec(),
            cut: row.int(3)? != 0,
            words: row.text(4)?.to_owned(),
        })
    }
}

/// Bodies from a row, from a column on.
pub(super) fn read(row: &Row, from: usize) -> Result<Kept, StoreError> {
    let unpack = |bytes: &[u8]| {
        let length = zstd::zstd_safe::get_frame_content_size(bytes).ok().flatten().unwrap_or(MOST).min(MOST);
        let length = usize::try_from(length).unwrap_or(0);
        let text = zstd::bulk::decompress(bytes, length).map_err(|e| StoreError::Broken(e.to_string()))?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    };
    Ok(Kept {
        request: unpack(row.blob(from)?)?,
        response: unpack(row.blob(from + 1)?)?,
        cut: row.int(from + 2)? != 0,
    })
}

/// The place of a request's bodies: 42 bits of its time and 21 of its chance, in the order of its id.
pub(super) const fn seq(id: RequestId) -> i64 {
    let time = (id.0 >> 80) as i64 & 0x3ff_ffff_ffff;
    let first = (id.0 >> 64) as i64 & 0xfff;
    let rest = (id.0 >> 53) as i64 & 0x1ff;
    time << 21 | first << 9 | rest
}

/// Where the bodies of a request stand: from, to and its id.
fn near(id: RequestId) -> [Value; 3] {
    let at = seq(id);
    [at.into(), (at + NEAR).into(), id.0.to_be_bytes().to_vec().into()]
}

/// Numbers as PostgreSQL reads an array.
pub(super) fn numbers(numbers: &[i32]) -> String {
    let texts: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    format!("{{{}}}", texts.join(","))
}
