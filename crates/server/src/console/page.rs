//! The page at each depth of a path: `<base>` leads from where it is shown to where the console begins.

use std::io::Write;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::Form;
use super::accept::Coding;

/// How `<base>` is written by Vite, as a browser reads it.
const BASE: &str = "<base href=\"/\"";
/// The deepest path that is shown as a page. The console's own are not as deep.
const DEEPEST: usize = 8;

/// The page, for each depth.
#[derive(Debug)]
pub(super) struct Pages {
    depths: Vec<Page>,
}

#[derive(Debug)]
struct Page {
    plain: Bytes,
    gzip: Bytes,
}

impl Pages {
    /// Of what Vite wrote.
    pub(super) fn of(index: &[u8]) -> Self {
        let text = String::from_utf8_lossy(index);
        let at = |depth: usize| {
            let base = if depth == 0 { "./".to_owned() } else { "../".repeat(depth) };
            let plain = text.replacen(BASE, &format!("<base href=\"{base}\""), 1).into_bytes();
            Page { gzip: packed(&plain), plain: plain.into() }
        };
        Self { depths: (0..=DEEPEST).map(at).collect() }
    }

    /// The page at a depth, as it is liked best; `None` where it is too deep for a page.
    pub(super) fn at(&self, depth: usize, codings: &[Coding]) -> Option<Form> {
        let page = self.depths.get(depth)?;
        let known = |coding: &&Coding| matches!(coding, Coding::Gzip | Coding::Identity);
        let gzip = codings.iter().find(known) == Some(&Coding::Gzip);
        let (data, coding) = if gzip { (&page.gzip, Coding::Gzip) } else { (&page.plain, Coding::Identity) };
        Some(Form { data: data.clone(), hash: Sha256::digest(data).into(), coding })
    }
}

/// How many folders a path lies below the one where it begins.
pub(super) fn depth(path: &str) -> usize {
    path.matches('/').count().saturating_sub(1)
}

fn packed(plain: &[u8]) -> Bytes {
    let mut writer = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to memory cannot fail.
    let _ = writer.write_all(plain);
    writer.finish().unwrap_or_default().into()
}
