//! The console: a single page and its assets, from inside the binary, or from a folder while somebody works on them.
//!
//! The page stands at every path that a person may look at and no API has. Its addresses are relative to its `<base>`,
//! which [`page`] sets by the path as it arrives here, so that a proxy in front may cut off whatever prefix it likes and
//! nobody has to say which.

use std::borrow::Cow;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{
    ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::{prefix, safe};

mod accept;
mod page;

use accept::Coding;
use page::Pages;

/// What Vite wrote before this was built; nothing, where nobody had the console built.
#[derive(RustEmbed)]
#[folder = "../../web/dist"]
#[allow_missing = true]
struct Dist;

/// The page.
const INDEX: &str = "index.html";
/// Names below this one hold a hash of what they name.
const HASHED: &str = "assets/";
/// The longest name that is looked for.
const LONGEST_NAME: usize = 300;

/// What is said where the page would be.
const NOT_BUILT: &str = "This gateway was built without its console. `make console` builds it (it needs Node.js 20 or \
                         later); build the gateway anew after that.\n\nThe APIs are all here: /v1 for clients, /api/v1 \
                         for operators.\n";

/// How paths begin that are an API's, found or not: their clients are told of errors in their own words.
const APIS: [&str; 10] =
    ["api", "health", "healthz", "metrics", "pass", "readyz", "rerank", "v1", "v1beta", "v2"];

/// The console.
#[derive(Debug)]
pub struct Console {
    files: Files,
}

#[derive(Debug)]
enum Files {
    /// Inside the binary, with the page as it is at each depth; `None`: none was built.
    Embedded(Option<Pages>),
    /// In a folder, read for each request.
    Folder(PathBuf),
}

/// A file in one of its forms.
struct Form {
    data: Bytes,
    /// A hash of `data`.
    hash: [u8; 32],
    coding: Coding,
}

impl Console {
    /// The console inside the binary.
    #[must_use]
    pub fn embedded() -> Self {
        let pages = Dist::get(INDEX).map(|index| Pages::of(&index.data));
        Self { files: Files::Embedded(pages) }
    }

    /// The console in a folder, as it is at each request: for those who work on it.
    #[must_use]
    pub fn of_folder(folder: PathBuf) -> Self {
        Self { files: Files::Folder(folder) }
    }

    /// The answer to a request for a path that no API has; `None` if it is nothing of the console's either.
    pub(crate) async fn answer(&self, asked: &Asked<'_>, https: bool) -> Option<Response> {
        if !(*asked.method == Method::GET || *asked.method == Method::HEAD) || is_api(asked.path) {
            return None;
        }
        let codings = Coding::wanted(asked.headers.get_all(ACCEPT_ENCODING));
        let name = asked.path.strip_prefix('/')?;
        let mut response = if name != INDEX && is_name(name) && self.has(name).await {
            self.asset(name, &codings, asked).await?
        } else {
            let page_wanted = match name {
                "" => accept::takes_any_page(asked.headers.get_all(ACCEPT)),
                _ => accept::takes_pages(asked.headers.get_all(ACCEPT)),
            };
            if !page_wanted {
                return None;
            }
            self.page(&codings, asked).await?
        };
        safe::put_console(response.headers_mut(), https);
        if *asked.method == Method::HEAD {
            *response.body_mut() = Body::empty();
        }
        Some(response)
    }

    /// Whether there is a file of this name that is sent by itself. What Vite compressed beside a file is not.
    async fn has(&self, name: &str) -> bool {
        for coding in [Coding::Brotli, Coding::Gzip] {
            if let Some(whole) = name.strip_suffix(coding.ending())
                && self.file(whole).await.is_some()
            {
                return false;
            }
        }
        self.file(name).await.is_some()
    }

    async fn asset(&self, name: &str, codings: &[Coding], asked: &Asked<'_>) -> Option<Response> {
        let mut chosen = None;
        for coding in codings {
            if let Some(file) = self.file(&format!("{name}{}", coding.ending())).await {
                chosen = Some((file, *coding));
                break;
            }
        }
        let (file, coding) = match chosen {
            Some(chosen) => chosen,
            None => (self.file(name).await?, Coding::Identity),
        };
        let hash = file.metadata.sha256_hash();
        let data = match file.data {
            Cow::Borrowed(data) => Bytes::from_static(data),
            Cow::Owned(data) => Bytes::from(data),
        };
        let keep = if name.starts_with(HASHED) { "public, max-age=31536000, immutable" } else { "no-cache" };
        Some(respond(Form { data, hash, coding }, (kind(name), keep), asked.headers))
    }

    async fn page(&self, codings: &[Coding], asked: &Asked<'_>) -> Option<Response> {
        let depth = page::depth(asked.path);
        let form = match &self.files {
            Files::Embedded(Some(pages)) => pages.at(depth, codings)?,
            Files::Embedded(None) => return not_built(asked.path),
            Files::Folder(_) => match self.file(INDEX).await {
                Some(index) => Pages::of(&index.data).at(depth, codings)?,
                None => return not_built(asked.path),
            },
        };
        Some(respond(form, (kind(INDEX), "no-cache"), asked.headers))
    }

    async fn file(&self, name: &str) -> Option<EmbeddedFile> {
        match &self.files {
            Files::Embedded(_) => Dist::get(name),
            Files::Folder(folder) => {
                let (folder, name) = (folder.clone(), name.to_owned());
                tokio::task::spawn_blocking(move || read(&folder, &name)).await.ok()?
            }
        }
    }
}

/// What of a request the console looks at.
pub(crate) struct Asked<'r> {
    pub(crate) method: &'r Method,
    pub(crate) path: &'r str,
    pub(crate) headers: &'r HeaderMap,
}

