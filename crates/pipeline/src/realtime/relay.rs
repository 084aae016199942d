//! A conversation between a client and a provider, byte by byte: what one says the other hears, at the other's pace.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::frame::Frames;
use super::used;

/// How much is read at once, in bytes.
const PIECE: usize = 16 << 10;
/// How long a goodbye may take.
const GOODBYE: Duration = Duration::from_secs(1);

/// How long a conversation may last.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// With nobody saying anything.
    pub(super) silence: Duration,
    /// In all.
    pub(super) total: Duration,
}

/// How a conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// One of the two said goodbye.
    Closed,
    /// The client left without a word.
    ClientGone,
    /// The provider did.
    ProviderGone,
    /// Nobody said anything for too long.
    Silence,
    /// It has lasted long enough.
    TooLong,
    /// The gateway stops.
    Stopped,
    /// The client's limits or its budget are used up.
    Spent,
}

impl End {
    /// The status that a client is told (RFC 6455 §7.4.1), where it was not told by the provider.
    const fn status(self) -> Option<u16> {
        match self {
            Self::Closed | Self::ClientGone => None,
            Self::ProviderGone => Some(1011),
            Self::Silence | Self::TooLong => Some(1000),
            Self::Stopped => Some(1001),
            Self::Spent => Some(1008),
        }
    }
}

/// Passes on what both say until one of them has had enough, a limit is reached, `stop` is, or `enough` was used. What `told` hears is what
/// each answer of the provider ends with. Gives
/// also how many bytes of the provider's have come since.
pub(super) async fn relay<C, P>(
    (mut client, mut provider): (C, P),
    limits: Limits,
    (stop, enough): (&CancellationToken, &CancellationToken),
    mut told: impl FnMut(&[u8]) + Send,
) -> (End, u64)
where
    C: AsyncRead + AsyncWrite + Unpin + Send,
    P: AsyncRead + AsyncWrite + Unpin + Send,
{
    let mut up = Lane::new(Frames::new(None));
    let mut down = Lane::new(Frames::new(Some(used::ENDS_ANSWER)));
    let began = Instant::now();
    let mut silence = pin!(sleep_until(began + limits.silence));
    let mut total = pin!(sleep_until(began + limits.total));
    let mut stopped = pin!(stop.cancelled());
    let mut spent = pin!(enough.cancelled());
    let end = poll_fn(|cx| {
        let heard = (up.count, down.count);
        // The provider first: what it said before it left still goes through.
        let provider_left = down.poll(cx, (&mut provider, &mut client), &mut told);
        let client_left = up.poll(cx, (&mut client, &mut provider), &mut |_: &[u8]| {});
        let closed = up.frames.is_closed() || down.frames.is_closed();
        match (client_left, provider_left) {
            (_, Poll::Ready(_)) | (Poll::Ready(_), _) if closed => return Poll::Ready(End::Closed),
            (Poll::Ready(Side::Reader), _) | (_, Poll::Ready(Side::Writer)) => {
                return Poll::Ready(End::ClientGone);
            }
            (Poll::Ready(Side::Writer), _) | (_, Poll::Ready(Side::Reader)) => {
                return Poll::Ready(End::ProviderGone);
            }
            (Poll::Pending, Poll::Pending) => {}
        }
        if heard != (up.count, down.count) {
            silence.as_mut().reset(Instant::now() + limits.silence);
        }
        // What was paid for has gone through, as far as the client takes it: one that takes nothing talks on no longer.
        if spent.as_mut().poll(cx).is_ready() {
            return Poll::Ready(End::Spent);
        }
        if stopped.as_mut().poll(cx).is_ready() {
            return Poll::Ready(End::Stopped);
        }
        if total.as_mut().poll(cx).is_ready() {
            return Poll::Ready(End::TooLong);
        }
        if silence.as_mut().poll(cx).is_ready() {
            return Poll::Ready(End::Silence);
        }
        Poll::Pending
    })
    .await;
    let goodbye = async {
        if let Some(status) = end.status().filter(|_| down.is_between()) {
            let [high, low] = status.to_be_bytes();
            client.write_all(&[0x88, 2, high, low]).await?;
        }
        client.shutdown().await
    };
    // Whoever does not take it has left.
    let _ = tokio::time::timeout(GOODBYE, goodbye).await;
    (end, down.untold)
}

/// Which side of a lane has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Reader,
    Writer,
}

/// What one says on its way to the other.
struct Lane {
    frames: Frames,
    piece: Box<[u8]>,
    from: usize,
    to: usize,
    unflushed: bool,
    /// Pieces so far.
    count: u64,
    /// Bytes since a message was told.
    untold: u64,
}

impl Lane {
    fn new(frames: Frames) -> Self {
        let piece = vec![0; PIECE].into_boxed_slice();
        Self { frames, piece, from: 0, to: 0, unflushed: false, count: 0, untold: 0 }
    }

    /// Whether all that was read was passed on, and was whole frames.
    fn is_between(&self) -> bool {
        self.from == self.to && self.frames.is_between()
    }

