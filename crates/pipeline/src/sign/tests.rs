//! Amazon's published vectors, keys in the query, and what cannot sign.

use std::sync::Arc;

use tokio_util::task::TaskTracker;
use wye_providers::auth::AwsKey;

use super::*;
use crate::upstream::Connector;

struct At(u64);

impl Clock for At {
    fn mono(&self) -> std::time::Duration {
        std::time::Duration::ZERO
    }

    fn unix_ms(&self) -> u64 {
        self.0
    }
}

/// 2015-08-30T12:36:00Z, the moment of Amazon's published vectors.
const MOMENT: u64 = 1_440_938_160_000;

fn client(base_url: &str) -> Client {
    Client::new(Connector::new(base_url, None, true).unwrap(), TaskTracker::new())
}

fn signed(key: &str, method: &Method, path: &str, body: &'static str) -> HeaderMap {
    let key = AwsKey { id: "AKIDEXAMPLE", ..AwsKey::read(key).unwrap() };
    let signer = aws::Signer::new(&key, "us-east-1", "service").unwrap();
    let mut headers = HeaderMap::new();
    let body = Bytes::from_static(body.as_bytes());
    let ask = Ask { method, path: &path.parse().unwrap(), body: &body };
    signer.sign(&ask, "example.amazonaws.com", MOMENT, &mut headers).unwrap();
    headers
}

const KEY: &str = "AKIDEXAMPLE00000:wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

/// The vectors of Amazon's `aws-sig-v4-test-suite` that sign host and date alone.
#[test]
fn signatures_are_those_of_amazons_vectors() {
    let credential = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request";
    for (name, method, path, signature) in [
        ("get-vanilla", Method::GET, "/", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        (
            "post-vanilla",
            Method::POST,
            "/",
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
        (
            "get-vanilla-query-order-key-case",
            Method::GET,
            "/?Param2=value2&Param1=value1",
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            "post-vanilla-query",
            Method::POST,
            "/?Param1=value1",
            "28038455d6de14eafc1f9222cf5aa6f1a96197d7deb8263271d420d138af7f11",
        ),
    ] {
        let headers = signed(KEY, &method, path, "");
        assert_eq!(headers["x-amz-date"], "20150830T123600Z", "{name}");
        let expected = format!("{credential}, SignedHeaders=host;x-amz-date, Signature={signature}");
        assert_eq!(headers["authorization"], expected, "{name}");
        assert!(headers["authorization"].is_sensitive());
    }
}

/// `post-sts-header-before`: the session's token is signed.
#[test]
fn sessions_are_signed() {
    let token = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA==";
    let headers = signed(&format!("{KEY}:{token}"), &Method::POST, "/", "");
    assert_eq!(headers["x-amz-security-token"], token);
    let value = headers["authorization"].to_str().unwrap();
    assert!(value.contains("SignedHeaders=host;x-amz-date;x-amz-security-token, "), "{value}");
    assert!(value.ends_with("85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"), "{value}");
}

#[tokio::test]
async fn every_part_of_a_call_is_signed() {
    let one = signed(KEY, &Method::POST, "/model/us.a%3A0/converse", "{}");
    for (path, body) in [("/model/us.a%3A1/converse", "{}"), ("/model/us.a%3A0/converse", "{ }")] {
        assert_ne!(signed(KEY, &Method::POST, path, body)["authorization"], one["authorization"]);
    }
}

#[tokio::test]
async fn a_key_in_the_query_stands_behind_what_is_there() {
    let secret = Secret::new("a&b=/".to_owned());
    let base = "http://h";
    let signing = Signing::new(Auth::Query("key"), Some(&secret), base, &client(base)).unwrap();
    for (path, url) in
        [("/v1/x", "/v1/x?key=a%26b%3D%2F"), ("/v1/x?alt=sse", "/v1/x?alt=sse&key=a%26b%3D%2F")]
    {
        let ask = Ask { method: &Method::POST, path: &path.parse().unwrap(), body: &Bytes::new() };
        let (path, headers) = signing.sign(ask, "h", &At(MOMENT)).await.unwrap();
        assert_eq!(path, url);
        assert!(headers.is_empty());
    }
    assert!(!format!("{signing:?}").contains("a&b"));
}

#[test]
fn what_cannot_sign_is_refused_in_words_without_the_key() {
    let base = "http://127.0.0.1:1";
    let refused = |auth, key: &str| {
        Signing::new(auth, Some(&Secret::new(key.to_owned())), base, &client(base)).unwrap_err()
    };
    assert!(refused(Auth::Aws("bedrock"), KEY).contains("region"));
    let pem = r#"{"client_email":"a@b","private_key":"s3cret"}"#;
    for (auth, key) in [(Auth::Aws("bedrock"), KEY), (Auth::Google, pem), (Auth::Bearer, "s3\ncret")] {
        let why = refused(auth, key);
        assert!(!why.contains("s3") && !why.contains("wJalr"), "{why}");
    }
    let region = format!("{KEY}@eu-west-1");
    let signing = Signing::new(Auth::Aws("bedrock"), Some(&Secret::new(region)), base, &client(base));
    assert!(!format!("{:?}", signing.unwrap()).contains("wJalr"));
}

mod tokens;
