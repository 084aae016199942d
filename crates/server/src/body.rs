//! Reading a request body: within a size, within a time, decompressed under the same size.

use std::io::Read;
use std::pin::pin;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use wye_types::Code;
use wye_types::error::GatewayError;

/// Reads a body.
///
/// # Errors
/// [`Code::CallerBodyTooLarge`], [`Code::CallerTooSlow`], [`Code::CallerUnsupportedEncoding`], or
/// [`Code::CallerInvalidJson`] if it breaks off or does not decode.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: Body,
    limit: u64,
    patience: Duration,
) -> Result<Bytes, GatewayError> {
    let announced = headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large(limit));
    }
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let collecting = pin!(Limited::new(body, most).collect());
    let bytes = match tokio::time::timeout(patience, collecting).await {
        Ok(Ok(collected)) => collected.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => return Err(too_large(limit)),
        Ok(Err(_)) => return Err(GatewayError::new(Code::CallerInvalidJson, "the body broke off")),
        Err(_) => {
            let message = format!("the body did not arrive within {} s", patience.as_secs());
            return Err(GatewayError::new(Code::CallerTooSlow, message));
        }
    };
    let Some(coding) = headers.get(CONTENT_ENCODING) else { return Ok(bytes) };
    let coding = coding.to_str().unwrap_or("").trim().to_ascii_lowercase();
    if coding.is_empty() || coding == "identity" {
        return Ok(bytes);
    }
    // Up to the limit of bytes may have to be computed: not on a thread that serves others.
    tokio::task::spawn_blocking(move || decompress(&coding, &bytes, limit))
        .await
        .unwrap_or_else(|_| Err(GatewayError::new(Code::GatewayInternal, "decompression failed")))
}

fn decompress(coding: &str, bytes: &[u8], limit: u64) -> Result<Bytes, GatewayError> {
    let unreadable = |why: &dyn std::fmt::Display| {
        let message = format!("the body is announced as {coding} but does not decode: {why}");
        GatewayError::new(Code::CallerInvalidJson, message)
    };
    let mut plain = Vec::new();
    let read = match coding {
        "gzip" | "x-gzip" => {
            flate2::read::MultiGzDecoder::new(bytes).take(limit.saturating_add(1)).read_to_end(&mut plain)
        }
        "zstd" => {
            let mut rest = bytes;
            // A body may be several frames, one after the other.
            loop {
                let room = limit.saturating_add(1).saturating_sub(plain.len() as u64);
                let read = ruzstd::decoding::StreamingDecoder::new(&mut rest)
                    .map_err(|error| unreadable(&error))?
                    .take(room)
                    .read_to_end(&mut plain);
                if read.is_err() || rest.is_empty() || plain.len() as u64 > limit {
                    break read;
                }
            }
        }
        _ => {
            let message = format!("the content-encoding `{coding}` is not known; send gzip, zstd or none");
            return Err(GatewayError::new(Code::CallerUnsupportedEncoding, message));
        }
    };
    read.map_err(|error| unreadable(&error))?;
    if plain.len() as u64 > limit {
        return Err(too_large(limit));
    }
    Ok(plain.into())
}

fn too_large(limit: u64) -> GatewayError {
    let message = format!("the body is larger than the {limit} bytes that this gateway takes");
    GatewayError::new(Code::CallerBodyTooLarge, message)
}
