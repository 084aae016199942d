//! How keys are sent, and what kinds of credential a key can be: most are sent as they are, Amazon's sign and Google's are
//! exchanged for tokens.

use std::fmt;

use serde_json::Value;
use wye_types::{DialectId, Secret};

/// How a key is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Auth {
    /// `authorization: Bearer …`.
    Bearer,
    /// The key alone, in the header of this name.
    Header(&'static str),
    /// In the query, under this name.
    Query(&'static str),
    /// Signed by Amazon's Signature Version 4 for the service of this name, if the key is a pair; else as a bearer token.
    Aws(&'static str),
    /// As a token made with a service account, if the key is the JSON of one; else as Google's API key or token.
    Google,
    /// Not at all.
    None,
}

/// What a key is, where it was read as its provider wants it.
#[derive(Debug)]
pub enum Credential<'a> {
    /// None is sent.
    None,
    /// A header and its value.
    Header(&'static str, Secret),
    /// A name and a value of the query.
    Query(&'static str, &'a str),
    /// A pair that signs for a service.
    Aws(&'static str, AwsKey<'a>),
    /// An account that makes tokens.
    Google(ServiceAccount),
}

/// A pair of Amazon's, written `ID:SECRET`, `ID:SECRET:SESSION_TOKEN`, each with `@REGION` behind it where the provider's
/// address names none.
#[derive(Clone, Copy)]
pub struct AwsKey<'a> {
    /// The public part.
    pub id: &'a str,
    /// The part that signs.
    pub secret: &'a str,
    /// What temporary credentials carry besides.
    pub session: Option<&'a str>,
    /// The region that is signed for.
    pub region: Option<&'a str>,
}

impl fmt::Debug for AwsKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AwsKey").field("region", &self.region).finish_non_exhaustive()
    }
}

impl<'a> AwsKey<'a> {
    /// Reads a pair. `None` if the text is none.
    #[must_use]
    pub fn read(text: &'a str) -> Option<Self> {
        let (text, region) = match text.rsplit_once('@') {
            Some((text, region)) => (text, Some(region)),
            None => (text, None),
        };
        let (id, rest) = text.split_once(':')?;
        let (secret, session) = match rest.split_once(':') {
            Some((secret, session)) => (secret, Some(session)),
            None => (rest, None),
        };
        let is_id = id.len() >= 16 && id.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        (is_id && !secret.is_empty()).then_some(Self {
            id,
            secret,
            session: session.filter(|session| !session.is_empty()),
            region: region.filter(|region| is_region(region)),
        })
    }
}

/// Whether a word is a region of Amazon's: `us-east-1`, `us-gov-west-1`.
#[must_use]
pub fn is_region(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    let [first, middle @ .., last] = parts.as_slice() else { return false };
    let lower = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    first.len() == 2
        && lower(first)
        && !middle.is_empty()
        && middle.iter().all(lower)
        && last.len() == 1
        && last.bytes().all(|b| b.is_ascii_digit())
}

/// The region that an address names, as in `https://bedrock-runtime.eu-west-1.amazonaws.com`.
#[must_use]
pub fn region_of(base_url: &str) -> Option<&str> {
    let rest = base_url.split_once("://").map_or(base_url, |(_, rest)| rest);
    rest.split(['/', '?', ':']).next()?.split('.').find(|label| is_region(label))
}

/// A service account of Google's: who makes tokens, with which key, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccount {
    /// Its name.
    pub email: String,
    /// The name of its key.
    pub key_id: Option<String>,
    /// Its key, in PEM.
    pub private_key: Secret,
    /// Where a signed statement is exchanged for a token.
    pub token_uri: String,
}

impl ServiceAccount {
    /// Reads the JSON that Google's console hands out.
    ///
    /// # Errors
    /// In words, without any of the text, if it is the JSON of something else.
    pub fn read(json: &str) -> Result<Self, String> {
        let value: Value = serde_json::from_str(json)
            .map_err(|_| "the key begins like JSON and is none; write the whole file of a service account")?;
        if value.get("type").and_then(Value::as_str).is_some_and(|kind| kind != "service_account") {
            return Err(
                "the key is JSON, but not of a service account; create a key of one and write its file"
                    .into(),
            );
        }
        let text = |name: &str| {
            let found = value.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
            found.map(str::to_owned).ok_or_else(|| format!("the service account's JSON has no `{name}`"))
        };
        let token_uri =
            text("token_uri").unwrap_or_else(|_| "https://oauth2.googleapis.com/token".to_owned());
        Ok(Self {
            email: text("client_email")?,
            key_id: text("private_key_id").ok(),
            private_key: Secret::new(text("private_key")?),
            token_uri,
        })
    }
}

impl Auth {
    /// How a dialect's own vendor wants its key, which is what others that speak it mostly want too.
    #[must_use]
    pub const fn of(dialect: DialectId) -> Self {
        match dialect {
            DialectId::OpenAiChat
            | DialectId::OpenAiResponses
            | DialectId::OpenAiCompletions
            | DialectId::Cohere
            | DialectId::Ollama
            | DialectId::BedrockConverse => Self::Bearer,
            DialectId::AnthropicMessages => Self::Header("x-api-key"),
            DialectId::Gemini => Self::Header("x-goog-api-key"),
        }
    }

