//! What a client says that it takes: `Accept` and `Accept-Encoding`, with their weights.

use http::HeaderValue;
use http::header::GetAll;

/// How a file is packed for the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Brotli,
    Gzip,
    Identity,
}

impl Coding {
    /// The smallest first: of two that are liked alike the first is taken.
    const ALL: [Self; 3] = [Self::Brotli, Self::Gzip, Self::Identity];

    /// Its name in headers.
    pub(super) const fn name(self) -> Option<&'static str> {
        match self {
            Self::Brotli => Some("br"),
            Self::Gzip => Some("gzip"),
            Self::Identity => None,
        }
    }

    /// What Vite's files that are packed so end in, behind the name of the file they are of.
    pub(super) const fn ending(self) -> &'static str {
        match self {
            Self::Brotli => ".br",
            Self::Gzip => ".gz",
            Self::Identity => "",
        }
    }

    /// Those that are taken, the best first. Who refuses them all is not refused: there is nothing else to send.
    pub(super) fn wanted(lines: GetAll<'_, HeaderValue>) -> Vec<Self> {
        let said = weighed(lines);
        let of = |name: &str| said.iter().find(|(said, _)| *said == name).map(|(_, weight)| *weight);
        let weight = |coding: Self| match coding.name() {
            Some("gzip") => of("gzip").or_else(|| of("x-gzip")).or_else(|| of("*")).unwrap_or(0),
            Some(name) => of(name).or_else(|| of("*")).unwrap_or(0),
            // Taken unless it is refused, but liked less than whatever was named.
            None => of("identity").or_else(|| of("*").filter(|weight| *weight == 0)).unwrap_or(1),
        };
        let mut wanted: Vec<(u16, Self)> =
            Self::ALL.into_iter().map(|coding| (weight(coding), coding)).filter(|(w, _)| *w > 0).collect();
        wanted.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        wanted.into_iter().map(|(_, coding)| coding).collect()
    }
}

/// Whether a web page is what is wanted, and was named: whoever takes just anything is a program that calls an API.
pub(super) fn takes_pages(lines: GetAll<'_, HeaderValue>) -> bool {
    let said = weighed(lines);
    let of = |name: &str| said.iter().find(|(said, _)| *said == name).map(|(_, weight)| *weight);
    of("text/html").or_else(|| of("application/xhtml+xml")).or_else(|| of("text/*")).is_some_and(|w| w > 0)
}

/// Whether a web page would do.
pub(super) fn takes_any_page(lines: GetAll<'_, HeaderValue>) -> bool {
    let said = weighed(lines);
    let of = |name: &str| said.iter().find(|(said, _)| *said == name).map(|(_, weight)| *weight);
    said.is_empty() || of("text/html").or_else(|| of("text/*")).or_else(|| of("*/*")).is_some_and(|w| w > 0)
}

/// The entries of a list, with their weights in thousandths. A weight that is none counts as the whole.
fn weighed(lines: GetAll<'_, HeaderValue>) -> Vec<(String, u16)> {
    let lines = lines.iter().filter_map(|line| line.to_str().ok());
    let entry = |entry: &str| {
        let mut parts = entry.split(';').map(str::trim);
        let name = parts.next().filter(|name| !name.is_empty())?.to_ascii_lowercase();
        let weight = parts.find_map(|part| {
            let (key, value) = part.split_once('=')?;
            key.trim().eq_ignore_ascii_case("q").then(|| thousandths(value.trim()))
        });
        Some((name, weight.unwrap_or(1000)))
    };
    lines.flat_map(|line| line.split(',').filter_map(entry).collect::<Vec<_>>()).collect()
}

fn thousandths(text: &str) -> u16 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = part.chars().chain("000".chars()).take(3).collect();
    match (whole, digits.parse::<u16>()) {
        ("0", Ok(part)) => part,
        _ => 1000,
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use http::header::ACCEPT;

    use super::*;

    fn told(line: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_str(line).unwrap());
        headers
    }

    #[test]
    fn the_coding_that_is_liked_best_is_taken() {
        use Coding::{Brotli, Gzip, Identity};
        for (line, wanted) in [
            ("gzip, deflate, br, zstd", vec![Brotli, Gzip, Identity]),
            ("br;q=0.5, gzip", vec![Gzip, Brotli, Identity]),
            ("br;q=0, gzip;q=0.1", vec![Gzip, Identity]),
            ("BR ; Q=1.000", vec![Brotli, Identity]),
            ("identity", vec![Identity]),
            ("identity, gzip;q=0.9", vec![Identity, Gzip]),
            ("*", vec![Brotli, Gzip, Identity]),
            ("*;q=0", vec![]),
            ("gzip, *;q=0", vec![Gzip]),
            ("x-gzip", vec![Gzip, Identity]),
            ("brotli", vec![Identity]),
            ("gzip;q=loud", vec![Gzip, Identity]),
            (",, ;q=1", vec![Identity]),
        ] {
            assert_eq!(Coding::wanted(told(line).get_all(ACCEPT)), wanted, "{line}");
        }
        assert_eq!(Coding::wanted(HeaderMap::new().get_all(ACCEPT)), [Identity]);
    }

    #[test]
    fn who_takes_anything_does_not_mean_a_page() {
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for (line, named, would_do) in [
            (browser, true, true),
            ("*/*", false, true),
            ("text/*", true, true),
            ("text/html;q=0, */*", false, false),
            ("application/json", false, false),
            ("image/avif,image/webp,*/*;q=0", false, false),
        ] {
            assert_eq!(takes_pages(told(line).get_all(ACCEPT)), named, "{line}");
            assert_eq!(takes_any_page(told(line).get_all(ACCEPT)), would_do, "{line}");
        }
        assert!(!takes_pages(HeaderMap::new().get_all(ACCEPT)));
        assert!(takes_any_page(HeaderMap::new().get_all(ACCEPT)));
    }
}
