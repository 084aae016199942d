//! A connection whose client does not read is not kept for ever, and one whose client still sends is not cut off.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};
use wye_pipeline::together::together;

/// How long a client that still sends may go on doing so once it was answered, and how long it may pause; whoever sends
/// nothing at all is not waited for.
const LINGER: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_secs(3);
/// Pieces that are thrown away before others have their turn.
const MOST_AT_ONCE: usize = 32;
const SILENT: Duration = Duration::from_millis(200);

/// A stream whose writes fail once the peer has taken nothing for `patience`.
///
/// While the peer does not read, the body of an answer is not polled, so no timer of its own could end it.
pub(crate) struct StallGuard<S> {
    stream: S,
    patience: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
    closing: Option<Closing>,
}

/// A stream on which nothing more is written. To close it while the client sends a body that nobody wants would break
/// the connection under the answer: the client would find an error of the network instead of it.
struct Closing {
    until: Instant,
    pause: Pin<Box<Sleep>>,
}

impl<S> StallGuard<S> {
    pub(crate) const fn new(stream: S, patience: Duration) -> Self {
        Self { stream, patience, waiting: None, closing: None }
    }

    fn watch<T>(&mut self, cx: &mut Context<'_>, polled: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if polled.is_ready() {
            self.waiting = None;
            return polled;
        }
        let patience = self.patience;
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep_until(Instant::now() + patience)));
        if waiting.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        Poll::Pending
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for StallGuard<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for StallGuard<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let polled = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.watch(cx, polled)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let polled = match together(bufs, |all| Pin::new(&mut self.stream).poll_write(cx, all)) {
            Some(polled) => polled,
            None => Pin::new(&mut self.stream).poll_write_vectored(cx, bufs),
        };
        self.watch(cx, polled)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let polled = Pin::new(&mut self.stream).poll_flush(cx);
        self.watch(cx, polled)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let closing = match &mut this.closing {
            Some(closing) => closing,
            none => {
                ready!(Pin::new(&mut this.stream).poll_shutdown(cx))?;
                let now = Instant::now();
                none.insert(Closing { until: now + LINGER, pause: Box::pin(sleep_until(now + SILENT)) })
            }
        };
        let mut scratch = [MaybeUninit::uninit(); 16 << 10];
        // What is there at once does not keep others from their turn for long.
        for _ in 0..MOST_AT_ONCE {
            let mut unwanted = ReadBuf::uninit(&mut scratch);
            match Pin::new(&mut this.stream).poll_read(cx, &mut unwanted) {
                Poll::Ready(Ok(())) if !unwanted.filled().is_empty() => {
                    closing.pause.as_mut().reset(closing.until.min(Instant::now() + PAUSE));
                }
                Poll::Ready(_) => return Poll::Ready(Ok(())),
                Poll::Pending => return closing.pause.as_mut().poll(cx).map(Ok),
            }
        }
        if Instant::now() >= closing.until {
            return Poll::Ready(Ok(()));
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}
