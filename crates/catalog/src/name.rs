//! Names of models: which ones are written differently and mean the same, and what vendors and resellers hang on them.

/// What stands in front of a model's name where it is reached through a region.
const REGIONS: &[&str] =
    &["us.", "eu.", "ap.", "apac.", "au.", "ca.", "jp.", "in.", "sa.", "uk.", "global.", "us-gov."];
/// Ends that ask for another way of serving the same model. `free` is not among them by chance: it changes the price.
const WAYS: &[&str] = &[":free", ":thinking", ":extended", ":nitro", ":floor", ":online", ":exacto", ":beta"];
/// The end that makes a model cost nothing.
pub(crate) const FREE: &str = ":free";
/// Ends that name the newest of a family.
const NEWEST: &[&str] = &["-latest", ":latest", "@latest", "@default"];

/// A letter as names are compared: small, and with one sign for the three that resellers exchange.
pub(crate) const fn letter(byte: u8) -> u8 {
    match byte {
        b'.' | b'_' => b'-',
        other => other.to_ascii_lowercase(),
    }
}

/// A name as it is compared.
pub(crate) fn fold(name: &str) -> String {
    name.bytes().map(|byte| char::from(letter(byte))).collect()
}

/// Whether two names mean the same.
pub(crate) fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).all(|(a, b)| letter(a) == letter(b))
}

/// What was taken off a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Taken {
    /// A date or a number of a snapshot.
    Date,
    /// A vendor, a region, a way of serving.
    Decoration,
}

/// The name without one thing that hangs on it: first dates, then what resellers add. `None` if it is bare.
pub(crate) fn barer(name: &str) -> Option<(&str, Taken)> {
    if let Some(bare) = undated(name) {
        return Some((bare, Taken::Date));
    }
    if let Some(bare) = WAYS.iter().find_map(|end| name.strip_suffix(end)) {
        return Some((bare, Taken::Decoration));
    }
    if let Some(bare) = versioned(name) {
        return Some((bare, Taken::Decoration));
    }
    if let Some((_, bare)) = name.split_once('/').filter(|(_, bare)| !bare.is_empty()) {
        return Some((bare, Taken::Decoration));
    }
    if let Some(bare) = REGIONS.iter().find_map(|region| name.strip_prefix(region)) {
        return Some((bare, Taken::Decoration));
    }
    // `anthropic.claude-…`: a vendor's word, and a dot that is no number's.
    let (vendor, bare) = name.split_once('.')?;
    let word = !vendor.is_empty() && vendor.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let letters = bare.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    (word && letters && !vendor.ends_with('-')).then_some((bare, Taken::Decoration))
}

/// The name without `-20250219`, `-2025-02-19`, `@20250219`, `-latest` or `-001` at its end.
pub(crate) fn undated(name: &str) -> Option<&str> {
    if let Some(bare) = NEWEST.iter().find_map(|end| name.strip_suffix(end)) {
        return Some(bare).filter(|bare| !bare.is_empty());
    }
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (bare, last) = name.rsplit_once(['-', '@'])?;
    if bare.is_empty() || !digits(last) {
        return None;
    }
    match last.len() {
        8 if last.starts_with("20") => Some(bare),
        // A month and a day, `0613`, or a year and a month, `2508`.
        4 if is_month(&last[..2]) || is_month(&last[2..]) => Some(bare),
        3 if last.starts_with("00") => Some(bare),
        2 => {
            let (bare, month) = bare.rsplit_once('-')?;
            let (bare, year) = bare.rsplit_once('-').filter(|_| digits(month) && month.len() == 2)?;
            (year.len() == 4 && digits(year) && year.starts_with("20") && !bare.is_empty()).then_some(bare)
        }
        _ => None,
    }
}

fn is_month(two: &str) -> bool {
    two.parse::<u8>().is_ok_and(|month| (1..=12).contains(&month))
}

/// The name without the version that one cloud writes at its end: `-v1:0`, `-v2`, `:0`.
fn versioned(name: &str) -> Option<&str> {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let (bare, minor) = name.rsplit_once(':').unwrap_or((name, ""));
    if !minor.is_empty() && !digits(minor) {
        return None;
    }
    let (family, version) = bare.rsplit_once("-v").unwrap_or((bare, ""));
    let dotted = name.contains('.') || !minor.is_empty();
    if digits(version) && version.len() == 1 && dotted && !family.is_empty() {
        return Some(family);
    }
    (!minor.is_empty() && !bare.is_empty()).then_some(bare)
}

/// The beginnings of a name that end where a word ends, the longest first. A cut never parts a number from its
/// decimals, and what is left has at least two letters.
pub(crate) fn beginnings(name: &str) -> impl Iterator<Item = &str> {
    let bytes = name.as_bytes();
    let digit = move |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let cuts = (2..bytes.len()).rev().filter(move |&at| match bytes[at] {
        b'-' | b':' | b'@' | b'_' | b' ' => true,
        b'.' => !(digit(at - 1) && digit(at + 1)),
        _ => false,
    });
    cuts.filter_map(|at| name.get(..at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_hangs_on_them_one_by_one() {
        let all = |name: &str| {
            let mut names = Vec::new();
            let mut left = name;
            while let Some((bare, _)) = barer(left) {
                names.push(bare.to_owned());
                left = bare;
            }
            names
        };
        assert_eq!(
            all("us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
            [
                "us.anthropic.claude-sonnet-4-5-20250929",
                "us.anthropic.claude-sonnet-4-5",
                "anthropic.claude-sonnet-4-5",
                "claude-sonnet-4-5"
            ]
        );
        assert_eq!(all("gpt-4o-2024-05-13"), ["gpt-4o"]);
        assert_eq!(all("claude-3-7-sonnet@20250219"), ["claude-3-7-sonnet"]);
        assert_eq!(all("z-ai/glm-4.5-air:free"), ["z-ai/glm-4.5-air", "glm-4.5-air"]);
        assert_eq!(all("claude-3-5-haiku-latest"), ["claude-3-5-haiku"]);
        assert_eq!(
            all("accounts/fireworks/models/kimi-k2"),
            ["fireworks/models/kimi-k2", "models/kimi-k2", "kimi-k2"]
        );
        for bare in
            ["gpt-4.1", "deepseek-v3.2", "qwen2.5-72b", "o3", "llama-3.3-70b-versatile", "gemini-2.5-pro"]
        {
            assert_eq!(all(bare), Vec::<String>::new(), "{bare}");
        }
    }

    #[test]
    fn beginnings_are_whole_words() {
        assert_eq!(beginnings("gpt-4.1-mini-x").collect::<Vec<_>>(), ["gpt-4.1-mini", "gpt-4.1", "gpt"]);
        assert_eq!(beginnings("é-ü").collect::<Vec<_>>(), ["é"]);
        assert_eq!(beginnings("").count(), 0);
    }
}
