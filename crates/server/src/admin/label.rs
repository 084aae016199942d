//! What requests really were about: operators mark decisions that went by a wrong guess, and take the marks away to train
//! with.

use axum::body::Body;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use wye_pipeline::explain::newest_words;
use wye_profile::Category;
use wye_store::labels::{Label, LabelTable};
use wye_store::log::{Body as Bodies, Entry};
use wye_types::{DialectId, RequestId};

use super::endpoint::{Call, Download};
use super::grade::category;
use super::input::{Json, Query, Text};
use super::page::{Page, PageSize};
use super::problem::Problem;

/// Labels that an export reads at once.
const AT_ONCE: u32 = 500;

/// What was wrong with a decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Wrong {
    /// What the request really was about: `code`, `math`, … This or `difficulty` has to be there.
    category: Option<Text<64>>,
    /// How hard it really was, from 0 to 1.
    difficulty: Option<f64>,
    /// In your words.
    note: Option<Text<2000>>,
}

/// What a request really was about.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LabelView {
    /// The request's id.
    id: String,
    /// When it was said, in Unix milliseconds.
    at_ms: u64,
    /// Who said it.
    author: String,
    /// What it was about; `null`: that was not said.
    category: Option<String>,
    /// How hard it was, from 0 to 1; `null`: that was not said.
    difficulty: Option<f64>,
    /// In the author's words.
    note: String,
    /// What it was thought to be about.
    guessed: Option<String>,
    /// How hard it was thought to be.
    guessed_difficulty: Option<f64>,
    /// Its newest words, redacted as the log is; `null` where its body was not kept.
    text: Option<String>,
}

impl From<Label> for LabelView {
    fn from(label: Label) -> Self {
        let Label { id, at_ms, author, category, difficulty, note, guessed, guessed_difficulty, text } =
            label;
        Self { id, at_ms, author, category, difficulty, note, guessed, guessed_difficulty, text }
    }
}

pub(super) async fn mark_decision_wrong(
    call: Call,
    Json(wrong): Json<Wrong>,
) -> Result<Json<LabelView>, Problem> {
    let missing = || Problem::missing("request", call.param("id"));
    let id = RequestId::parse(call.param("id")).ok_or_else(missing)?;
    let really = wrong.category.map(|name| category("category", &name.0)).transpose()?;
    if wrong.difficulty.is_some_and(|difficulty| !(0.0..=1.0).contains(&difficulty)) {
        return Err(Problem::field("difficulty", "write a number from 0 to 1"));
    }
    if really.is_none() && wrong.difficulty.is_none() {
        return Err(Problem::field("category", "say what it was about, or how hard it was with difficulty"));
    }
    let db = &call.admin.db;
    let entry = Entry::whole(db, id).await?.ok_or_else(missing)?;
    let kept = Bodies::of(db, id).await?;
    let dialect: Option<DialectId> = entry.dialect.parse().ok();
    let words =
        kept.zip(dialect).and_then(|(kept, dialect)| newest_words(dialect, Bytes::from(kept.request)));
    let told = entry.explanation().and_then(|explanation| explanation.profile);
    let guessed = told.as_ref().and_then(|profile| profile.categories.first());
    let label = Label {
        id: id.to_string(),
        at_ms: call.admin.clock.unix_ms(),
        author: call.principal()?.name.clone(),
        category: really.map(|category: Category| category.name().to_owned()),
        difficulty: wrong.difficulty,
        note: wrong.note.unwrap_or_default().0,
        guessed: guessed.map(|(name, _)| name.clone()),
        guessed_difficulty: told.as_ref().and_then(|profile| profile.difficulty).map(f64::from),
        text: words,
    };
    if let Some(category) = &label.category {
        call.note.add("category", category.as_str());
    }
    LabelTable::new(db.clone()).put(&label).await?;
    Ok(Json(label.into()))
}

/// Which labels are wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub(super) struct LabelsAsk {
    /// `next` of the page before; absent: the first page.
    cursor: Option<Text<200>>,
    /// How many at most: 1 to 500, 50 unless said.
    #[serde(default)]
    limit: PageSize,
}

pub(super) async fn list_labels(
    call: Call,
    Query(ask): Query<LabelsAsk>,
) -> Result<Json<Page<LabelView>>, Problem> {
    let table = LabelTable::new(call.admin.db.clone());
    let after = ask.cursor.map(|cursor| cursor.0).unwrap_or_default();
    let labels = table.after(&after, ask.limit.0).await?;
    let full = labels.len() == ask.limit.0 as usize;
    let next = labels.last().filter(|_| full).map(|last| last.id.clone());
    Ok(Json(Page { items: labels.into_iter().map(LabelView::from).collect(), next }))
}

pub(super) async fn export_labels(call: Call, (): ()) -> Result<Download, Problem> {
    let table = LabelTable::new(call.admin.db.clone());
    // Polled as the client takes, a page at a time.
    let pieces = futures_util::stream::unfold(Some((table, String::new())), async |left| {
        let (table, after) = left?;
        match table.after(&after, AT_ONCE).await {
            Ok(labels) => {
                let last = labels.last()?.id.clone();
                let lines: Vec<u8> = labels.into_iter().flat_map(line).collect();
                Some((Ok(Bytes::from(lines)), Some((table, last))))
            }
            Err(error) => {
                tracing::warn!(%error, "an export of labels breaks off");
                Some((Err(std::io::Error::other("the database did not answer")), None))
            }
        }
    });
    let name = "wye-labels.jsonl".to_owned();
    Ok(Download { kind: "application/x-ndjson", name, body: Body::from_stream(pieces) })
}

fn line(label: Label) -> Vec<u8> {
    let mut line = serde_json::to_vec(&LabelView::from(label)).unwrap_or_default();
    line.push(b'\n');
    line
}

pub(super) async fn delete_label(call: Call, (): ()) -> Result<(), Problem> {
    let id = call.param("id");
    if LabelTable::new(call.admin.db.clone()).remove(id).await? {
        return Ok(());
    }
    Err(Problem::missing("label of the request", id))
}
