//! Manifests and lock files: dependencies sorted, locks without the names of hosts.

use crate::tree::File;

const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

pub(super) fn check(file: &File) -> Vec<String> {
    match file.path.rsplit('/').next().unwrap_or_default() {
        "Cargo.toml" => unsorted(file),
        "Cargo.lock" => lines(file, |line| {
            line.strip_prefix("source = ").is_some_and(|source| source.trim_matches('"') != CRATES_IO)
        }),
        "package-lock.json" => lines(file, |line| line.trim_start().starts_with("\"resolved\"")),
        _ => Vec::new(),
    }
}

/// Lines of a lock file that name a place to download from other than the public default.
fn lines(file: &File, bad: impl Fn(&str) -> bool) -> Vec<String> {
    let numbered = file.text.lines().enumerate();
    numbered
        .filter(|(_, line)| bad(line))
        .map(|(at, line)| format!("{}:{}: names a host: {}", file.path, at + 1, line.trim()))
        .collect()
}

/// Dependency names that come before a smaller one of the same paragraph.
fn unsorted(file: &File) -> Vec<String> {
    let mut problems = Vec::new();
    let (mut inside, mut last) = (false, "");
    for (at, line) in file.text.lines().enumerate() {
        if let Some(section) = line.strip_prefix('[') {
            inside = section.trim_end_matches(']').ends_with("dependencies");
            last = "";
        }
        let name = line.split(['=', '.', ' ']).next().unwrap_or_default();
        if !inside || name.is_empty() || name.starts_with(['[', '#']) {
            last = if line.is_empty() { "" } else { last };
            continue;
        }
        if name < last {
            problems.push(format!("{}:{}: `{name}` comes before `{last}`", file.path, at + 1));
        }
        last = name;
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(path: &str, text: &str) -> usize {
        check(&File { path: path.into(), text: text.into() }).len()
    }

    #[test]
    fn dependencies_are_sorted_within_a_paragraph() {
        assert_eq!(problems("Cargo.toml", "[dependencies]\na = \"1\"\nb.workspace = true\n"), 0);
        assert_eq!(problems("x/Cargo.toml", "[dependencies]\nb = \"1\"\na = \"1\"\n"), 1);
        assert_eq!(problems("Cargo.toml", "[dependencies]\nb = \"1\"\n\na = \"1\"\n"), 0);
        assert_eq!(problems("Cargo.toml", "[lints.clippy]\nb = \"1\"\na = \"1\"\n"), 0);
    }

    #[test]
    fn locks_name_no_host() {
        assert_eq!(problems("e2e/package-lock.json", "  \"resolved\": \"https://npm.corp/x\","), 1);
        assert_eq!(problems("Cargo.lock", &format!("source = \"{CRATES_IO}\"")), 0);
        assert_eq!(problems("Cargo.lock", "source = \"registry+https://mirror.corp/index\""), 1);
    }
}
