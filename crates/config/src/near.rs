//! Names that look like a given one.

/// At most three of the candidates that a person may have meant, best first.
#[must_use]
pub fn near_names<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Vec<&'c str> {
    let wanted = name.to_lowercase();
    let mut close: Vec<(f64, &str)> = candidates
        .into_iter()
        .map(|c| {
            let candidate = c.to_lowercase();
            let alike = strsim::jaro_winkler(&wanted, &candidate);
            let typo = strsim::damerau_levenshtein(&wanted, &candidate) <= wanted.chars().count() / 4 + 1;
            (if typo { alike + 1.0 } else { alike }, c)
        })
        .filter(|(score, _)| *score > 0.87)
        .collect();
    close.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    close.dedup_by(|a, b| a.1 == b.1);
    close.into_iter().take(3).map(|(_, c)| c).collect()
}

/// `; did you mean …?`, or nothing.
pub(crate) fn did_you_mean<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> String {
    let near = near_names(name, candidates);
    if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(" or ")) }
}

#[cfg(test)]
mod tests {
    use super::near_names;

    #[test]
    fn typos_and_shared_beginnings_are_near() {
        let all = ["groq", "openai", "openrouter", "mistral"];
        assert_eq!(near_names("grok", all), ["groq"]);
        assert_eq!(near_names("opanai", all), ["openai"]);
        assert_eq!(near_names("Mistrl", all), ["mistral"]);
        assert!(near_names("zzz", all).is_empty());
    }
}
