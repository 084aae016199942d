//! A form on its way to a provider: what is written anew, what was kept, what is still to come.

use std::collections::VecDeque;
use std::fs::File;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body::{Body, Frame, SizeHint};
use wye_types::error::GatewayError;
use wye_wire::multipart::Piece;

use super::coming::Coming;
use super::file::wrong;
use super::form::{Fate, Lies};
use super::spool;
use crate::upstream::SentError;

/// A form on its way to a provider.
pub(super) struct FormBody {
    pub(super) kept: VecDeque<Lies>,
    pub(super) file: Option<Arc<File>>,
    pub(super) reading: Option<BoxFuture<'static, std::io::Result<Bytes>>>,
    pub(super) rest: Option<Rest>,
    /// What is still to be sent, where that is known.
    pub(super) length: Option<u64>,
    pub(super) fate: Arc<Fate>,
}

/// What is still to come of a form.
pub(super) struct Rest {
    pub(super) coming: Coming,
    /// The fields that were written anew and are left out where they come again.
    pub(super) without: Vec<String>,
    /// Whether its model went by, so that another one is one too many.
    pub(super) had_model: bool,
    /// Whether the part that comes now is left out.
    pub(super) skips: bool,
}

impl Rest {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, GatewayError>> {
        loop {
            let Some(piece) = ready!(self.coming.poll_step(cx))? else { return Poll::Ready(Ok(None)) };
            let bytes = match piece {
                Piece::Begin(part, raw) => {
                    if part.name == "model" && std::mem::replace(&mut self.had_model, true) {
                        let twice = "`model` stands in the form twice; name one model";
                        return Poll::Ready(Err(wrong("model", twice)));
                    }
                    self.skips = self.without.contains(&part.name);
                    raw
                }
                Piece::Data(data) => data,
                Piece::End => Bytes::from_static(b"\r\n"),
                Piece::Close(raw) => {
                    self.skips = false;
                    raw
                }
            };
            if !self.skips && !bytes.is_empty() {
                return Poll::Ready(Ok(Some(bytes)));
            }
        }
    }
}

impl FormBody {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, SentError>>> {
        loop {
            if let Some(reading) = &mut self.reading {
                let read = ready!(reading.as_mut().poll(cx));
                self.reading = None;
                return Poll::Ready(Some(read.map_err(Into::into)));
            }
            match self.kept.pop_front() {
                Some(Lies::Here(bytes)) => return Poll::Ready(Some(Ok(bytes))),
                Some(Lies::InFile { length: 0, .. }) => {}
                Some(Lies::InFile { at, length }) => {
                    let Some(file) = self.file.clone() else { return Poll::Ready(None) };
                    let next = length.min(spool::PIECE as u64);
                    self.kept.push_front(Lies::InFile { at: at + next, length: length - next });
                    self.reading = Some(Box::pin(spool::read(file, at, next)));
                }
                None => break,
            }
        }
        let Some(rest) = &mut self.rest else { return Poll::Ready(None) };
        match ready!(rest.poll(cx)) {
            Ok(Some(bytes)) => Poll::Ready(Some(Ok(bytes))),
            Ok(None) => Poll::Ready(None),
            Err(error) => {
                let told: SentError = error.message.clone().into();
                self.fate.break_off(error);
                Poll::Ready(Some(Err(told)))
            }
        }
    }
}

impl Body for FormBody {
    type Data = Bytes;
    type Error = SentError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, SentError>>> {
        let this = self.get_mut();
        let piece = ready!(this.poll(cx));
        if let (Some(Ok(bytes)), Some(length)) = (&piece, &mut this.length) {
            *length = length.saturating_sub(bytes.len() as u64);
        }
        Poll::Ready(piece.map(|piece| piece.map(Frame::data)))
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
