//! A small HTTP/1.1 client that shows every byte.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use serde_json::Value;

use super::process::PATIENCE;

/// A connection to a server.
pub(crate) struct Connection(BufReader<TcpStream>);

/// An answer whose body has been read.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header(&self.head, name)
    }
}

/// A header of a head, by its name in lower case.
pub(crate) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// The lines of a head, without the empty one.
pub(crate) fn head(from: &mut impl BufRead) -> String {
    let mut head = String::new();
    loop {
        let mut line = String::new();
        let read = from.read_line(&mut line).unwrap();
        if read == 0 || line == "\r\n" {
            return head;
        }
        head.push_str(&line);
    }
}

impl Connection {
    pub(crate) fn to(address: &str) -> Self {
        Self::over(TcpStream::connect(address).unwrap())
    }

    pub(crate) fn over(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Self(BufReader::new(stream))
    }

    /// Sends bytes as they are. A server that has closed already is no failure: what it said can still be read.
    pub(crate) fn send(&mut self, bytes: &[u8]) {
        drop(self.0.get_mut().write_all(bytes));
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.send(format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").as_bytes());
        self.answer()
    }

    pub(crate) fn post(&mut self, path: &str, headers: &str, body: &str) {
        let length = body.len();
        let head =
            format!("POST {path} HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: {length}\r\n\r\n");
        self.send(format!("{head}{body}").as_bytes());
    }

    /// Asks this model and returns at once.
    pub(crate) fn ask(&mut self, model: &str, stream: bool) {
        let body = serde_json::json!({
            "model": model, "stream": stream, "messages": [{ "role": "user", "content": "Hello" }],
        });
        self.post("/v1/chat/completions", "content-type: application/json\r\n", &body.to_string());
    }

    pub(crate) fn answer(&mut self) -> Answer {
        let head = self.head();
        let status = status(&head);
        let body = if header(&head, "transfer-encoding") == Some("chunked") {
            let mut body = String::new();
            while let Some(chunk) = self.chunk() {
                body.push_str(&chunk);
            }
            body
        } else {
            let length = header(&head, "content-length").map_or(0, |l| l.parse().unwrap());
            self.exactly(length)
        };
        Answer { status, head, body }
    }

    /// The head of the answer alone.
    pub(crate) fn head(&mut self) -> String {
        head(&mut self.0)
    }

    /// The next chunk of a chunked body; `None` at its end.
    pub(crate) fn chunk(&mut self) -> Option<String> {
        let mut size = String::new();
        self.0.read_line(&mut size).unwrap();
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or_else(|_| panic!("the body broke off"));
        let chunk = self.exactly(size);
        self.exactly(2);
        (size > 0).then_some(chunk)
    }

    fn exactly(&mut self, length: usize) -> String {
        let mut bytes = vec![0; length];
        self.0.read_exact(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    /// Everything up to the end of the connection, which a reset may be.
    pub(crate) fn rest(&mut self) -> String {
        let mut bytes = Vec::new();
        drop(self.0.read_to_end(&mut bytes));
        String::from_utf8(bytes).unwrap()
    }
}

pub(crate) fn status(head: &str) -> u16 {
    head.split(' ').nth(1).and_then(|s| s.parse().ok()).unwrap_or_else(|| panic!("no status: {head:?}"))
}

/// Asks over a connection of its own.
pub(crate) fn chat(address: &str, model: &str) -> Answer {
    let mut connection = Connection::to(address);
    connection.ask(model, false);
    connection.answer()
}
