//! The catalogue of models, kept as new as the operator wants it: what was fetched is laid over the snapshot of the binary,
//! and what cannot be used changes nothing.

use std::sync::{Arc, PoisonError};

use wye_catalog::{Catalog, Problem, refresh};

use super::Configurator;

/// How many refused rows are named.
const MOST_NAMED: usize = 100;

/// How it stands with the catalogue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Standing {
    /// Where it comes from, besides the snapshot of the binary.
    pub from: Vec<String>,
    /// When it was last taken over from there, in Unix milliseconds.
    pub taken_ms: Option<u64>,
    /// Rows that were taken.
    pub taken: usize,
    /// Rows that were refused; the old ones stayed.
    pub refused: usize,
    /// The first of them, and why.
    pub problems: Vec<Problem>,
    /// Why the last attempt came to nothing; what was there before stays.
    pub trouble: Option<String>,
}

/// A file in the shape of models.dev's `api.json`, and where it is from.
#[derive(Debug)]
pub struct CatalogFile {
    /// Where it is from, in words without credentials.
    pub from: String,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Configurator {
    /// How it stands with the catalogue.
    #[must_use]
    pub fn catalog(&self) -> Standing {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lays files over the snapshot of the binary, in their order, and serves by what comes of it. Without files the
    /// snapshot alone holds. `date` is today, as `2026-11-21`.
    ///
    /// # Errors
    /// What is wrong with a file as a whole; what was there before stays, and [`Self::catalog`] tells of it.
    pub async fn take_catalog(&self, files: Vec<CatalogFile>, date: &str) -> Result<(), String> {
        let now_ms = self.around.clock.unix_ms();
        let (snapshot, date) = (Arc::clone(&self.snapshot), date.to_owned());
        let laid = tokio::task::spawn_blocking(move || lay(&snapshot, &files, &date, now_ms)).await;
        let laid = laid.unwrap_or_else(|_| Err("the catalogue could not be built".to_owned()));
        let (catalog, standing) = match laid {
            Ok(laid) => laid,
            Err(why) => {
                self.catalog_lost(why.clone());
                return Err(why);
            }
        };
        let mut writer = self.writer.lock().await;
        if catalog.version() != writer.builder.catalog().version()
            && let Some(live) = writer.builder.learn(Arc::clone(&catalog))
        {
            if let Some(serve) = self.serving.get() {
                serve(live, &self.current().config);
            }
            let (models, version) = (catalog.len(), catalog.version());
            tracing::info!(models, version, refused = standing.refused, "another catalogue of models holds");
        }
        drop(writer);
        *self.standing.lock().unwrap_or_else(PoisonError::into_inner) = standing;
        Ok(())
    }

    /// Notes that no newer catalogue could be had; each spell is logged once.
    pub fn catalog_lost(&self, why: String) {
        let mut standing = self.standing.lock().unwrap_or_else(PoisonError::into_inner);
        if standing.trouble.as_ref() != Some(&why) {
            tracing::warn!("the catalogue of models stays as it is: {why}");
        }
        standing.trouble = Some(why);
    }
}

fn lay(
    snapshot: &Arc<Catalog>,
    files: &[CatalogFile],
    date: &str,
    now_ms: u64,
) -> Result<(Arc<Catalog>, Standing), String> {
    let mut catalog = Arc::clone(snapshot);
    let mut standing = Standing::default();
    for file in files {
        let refreshed = refresh(&catalog, &file.bytes, date, now_ms / 1000)
            .map_err(|problem| format!("{}: {problem}", file.from))?;
        standing.from.push(file.from.clone());
        standing.taken_ms = Some(now_ms);
        standing.taken += refreshed.taken;
        standing.refused += refreshed.refused.len();
        let room = MOST_NAMED.saturating_sub(standing.problems.len());
        standing.problems.extend(refreshed.refused.into_iter().take(room));
        catalog = Arc::new(refreshed.catalog);
    }
    Ok((catalog, standing))
}
