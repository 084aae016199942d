//! What a client cannot make the gateway fetch, and what it can.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Mutex;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::*;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\nrest";

/// Answers every request for a path with the same bytes, and remembers what it was asked.
struct Server {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

impl Server {
    async fn start(answers: &[(&'static str, Vec<u8>)]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let answers: HashMap<&str, Vec<u8>> = answers.iter().cloned().collect();
        let mut tasks = JoinSet::new();
        let seen = Arc::clone(&heads);
        tasks.spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut head = vec![0; 4096];
                let read = stream.read(&mut head).await.unwrap();
                let head = String::from_utf8_lossy(&head[..read]).into_owned();
                let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                seen.lock().unwrap().push(head);
                let endless = path == "/endless";
                let _ = stream.write_all(answers.get(path.as_str()).map_or(NOT_FOUND, Vec::as_slice)).await;
                while endless && stream.write_all(&[0; 65536]).await.is_ok() {}
            }
        });
        Self { port, heads, _tasks: tasks }
    }

    fn asked(&self) -> usize {
        self.heads.lock().unwrap().len()
    }
}

const NOT_FOUND: &[u8] = b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n";

fn ok(body: &[u8]) -> Vec<u8> {
    let head =
        format!("HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn leads(to: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n").into_bytes()
}

/// Knows a few names.
struct Names(Vec<(&'static str, IpAddr)>);

impl Resolve for Names {
    fn resolve(&self, host: &str, port: u16) -> Resolving {
        let known = self.0.iter().filter(|(name, _)| *name == host);
        let mut found: Vec<SocketAddr> = known.map(|(_, ip)| SocketAddr::new(*ip, port)).collect();
        found.extend(host.parse().ok().map(|ip| SocketAddr::new(ip, port)));
        Box::pin(async move { Ok(found) })
    }
}

fn fetcher(allow: &[&str]) -> Fetcher {
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let names = [
        ("images.test", here),
        ("private.test", "10.0.0.7".parse().unwrap()),
        ("mapped.test", "::ffff:127.0.0.1".parse().unwrap()),
        ("localhost", here),
        ("metadata.test", "169.254.169.254".parse().unwrap()),
    ];
    let allow = allow.iter().map(|host| Allowed::Host((*host).to_owned())).collect();
    let config = FetchConfig { allow, most: 100_000, timeout: Duration::from_secs(5), at_once: 2 };
    Fetcher::new(config, Arc::new(Names(names.to_vec())))
}

async fn why(fetcher: &Fetcher, url: &str) -> String {
    fetcher.image(url).await.map(|image| format!("{image:?}")).unwrap_or_else(|error| error.to_string())
}

#[tokio::test]
async fn an_image_is_what_its_bytes_are_and_nothing_is_sent_along() {
    let server = Server::start(&[("/a.jpg?key=hidden", ok(PNG)), ("/page", ok(b"<html>hello"))]).await;
    let fetcher = fetcher(&["images.test"]);
    let url = format!("http://images.test:{}/a.jpg?key=hidden#part", server.port);
    assert_eq!(fetcher.image(&url).await.unwrap(), Image { mime: "image/png", data: PNG.into() });
    let head = server.heads.lock().unwrap()[0].to_ascii_lowercase();
    for name in ["authorization", "cookie", "x-api-key", "referer"] {
        assert!(!head.contains(name), "{head}");
    }
    let said = why(&fetcher, &format!("http://images.test:{}/page?token=hidden", server.port)).await;
    assert_eq!(said, "the image at images.test cannot be fetched: its host answered 404");
    let said = why(&fetcher, &format!("http://images.test:{}/page", server.port)).await;
    assert_eq!(said, "the image at images.test cannot be fetched: what came is no image that models take");
}

#[tokio::test]
async fn what_is_not_public_is_not_asked() {
    let server = Server::start(&[("/", ok(PNG))]).await;
    let fetcher = fetcher(&["images.test"]);
    for host in [
        "127.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "localhost",
        "private.test",
        "mapped.test",
        "metadata.test",
    ] {
        let said = why(&fetcher, &format!("http://{host}:{}/", server.port)).await;
        assert!(
            said.ends_with("it is not on the public internet, and the operator does not allow it"),
            "{said}"
        );
        assert!(
            !said.contains("10.0.0.7") && !said.contains("169.254"),
            "where a name leads is not told: {said}"
        );
    }
    assert!(why(&fetcher, "http://nobody.test/").await.ends_with("the operator does not allow it"));
    assert_eq!(server.asked(), 0);
}

#[tokio::test]
async fn redirects_are_looked_at_like_the_first_address() {
    let mut answers = vec![("/here", ok(PNG)), ("/near", leads("here")), ("/round", leads("/round"))];
    answers.push(("/in", leads("http://localhost:1/admin")));
    answers.push(("/metadata", leads("http://metadata.test/latest/")));
    let server = Server::start(&answers).await;
    let fetcher = fetcher(&["images.test"]);
    let base = format!("http://images.test:{}", server.port);
    assert!(fetcher.image(&format!("{base}/near")).await.is_ok());
    let said = why(&fetcher, &format!("{base}/metadata")).await;
    assert!(
        said.starts_with(
            "the image at images.test cannot be fetched: it leads to metadata.test, and it is not"
        ),
        "{said}"
    );
    let said = why(&fetcher, &format!("{base}/in")).await;
    assert!(said.ends_with("its port is none of the web's"), "{said}");
    let asked = server.asked();
    assert!(why(&fetcher, &format!("{base}/round")).await.ends_with("it leads on more than 3 times"));
    assert_eq!(server.asked(), asked + 4);
}

#[tokio::test]
async fn a_redirect_to_loopback_is_not_followed() {
    let inside = Server::start(&[("/secret", ok(PNG))]).await;
    let to = format!("http://127.0.0.1:{}/secret", inside.port);
    let server = Server::start(&[("/a", leads(&to))]).await;
    let said = why(&fetcher(&["images.test"]), &format!("http://images.test:{}/a", server.port)).await;
    assert!(said.contains("it leads to 127.0.0.1, and it is not on the public internet"), "{said}");
    assert_eq!(inside.asked(), 0);
}

#[tokio::test]
async fn what_does_not_end_is_cut_off() {
    let head = b"HTTP/1.1 200 OK\r\n\r\n".to_vec();
    let said = b"HTTP/1.1 200 OK\r\ncontent-length: 99999999\r\n\r\n".to_vec();
    let server = Server::start(&[("/endless", head), ("/large", said)]).await;
    let fetcher = fetcher(&["images.test"]);
    for path in ["endless", "large"] {
        let said = why(&fetcher, &format!("http://images.test:{}/{path}", server.port)).await;
        assert!(said.ends_with("it is larger than 1 MB"), "{said}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_says_nothing_is_given_up() {
    // Connections are taken by the system, and nobody reads them.
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = silent.local_addr().unwrap().port();
    let said = why(&fetcher(&["images.test"]), &format!("http://images.test:{port}/")).await;
    assert_eq!(said, "the image at images.test cannot be fetched: it was not there within 5 s");
}