    /// Moves what can be moved. Ready: one side has left.
    fn poll<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        (reader, writer): (&mut R, &mut W),
        told: &mut impl FnMut(&[u8]),
    ) -> Poll<Side>
    where
        R: AsyncRead + Unpin,
        W: AsyncWrite + Unpin,
    {
        loop {
            while self.from < self.to {
                match ready!(Pin::new(&mut *writer).poll_write(cx, &self.piece[self.from..self.to])) {
                    Ok(written) if written > 0 => self.from += written,
                    Ok(_) | Err(_) => return Poll::Ready(Side::Writer),
                }
                self.unflushed = true;
            }
            match self.read(cx, reader) {
                Poll::Ready(Ok(read)) if read > 0 => {
                    (self.from, self.to) = (0, read);
                    self.count += 1;
                    self.untold = self.untold.saturating_add(read as u64);
                    let untold = &mut self.untold;
                    self.frames.see(&self.piece[..read], |message| {
                        *untold = 0;
                        told(message);
                    });
                }
                Poll::Ready(_) => return Poll::Ready(Side::Reader),
                Poll::Pending => {
                    if self.unflushed {
                        match ready!(Pin::new(&mut *writer).poll_flush(cx)) {
                            Ok(()) => self.unflushed = false,
                            Err(_) => return Poll::Ready(Side::Writer),
                        }
                    }
                    return Poll::Pending;
                }
            }
        }
    }

    fn read<R: AsyncRead + Unpin>(
        &mut self,
        cx: &mut Context<'_>,
        reader: &mut R,
    ) -> Poll<io::Result<usize>> {
        let mut piece = ReadBuf::new(&mut self.piece);
        ready!(Pin::new(reader).poll_read(cx, &mut piece))?;
        Poll::Ready(Ok(piece.filled().len()))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, DuplexStream, duplex};
    use tokio::task::JoinHandle;

    use super::*;

    const LIMITS: Limits = Limits { silence: Duration::from_secs(60), total: Duration::from_secs(600) };

    struct Talk {
        client: DuplexStream,
        provider: DuplexStream,
        stop: CancellationToken,
        running: JoinHandle<(End, Vec<String>)>,
    }

    fn talk() -> Talk {
        let (client, ours) = duplex(64);
        let (provider, theirs) = duplex(64);
        let stop = CancellationToken::new();
        let stopped = stop.clone();
        #[expect(clippy::disallowed_methods, reason = "tests")]
        let running = tokio::spawn(async move {
            let mut heard = Vec::new();
            let told = |message: &[u8]| heard.push(String::from_utf8_lossy(message).into_owned());
            let (end, _) = relay((ours, theirs), LIMITS, (&stopped, &CancellationToken::new()), told).await;
            (end, heard)
        });
        Talk { client, provider, stop, running }
    }

    async fn rest(stream: &mut DuplexStream) -> Vec<u8> {
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.unwrap();
        bytes
    }

    #[tokio::test(start_paused = true)]
    async fn both_hear_each_other_until_one_says_goodbye() {
        let mut talk = talk();
        let long: Vec<u8> = (0..200).collect();
        talk.client.write_all(&long[..50]).await.unwrap();
        let mut heard = [0; 50];
        talk.provider.read_exact(&mut heard).await.unwrap();
        assert_eq!(heard, long[..50]);
        let message = br#"{"type":"response.done"}"#;
        let said = [&[0x81, u8::try_from(message.len()).unwrap()][..], message, &[0x88, 0]].concat();
        talk.provider.write_all(&said).await.unwrap();
        drop(talk.provider);
        assert_eq!(rest(&mut talk.client).await, said);
        let (end, heard) = talk.running.await.unwrap();
        assert_eq!(end, End::Closed);
        assert_eq!(heard, [String::from_utf8_lossy(message)]);
    }

    #[tokio::test(start_paused = true)]
    async fn who_leaves_without_a_word_ends_it_for_both() {
        let mut left = talk();
        drop(left.client);
        assert!(rest(&mut left.provider).await.is_empty());
        assert_eq!(left.running.await.unwrap().0, End::ClientGone);
        let mut left = talk();
        drop(left.provider);
        assert_eq!(rest(&mut left.client).await, [0x88, 2, 3, 243]);
        assert_eq!(left.running.await.unwrap().0, End::ProviderGone);
        // In the middle of a frame there is no place for a word of ours.
        let mut left = talk();
        left.provider.write_all(&[0x81, 5, b'x']).await.unwrap();
        drop(left.provider);
        assert_eq!(rest(&mut left.client).await, [0x81, 5, b'x']);
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_talks_or_is_silent_for_ever() {
        let mut silent = talk();
        assert_eq!(rest(&mut silent.client).await, [0x88, 2, 3, 232]);
        assert_eq!(silent.running.await.unwrap().0, End::Silence);
        let mut endless = talk();
        let began = Instant::now();
        // A word now and then keeps it going.
        while endless.client.write_all(&[0x89, 0]).await.is_ok() {
            let mut word = [0; 2];
            if endless.provider.read_exact(&mut word).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_secs(50)).await;
        }
        assert_eq!(endless.running.await.unwrap().0, End::TooLong);
        assert!(began.elapsed() >= LIMITS.total);
    }

    #[tokio::test(start_paused = true)]
    async fn a_gateway_that_stops_says_so() {
        let mut talk = talk();
        talk.stop.cancel();
        assert_eq!(rest(&mut talk.client).await, [0x88, 2, 3, 233]);
        assert_eq!(talk.running.await.unwrap().0, End::Stopped);
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_listen_holds_up_the_other_and_no_more() {
        let mut talk = talk();
        let mut passed = 0;
        let frame = [0x82, 10, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
        // What the pipes and one piece hold goes through, then nothing.
        while tokio::time::timeout(Duration::from_secs(1), talk.provider.write_all(&frame)).await.is_ok() {
            passed += frame.len();
            assert!(passed < 2 * PIECE, "it is held somewhere");
        }
    }
}
