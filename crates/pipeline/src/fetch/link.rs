//! An address of an image, as far as it may be asked for.

use http::Uri;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

/// What stands in addresses that people write, and not in those that are sent.
const ODD: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'<').add(b'>').add(b'`').add(b'{').add(b'}');

/// An address of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    https: bool,
    host: String,
    port: u16,
    /// Path and query.
    path: String,
}

impl Link {
    /// Reads an address.
    pub(super) fn parse(url: &str) -> Result<Self, &'static str> {
        let url = url.split('#').next().unwrap_or(url).trim();
        let url = utf8_percent_encode(url, ODD).to_string();
        let uri: Uri = url.parse().map_err(|_| "it is no URL")?;
        let https = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err("only http:// and https:// are fetched"),
        };
        let authority = uri.authority().ok_or("it names no host")?;
        if authority.as_str().contains('@') {
            return Err("a URL with a password is not fetched");
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
        let usual = if https { 443 } else { 80 };
        let port = authority.port_u16().unwrap_or(usual);
        if host.is_empty() {
            return Err("it names no host");
        }
        // What listens below speaks something else, which must not be made to.
        if port < 1024 && ![80, 443].contains(&port) {
            return Err("its port is none of the web's");
        }
        let path = uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
        Ok(Self { https, host, port, path: if path.is_empty() { "/".to_owned() } else { path.to_owned() } })
    }

    /// Where this one leads to.
    pub(super) fn join(&self, location: &str) -> Result<Self, &'static str> {
        let scheme = if self.https { "https" } else { "http" };
        let base = format!("{scheme}://{}", self.authority());
        let next = if location.contains("://") && !location.starts_with('/') {
            Self::parse(location)?
        } else if let Some(rest) = location.strip_prefix("//") {
            Self::parse(&format!("{scheme}://{rest}"))?
        } else if location.starts_with('/') {
            Self::parse(&(base + location))?
        } else if location.starts_with('?') {
            let path = self.path.split('?').next().unwrap_or("/");
            Self::parse(&(base + path + location))?
        } else {
            let path = self.path.split('?').next().unwrap_or("/");
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            Self::parse(&(base + folder + "/" + location))?
        };
        if self.https && !next.https {
            return Err("it leads from https:// to http://");
        }
        Ok(next)
    }

    pub(super) const fn is_https(&self) -> bool {
        self.https
    }

    /// Its host, in lower case and without brackets.
    pub(super) fn host(&self) -> &str {
        &self.host
    }

    pub(super) const fn port(&self) -> u16 {
        self.port
    }

    /// Path and query.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Host and port as `Host` has them.
    pub(super) fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        let usual = if self.https { 443 } else { 80 };
        if self.port == usual { host } else { format!("{host}:{}", self.port) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(link: &Link) -> String {
        format!("{} {} {}", link.https, link.authority(), link.path)
    }

    #[test]
    fn addresses_are_read_and_followed() {
        let link = Link::parse("https://Img.Example:8443/a b/ü.png?x=1#y").unwrap();
        assert_eq!(shown(&link), "true img.example:8443 /a%20b/%C3%BC.png?x=1");
        for (location, expected) in [
            ("/z", "true img.example:8443 /z"),
            ("c.png?d", "true img.example:8443 /a%20b/c.png?d"),
            ("?e", "true img.example:8443 /a%20b/%C3%BC.png?e"),
            ("//h/i", "true h /i"),
            ("https://[::1]/", "true [::1] /"),
        ] {
            assert_eq!(shown(&link.join(location).unwrap()), expected, "{location}");
        }
        assert!(link.join("http://img.example/").is_err());
        for url in [
            "ftp://h/a",
            "file:///etc/passwd",
            "http://u:p@h/",
            "http://h:25/",
            "//h",
            "h/a.png",
            "http://",
            "",
        ] {
            assert!(Link::parse(url).is_err(), "{url}");
        }
    }
}
