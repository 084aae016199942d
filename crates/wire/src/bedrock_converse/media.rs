//! Images, documents, sound and film: formats instead of MIME types, and names that documents must have.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use wye_types::Map;
use wye_types::chat::{Media, MediaKind, Source};

use crate::dialect::RequestError;
use crate::fields::Fields;

/// The formats that `ImageBlock`, `DocumentBlock`, `VideoBlock` and `AudioBlock` name, with their MIME types. Of
/// several names for one type the first is written.
const FORMATS: [(&str, &str); 31] = [
    ("png", "image/png"),
    ("jpeg", "image/jpeg"),
    ("jpeg", "image/jpg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("pdf", "application/pdf"),
    ("csv", "text/csv"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("html", "text/html"),
    ("txt", "text/plain"),
    ("md", "text/markdown"),
    ("mkv", "video/x-matroska"),
    ("mov", "video/quicktime"),
    ("mp4", "video/mp4"),
    ("webm", "video/webm"),
    ("flv", "video/x-flv"),
    ("mpeg", "video/mpeg"),
    ("mpg", "video/mpg"),
    ("wmv", "video/x-ms-wmv"),
    ("three_gp", "video/3gpp"),
    ("mp3", "audio/mpeg"),
    ("mp3", "audio/mp3"),
    ("wav", "audio/wav"),
    ("wav", "audio/x-wav"),
    ("ogg", "audio/ogg"),
    ("flac", "audio/flac"),
    ("aac", "audio/aac"),
    ("opus", "audio/opus"),
];

fn key_of(kind: MediaKind) -> (&'static str, &'static str) {
    match kind {
        MediaKind::Image => ("image", "image/"),
        MediaKind::Video => ("video", "video/"),
        MediaKind::Audio => ("audio", "audio/"),
        MediaKind::File => ("document", ""),
    }
}

/// Reads what stands under `image`, `document`, `video` or `audio`, and what of it the IR does not name. `None` if its
/// bytes are not here: an object in S3 has no likeness in other dialects.
pub(super) fn read(kind: MediaKind, value: &Value, path: &str) -> Result<Option<(Media, Map)>, RequestError> {
    let mut fields = Fields::of(value.clone(), path)?;
    let format = fields.string("format")?;
    let name = if kind == MediaKind::File { fields.string("name")? } else { None };
    let source = match fields.take("source") {
        Some(Value::Object(source)) if source.len() == 1 => source,
        _ => return Ok(None),
    };
    let source = match (source.get("bytes"), source.get("text")) {
        (Some(Value::String(data)), _) => Source::Base64(data.clone()),
        (_, Some(Value::String(text))) => Source::Text(text.clone()),
        _ => return Ok(None),
    };
    let (_, top) = key_of(kind);
    let mime = format.map(|format| {
        let known =
            FORMATS.iter().find(|(name, mime)| *name == format && (mime.starts_with(top) || top.is_empty()));
        known.map_or_else(
            || format!("{}{format}", if top.is_empty() { "application/" } else { top }),
            |(_, mime)| (*mime).to_owned(),
        )
    });
    Ok(Some((Media { kind, source, mime, name, detail: None }, fields.rest())))
}

/// Names of documents that have been given out: each may stand once in a request.
#[derive(Debug, Default)]
pub(super) struct Names {
    given: BTreeSet<String>,
    /// How many documents were called so: their numbers are not tried again for the next.
    called: BTreeMap<String, usize>,
}

impl Names {
    /// A legal name that was not given out yet: letters, digits, single spaces, hyphens, parentheses and square
    /// brackets, at most 200 characters.
    fn legal(&mut self, name: Option<&str>) -> String {
        const MOST: usize = 190;
        let legal = |c: char| if c.is_ascii_alphanumeric() || "-()[] ".contains(c) { c } else { '-' };
        let words: String = name.unwrap_or("document").chars().take(MOST).map(legal).collect();
        let mut name = words.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() {
            name.push_str("document");
        }
        let number = self.called.entry(name.clone()).or_default();
        loop {
            *number += 1;
            let found = if *number == 1 { name.clone() } else { format!("{name}-{number}") };
            if self.given.insert(found.clone()) {
                return found;
            }
        }
    }
}

/// Writes media as a block, or tells why it cannot be. `own`: names and formats are the client's own.
pub(super) fn write(media: &Media, own: bool, names: &mut Names) -> Result<Value, &'static str> {
    let mime = media.mime.as_deref().unwrap_or("");
    let mime = mime.split(';').next().unwrap_or("").trim();
    let kind = match media.kind {
        MediaKind::File if !own && mime.starts_with("image/") => MediaKind::Image,
        MediaKind::File if !own && mime.starts_with("video/") => MediaKind::Video,
        kind => kind,
    };
    let (key, top) = key_of(kind);
    let source = match &media.source {
        Source::Base64(data) => json!({ "bytes": data }),
        Source::Text(text) if kind == MediaKind::File => json!({ "text": text }),
        Source::Text(_) => return Err("dropped"),
        Source::Url(_) => return Err("dropped: the service takes bytes, not addresses"),
        Source::FileId(_) => return Err("dropped: the file lies in another vendor's store"),
    };
    let known = FORMATS.iter().find(|(_, known)| *known == mime && known.starts_with(top));
    let format = match known {
        Some((format, _)) => Some(*format),
        None if own => mime.split_once('/').map(|(_, format)| format),
        None if kind == MediaKind::File && (mime.is_empty() || mime.starts_with("text/")) => Some("txt"),
        None => return Err("dropped: the service does not take this format"),
    };
    let mut out = Map::new();
    if let Some(format) = format {
        out.insert("format".into(), json!(format));
    }
    if kind == MediaKind::File {
        match &media.name {
            Some(name) if own => out.insert("name".into(), json!(name)),
            None if own => None,
            name => out.insert("name".into(), json!(names.legal(name.as_deref()))),
        };
    }
    out.insert("source".into(), source);
    Ok(json!({ key: out }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_services_rule_and_stand_once() {
        let mut names = Names::default();
        assert_eq!(names.legal(Some("a_b  report.v1 (final).pdf")), "a-b report-v1 (final)-pdf");
        assert_eq!(names.legal(Some("a_b report.v1 (final).pdf")), "a-b report-v1 (final)-pdf-2");
        assert_eq!(names.legal(None), "document");
        assert_eq!(names.legal(Some("document-2")), "document-2");
        assert_eq!(names.legal(None), "document-3");
        assert_eq!(names.legal(Some(" é ")), "-");
        assert!(names.legal(Some(&"x".repeat(999))).len() <= 200);
    }

    /// With a search from the first number on for each, this would take minutes.
    #[test]
    fn many_documents_of_one_name_take_no_longer_each() {
        let mut names = Names::default();
        let last = (0..200_000).map(|_| names.legal(Some("a"))).last();
        assert_eq!(last.as_deref(), Some("a-200000"));
    }

    #[test]
    fn formats_come_from_mime_types_and_back() {
        for (format, mime) in FORMATS {
            let kind = match mime.split_once('/').unwrap().0 {
                "image" => MediaKind::Image,
                "video" => MediaKind::Video,
                "audio" => MediaKind::Audio,
                _ => MediaKind::File,
            };
            let source = Source::Base64("AAAA".to_owned());
            let media = Media { kind, source, mime: Some(mime.to_owned()), name: None, detail: None };
            let written = write(&media, false, &mut Names::default()).unwrap();
            let (key, _) = key_of(kind);
            assert_eq!(written[key]["format"], format, "{mime}");
            let (again, _) = read(kind, &written[key], "p").unwrap().unwrap();
            let same = again.mime.as_deref() == Some(mime);
            assert!(same || ["image/jpg", "audio/mp3", "audio/x-wav"].contains(&mime), "{mime} {again:?}");
        }
    }
}
