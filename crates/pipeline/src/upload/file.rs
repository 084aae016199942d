//! What the file of a form is called, and what it may be. What is plainly wrong is refused here, before megabytes of it
//! are sent on.

use wye_types::error::GatewayError;
use wye_types::{Code, Kind};
use wye_wire::multipart::Part;

/// What the file of a form is called.
pub(super) const fn file_of(kind: Kind) -> &'static str {
    match kind {
        Kind::ImageEdits | Kind::ImageVariations => "image",
        _ => "file",
    }
}

/// Whether a part is the file that a form is about.
pub(super) fn holds(kind: Kind, part: &Part) -> bool {
    part.filename.is_some() && part.name.split('[').next() == Some(file_of(kind))
}

/// Refuses files that are of another kind than what they are sent for. What does not say of what kind it is may be
/// anything.
pub(super) fn check_media(kind: Kind, part: &Part) -> Result<(), GatewayError> {
    let name = part.name.as_str();
    if part.filename.is_none() {
        if name == file_of(kind) {
            return Err(wrong(name, format!("`{name}` must be a file: give its part a filename")));
        }
        return Ok(());
    }
    let Some(media_type) = &part.media_type else { return Ok(()) };
    let family = media_type.split('/').next().unwrap_or_default();
    let (fits, wanted) = match kind {
        Kind::ImageEdits | Kind::ImageVariations => (family == "image", "an image"),
        _ => (family == "audio" || family == "video" || media_type == "application/ogg", "sound or video"),
    };
    if fits || family == "application" && !media_type.ends_with("json") && !media_type.ends_with("pdf") {
        return Ok(());
    }
    Err(wrong(name, format!("`{name}` is {media_type}; send {wanted}, or application/octet-stream")))
}

/// The client's mistake in a field.
pub(super) fn wrong(name: &str, message: impl Into<String>) -> GatewayError {
    GatewayError::new(Code::CallerInvalidRequest, message).param(name)
}