/// A file of a folder, and nothing that a link in it leads out to.
fn read(folder: &Path, name: &str) -> Option<EmbeddedFile> {
    let folder = folder.canonicalize().ok()?;
    let file = folder.join(name).canonicalize().ok()?;
    if !file.starts_with(&folder) || !file.is_file() {
        return None;
    }
    rust_embed::utils::read_file_from_fs(&file).ok()
}

/// Whether an API's clients might ask for this, be it there or not.
fn is_api(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    APIS.contains(&first) || prefix::is_name(first)
}

/// Whether this is how files of the console are called: plain words, none of which begins with a dot. So nothing has to be
/// decoded, and nothing can lead out of the folder.
fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~' | '@' | '+');
    let word = |word: &str| !word.is_empty() && !word.starts_with('.') && word.chars().all(plain);
    name.len() <= LONGEST_NAME && name.split('/').all(word)
}

fn respond(form: Form, (kind, keep): (&'static str, &'static str), headers: &HeaderMap) -> Response {
    let tag = tag(&form.hash);
    let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|line| line.to_str().ok()).any(|line| {
        let bare = |text: &str| text.trim().trim_start_matches("W/").to_owned();
        line.split(',').map(bare).any(|known| known == "*" || known == tag)
    });
    let length = form.data.len();
    let mut response = Response::new(if known { Body::empty() } else { Body::from(form.data) });
    let told = response.headers_mut();
    told.insert(CACHE_CONTROL, HeaderValue::from_static(keep));
    told.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        told.insert(ETAG, tag);
    }
    if known {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    told.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    // Also where it is the head alone that is wanted.
    told.insert(CONTENT_LENGTH, HeaderValue::from(length));
    if let Some(name) = form.coding.name() {
        told.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    response
}

/// A strong tag: each form of a file has a hash of its own.
fn tag(hash: &[u8; 32]) -> String {
    let mut tag = String::with_capacity(34);
    tag.push('"');
    for byte in &hash[..16] {
        // Writing to a String cannot fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

/// How to get a console, where one would look for it first.
fn not_built(path: &str) -> Option<Response> {
    if path != "/" {
        return None;
    }
    let mut response = Response::new(Body::from(NOT_BUILT));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(NOT_BUILT.len()));
    Some(response)
}

/// What browsers have to be told a file is, by its name's end.
fn kind(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending {
        "avif" => "image/avif",
        "css" => "text/css; charset=utf-8",
        "gif" => "image/gif",
        "html" => "text/html; charset=utf-8",
        "ico" => "image/x-icon",
        "jpeg" | "jpg" => "image/jpeg",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "mp3" => "audio/mpeg",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "ttf" => "font/ttf",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "wav" => "audio/wav",
        "webmanifest" => "application/manifest+json",
        "webp" => "image/webp",
        "woff" => "font/woff",
        "woff2" => "font/woff2",
        "xml" => "application/xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_nowhere_else() {
        for name in ["assets/index-Ab_1.js", "favicon.svg", "theme.js", "assets/a/b@2x.png", "a..b"] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "",
            "/",
            "/etc/passwd",
            "..",
            "../Cargo.toml",
            "assets/../index.html",
            "assets/..",
            "./a",
            "a//b",
            "a/",
            "%2e%2e/a",
            "..%2fa",
            "a\\b",
            "C:/a",
            ".git/config",
            "assets/.env",
            "a\0b",
        ] {
            assert!(!is_name(name), "{name}");
        }
    }

    #[test]
    fn what_an_api_may_have_is_no_page() {
        for path in ["/v1", "/v1/x", "//v1/x", "/v1beta/models", "/v2/x", "/api", "/api/v1/x", "/pass/a"] {
            assert!(is_api(path), "{path}");
        }
        for path in ["/openai", "/anthropic/x", "/genai", "/health", "/healthz", "/readyz", "/rerank"] {
            assert!(is_api(path), "{path}");
        }
        for path in ["/", "/requests", "/v", "/keys/v1", "/apis", "/passage", "/health-of/x"] {
            assert!(!is_api(path), "{path}");
        }
    }
}