    /// What a key is.
    ///
    /// # Errors
    /// In words, without any of the key, if it is of a kind that cannot be used.
    pub fn credential(self, key: &str) -> Result<Credential<'_>, String> {
        let bearer = || Credential::Header("authorization", Secret::new(format!("Bearer {key}")));
        Ok(match self {
            Self::Bearer => bearer(),
            Self::Header(name) => Credential::Header(name, Secret::new(key.to_owned())),
            Self::Query(name) => Credential::Query(name, key),
            Self::Aws(service) => match AwsKey::read(key) {
                // Neither secrets nor tokens of this vendor have the sign.
                Some(pair) if pair.region.is_none() && key.contains('@') => {
                    return Err(
                        "what stands behind @ in the key is no region; write one such as eu-west-1".into()
                    );
                }
                Some(pair) => Credential::Aws(service, pair),
                None => bearer(),
            },
            Self::Google if key.trim_start().starts_with('{') => {
                Credential::Google(ServiceAccount::read(key)?)
            }
            // API keys begin so, tokens do not.
            Self::Google if key.starts_with("AIza") || key.starts_with("AQ.") => {
                Credential::Header("x-goog-api-key", Secret::new(key.to_owned()))
            }
            Self::Google => bearer(),
            Self::None => Credential::None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(auth: Auth, key: &str) -> Option<(&'static str, String)> {
        match auth.credential(key).unwrap() {
            Credential::Header(name, value) => Some((name, value.expose().to_owned())),
            _ => None,
        }
    }

    #[test]
    fn keys_are_sent_as_each_vendor_wants_them() {
        let of = |id: &str| crate::find(id).unwrap().auth;
        assert_eq!(sent(of("groq"), "k"), Some(("authorization", "Bearer k".into())));
        assert_eq!(sent(of("anthropic"), "k"), Some(("x-api-key", "k".into())));
        assert_eq!(sent(of("gemini"), "k"), Some(("x-goog-api-key", "k".into())));
        assert_eq!(sent(of("thaillm"), "k"), Some(("apikey", "k".into())));
        assert_eq!(sent(of("bedrock"), "ABSKabc"), Some(("authorization", "Bearer ABSKabc".into())));
        assert_eq!(sent(of("vertex"), "AIzaX"), Some(("x-goog-api-key", "AIzaX".into())));
        assert_eq!(sent(of("vertex"), "ya29.x"), Some(("authorization", "Bearer ya29.x".into())));
        assert!(matches!(Auth::None.credential("k"), Ok(Credential::None)));
        assert!(matches!(Auth::Query("key").credential("k"), Ok(Credential::Query("key", "k"))));
    }

    #[test]
    fn pairs_are_told_from_tokens() {
        let read = |text| AwsKey::read(text).map(|k| (k.id, k.secret, k.session, k.region));
        let id = "AKIDEXAMPLE00000";
        assert_eq!(read("AKIDEXAMPLE00000:s/e+c"), Some((id, "s/e+c", None, None)));
        assert_eq!(read("AKIDEXAMPLE00000:s:tok=="), Some((id, "s", Some("tok=="), None)));
        assert_eq!(read("AKIDEXAMPLE00000:s@eu-west-1"), Some((id, "s", None, Some("eu-west-1"))));
        for none in ["", "sk-abc:def", "AKID:s", "AKIDEXAMPLE00000", "AKIDEXAMPLE00000:"] {
            assert_eq!(read(none), None, "{none}");
        }
        for wrong in ["AKIDEXAMPLE00000:s3cret@eu-west1", "AKIDEXAMPLE00000:s3cret@"] {
            let why = Auth::Aws("s").credential(wrong).unwrap_err();
            assert!(why.contains("region") && !why.contains("s3cret"), "{why}");
        }
        assert!(!format!("{:?}", AwsKey::read("AKIDEXAMPLE00000:s3cret:t0ken")).contains("s3cret"));
    }

    #[test]
    fn regions_are_read_from_addresses() {
        for (url, region) in [
            ("https://bedrock-runtime.eu-west-1.amazonaws.com", Some("eu-west-1")),
            ("https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com/x", Some("us-gov-west-1")),
            (
                "https://vpce-0a-b.bedrock-runtime.ap-southeast-2.vpce.amazonaws.com:443",
                Some("ap-southeast-2"),
            ),
            ("http://127.0.0.1:8000", None),
            ("https://proxy.corp/us-east-1", None),
        ] {
            assert_eq!(region_of(url), region, "{url}");
        }
    }

    #[test]
    fn other_files_of_google_are_refused_without_a_word_of_theirs() {
        let good =
            r#"{"type":"service_account","client_email":"a@b","private_key":"PEM","private_key_id":"k"}"#;
        let account = ServiceAccount::read(good).unwrap();
        assert_eq!(account.token_uri, "https://oauth2.googleapis.com/token");
        assert!(!format!("{account:?}").contains("PEM"));
        for bad in [
            "{s3cret",
            r#"{"type":"authorized_user","refresh_token":"s3cret"}"#,
            r#"{"type":"service_account","private_key":"s3cret"}"#,
            r#"{"client_email":"s3cret"}"#,
        ] {
            let why = Auth::Google.credential(bad).unwrap_err();
            assert!(!why.contains("s3cret") && !why.is_empty(), "{why}");
        }
    }
}
