//! Reading answers, just enough to know that they are whole.

use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::Instant;

use crate::wire::Ask;

/// Reads one answer to its end and checks that it is the whole of what the upstream sends.
pub(super) async fn read(socket: &mut TcpStream, buffer: &mut [u8], ask: Ask) -> Result<Instant, String> {
    let mut filled = 0;
    let head = loop {
        filled += more(socket, &mut buffer[filled..]).await?;
        if let Some(at) = find(&buffer[..filled], b"\r\n\r\n") {
            break at + 4;
        }
    };
    let text = String::from_utf8_lossy(&buffer[..head]).to_ascii_lowercase();
    if !text.starts_with("http/1.1 200") {
        return Err(String::from_utf8_lossy(&buffer[..filled]).into_owned());
    }
    let length = text.split_once("content-length:").and_then(|(_, rest)| rest.split_whitespace().next());
    let mut body = filled - head;
    if let Some(length) = length {
        let length: usize = length.parse().map_err(|_| "content-length is not a number".to_owned())?;
        let first = Instant::now();
        while body < length {
            body += more(socket, buffer).await?;
        }
        return if ask.fits(length) { Ok(first) } else { Err(wrong(length, buffer)) };
    }
    let mut tail = Tail::new(&buffer[head..filled]);
    let mut first = (body > 0).then(Instant::now);
    while !tail.ends_chunks() {
        let read = more(socket, buffer).await?;
        first.get_or_insert_with(Instant::now);
        body += read;
        tail.push(&buffer[..read]);
    }
    // The sizes of the pieces stand between them.
    if ask.events == 0 || ask.fits(body) { first.ok_or_else(String::new) } else { Err(wrong(body, buffer)) }
}

fn wrong(bytes: usize, buffer: &[u8]) -> String {
    format!("an answer of {bytes} bytes: {}", String::from_utf8_lossy(&buffer[..buffer.len().min(600)]))
}

/// Reads a stream up to its first content, which must be there before its end.
pub(super) async fn first_content(socket: &mut TcpStream) -> Result<(), String> {
    let mut buffer = [0; 4096];
    let mut filled = 0;
    while find(&buffer[..filled], b"data: ").is_none() {
        filled += more(socket, &mut buffer[filled..]).await?;
        if !buffer.starts_with(b"HTTP/1.1 200") {
            return Err(String::from_utf8_lossy(&buffer[..filled]).into_owned());
        }
    }
    Ok(())
}

async fn more(socket: &mut TcpStream, buffer: &mut [u8]) -> Result<usize, String> {
    match socket.read(buffer).await {
        Ok(0) => Err("closed in mid-answer".into()),
        Ok(read) => Ok(read),
        Err(error) => Err(format!("read: {error}")),
    }
}

/// The last bytes of a chunked body, which say whether it is over.
struct Tail([u8; 7]);

impl Tail {
    fn new(bytes: &[u8]) -> Self {
        let mut tail = Tail([0; 7]);
        tail.push(bytes);
        tail
    }

    fn push(&mut self, bytes: &[u8]) {
        let kept = bytes.len().min(7);
        self.0.rotate_left(kept);
        self.0[7 - kept..].copy_from_slice(&bytes[bytes.len() - kept..]);
    }

    /// Our events never contain a carriage return, so this is the last chunk and nothing else.
    fn ends_chunks(&self) -> bool {
        &self.0 == b"\r\n0\r\n\r\n"
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_chunked_body_is_seen_over_two_reads() {
        let mut tail = Tail::new(b"data: x\n\n\r\n0\r");
        assert!(!tail.ends_chunks());
        tail.push(b"\n\r\n");
        assert!(tail.ends_chunks());
        assert!(!Tail::new(b"fe0\r\ndata").ends_chunks());
    }
}
