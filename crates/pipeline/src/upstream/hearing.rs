//! A connection that goes on hearing when it can no longer be written to. A provider that refuses a long request answers
//! and closes before it has read all of it; the failed write would else hide what it said.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};

use crate::together::together;

/// A connection whose failed writes never end; its reads, which do not fail before all is read, say what is the matter.
pub(super) struct Hearing<IO> {
    io: IO,
    /// It cannot be written to any more.
    deaf: bool,
}

impl<IO> Hearing<IO> {
    pub(super) const fn new(io: IO) -> Self {
        Self { io, deaf: false }
    }

    /// What a write came to. Whoever waits for one that failed is woken by the end of the reads.
    fn written<T>(&mut self, wrote: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match &wrote {
            Poll::Ready(Err(error)) if is_gone(error) => {
                self.deaf = true;
                Poll::Pending
            }
            _ => wrote,
        }
    }
}

fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset | io::ErrorKind::ConnectionAborted
    )
}

impl<IO: Read + Unpin> Read for Hearing<IO> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_read(cx, buf)
    }
}

impl<IO: Write + Unpin> Write for Hearing<IO> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.deaf {
            return Poll::Pending;
        }
        let wrote = Pin::new(&mut this.io).poll_write(cx, buf);
        this.written(wrote)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.deaf {
            return Poll::Pending;
        }
        let flushed = Pin::new(&mut this.io).poll_flush(cx);
        this.written(flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if this.deaf {
            return Poll::Pending;
        }
        let wrote = match together(bufs, |all| Pin::new(&mut this.io).poll_write(cx, all)) {
            Some(wrote) => wrote,
            None => Pin::new(&mut this.io).poll_write_vectored(cx, bufs),
        };
        this.written(wrote)
    }
}
