//! The images of a conversation: where they are, and putting something else in their places.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::BoxFuture;
use futures_util::stream::{StreamExt, iter};
use memchr::memmem;
use wye_types::Code;
use wye_types::chat::{Block, BlockKind, ChatRequest, MediaKind, Source};
use wye_types::error::GatewayError;

use crate::fetch::{FetchError, Fetcher, Image};
use crate::parse::Request;

/// How many images of one request are fetched.
const MOST_IMAGES: usize = 32;
/// How many of them at once.
const AT_ONCE: usize = 4;
/// The most bytes that they have together: what a body may have at most by default.
const MOST_BYTES: usize = 64 << 20;

/// Whether a body may hold an image. Mostly a cheap search: a text that mentions one costs time but changes nothing.
pub(super) fn may_hold(body: &[u8]) -> bool {
    [&b"image"[..], b"fileData", b"file_data", b"inlineData", b"inline_data"]
        .into_iter()
        .any(|name| memmem::find(body, name).is_some())
}

/// Goes through the blocks of a conversation that are images.
pub(super) fn each_image<'c>(chat: &'c ChatRequest, visit: &mut impl FnMut(&'c Block)) {
    fn walk<'c>(blocks: &'c [Block], visit: &mut impl FnMut(&'c Block)) {
        for block in blocks {
            match &block.kind {
                BlockKind::Media(media) if media.kind == MediaKind::Image => visit(block),
                BlockKind::ToolResult(result) => walk(&result.content, visit),
                _ => {}
            }
        }
    }
    for message in &chat.messages {
        walk(&message.content, visit);
    }
}

/// The same, to change them.
pub(super) fn change_images(chat: &mut ChatRequest, change: &mut impl FnMut(&mut Block)) {
    fn walk(blocks: &mut [Block], change: &mut impl FnMut(&mut Block)) {
        for block in blocks {
            match &mut block.kind {
                BlockKind::Media(media) if media.kind == MediaKind::Image => change(block),
                BlockKind::ToolResult(result) => walk(&mut result.content, change),
                _ => {}
            }
        }
    }
    for message in &mut chat.messages {
        walk(&mut message.content, change);
    }
}

/// The address of an image that is not in the request itself.
fn remote(block: &Block) -> Option<&str> {
    let BlockKind::Media(media) = &block.kind else { return None };
    let Source::Url(url) = &media.source else { return None };
    let scheme = url.split_once("://").map(|(scheme, _)| scheme)?;
    (scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")).then_some(url)
}

/// A conversation with all images in it; `None` if they are.
pub(crate) async fn inlined(
    request: &Request,
    fetcher: &Fetcher,
) -> Result<Option<Box<ChatRequest>>, GatewayError> {
    if !may_hold(&request.bytes) {
        return Ok(None);
    }
    let chat = request.chat()?;
    let mut urls: Vec<&str> = Vec::new();
    each_image(chat, &mut |block| {
        if let Some(url) = remote(block).filter(|url| !urls.contains(url)) {
            urls.push(url);
        }
    });
    if urls.is_empty() {
        return Ok(None);
    }
    if urls.len() > MOST_IMAGES {
        let message = format!(
            "{} images would have to be fetched, and no more than {MOST_IMAGES} are; send some of them in base64",
            urls.len()
        );
        return Err(GatewayError::new(Code::CallerInvalidRequest, message));
    }
    let images = fetch(&urls, fetcher).await?;
    let mut chat = chat.clone();
    change_images(&mut chat, &mut |block| {
        let image = remote(block).and_then(|url| images.get(url));
        if let (Some(image), BlockKind::Media(media)) = (image, &mut block.kind) {
            media.source = Source::Base64(STANDARD.encode(&image.data));
            media.mime = Some(image.mime.to_owned());
        }
    });
    Ok(Some(Box::new(chat)))
}

async fn fetch<'u>(urls: &[&'u str], fetcher: &Fetcher) -> Result<HashMap<&'u str, Image>, GatewayError> {
    let mut fetches: Vec<BoxFuture<'_, (&'u str, Result<Image, FetchError>)>> = Vec::new();
    for url in urls.iter().copied() {
        fetches.push(Box::pin(async move { (url, fetcher.image(url).await) }));
    }
    let mut fetches = iter(fetches).buffer_unordered(AT_ONCE);
    let mut images = HashMap::new();
    let mut bytes = 0;
    while let Some((url, fetched)) = fetches.next().await {
        let image = fetched?;
        bytes += image.data.len();
        if bytes > MOST_BYTES {
            let message =
                "the images that would have to be fetched are larger than 64 MiB together; send fewer";
            return Err(GatewayError::new(Code::CallerInvalidRequest, message));
        }
        images.insert(url, image);
    }
    Ok(images)
}
