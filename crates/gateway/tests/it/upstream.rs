//! A provider whose every step the test takes itself.

use std::io::{BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, sync_channel};

use super::http::{Connection, head, header};
use super::process::PATIENCE;

/// A provider that speaks `openai_chat`.
pub(crate) struct Upstream {
    address: String,
    connections: Receiver<TcpStream>,
}

/// A call that waits for its answer.
pub(crate) struct Call {
    stream: TcpStream,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Upstream {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (sender, connections) = sync_channel(64);
        // A thread of its own, so that a wait for a connection has an end.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if sender.send(stream).is_err() {
                    return;
                }
            }
        });
        Self { address, connections }
    }

    pub(crate) fn address(&self) -> String {
        self.address.clone()
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/v1", self.address())
    }

    /// The next connection, whatever comes over it.
    pub(crate) fn accept(&self) -> Connection {
        Connection::over(self.stream())
    }

    /// The next call, read to its end.
    pub(crate) fn call(&self) -> Call {
        Call::read(self.stream())
    }

    fn stream(&self) -> TcpStream {
        self.connections.recv_timeout(PATIENCE).expect("the gateway called nobody")
    }
}

impl Call {
    fn read(stream: TcpStream) -> Self {
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut reader = BufReader::new(stream);
        let head = head(&mut reader);
        let length = header(&head, "content-length").map_or(0, |l| l.parse().unwrap());
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        Self { stream: reader.into_inner(), head, body: String::from_utf8(body).unwrap() }
    }

    /// The next call on the same connection.
    pub(crate) fn next(self) -> Self {
        Self::read(self.stream)
    }

    pub(crate) fn send(&mut self, text: &str) {
        self.stream.write_all(text.as_bytes()).unwrap();
    }

    /// Answers with this text and keeps the connection.
    pub(crate) fn answer(&mut self, text: &str) {
        self.answer_with(text, "");
    }

    /// Answers with this text and closes the connection, so that the next call comes over another.
    pub(crate) fn last_answer(mut self, text: &str) {
        self.answer_with(text, "connection: close\r\n");
    }

    fn answer_with(&mut self, text: &str, headers: &str) {
        let body = serde_json::json!({
            "id": "c1", "object": "chat.completion", "created": 1, "model": "m",
            "choices": [{
                "index": 0, "message": { "role": "assistant", "content": text }, "finish_reason": "stop",
            }],
            "usage": { "prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5 },
        })
        .to_string();
        let length = body.len();
        self.send(&format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n{headers}content-length: {length}\r\n\r\n{body}"
        ));
    }

    /// Fails with this status and closes the connection.
    pub(crate) fn fail(mut self, status: u16, headers: &str) {
        let body = r#"{"error":{"message":"no"}}"#;
        let length = body.len();
        self.send(&format!(
            "HTTP/1.1 {status} No\r\ncontent-type: application/json\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}"
        ));
    }

    /// Begins a stream.
    pub(crate) fn begin(&mut self) {
        self.send("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n");
    }

    /// One piece of a stream.
    pub(crate) fn piece(&mut self, text: &str) {
        let piece = serde_json::json!({
            "id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{ "index": 0, "delta": { "content": text }, "finish_reason": null }],
        });
        self.send(&format!("data: {piece}\n\n"));
    }

    /// Ends a stream.
    pub(crate) fn end(mut self) {
        let last = serde_json::json!({
            "id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [{ "index": 0, "delta": {}, "finish_reason": "stop" }],
        });
        self.send(&format!("data: {last}\n\ndata: [DONE]\n\n"));
    }
}
