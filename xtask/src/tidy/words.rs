//! What may not be committed: promises to do something later, paths of one person's machine, the marks of a merge.

use crate::tree::File;

// Written in halves, so that this file passes its own check.
const MARKS: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];
const MACHINE: &[&str] =
    &[concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/ho", "me/"), concat!("/Us", "ers/")];

pub(super) fn check(file: &File) -> Vec<String> {
    // Lock files are written by tools and contain base64.
    if file.path.ends_with("package-lock.json") || file.path.ends_with("Cargo.lock") {
        return Vec::new();
    }
    let mut problems = Vec::new();
    for (number, line) in file.text.lines().enumerate() {
        let place = format!("{}:{}", file.path, number + 1);
        if let Some(mark) = MARKS.iter().find(|mark| has_word(line, mark)) {
            problems.push(format!("{place}: {mark}: do it, or open an issue and name it"));
        }
        if let Some(path) = MACHINE.iter().find(|path| line.contains(**path)) {
            problems.push(format!("{place}: {path}… exists on one machine only"));
        }
        if ["<<<<<<< ", ">>>>>>> "].iter().any(|side| line.starts_with(side)) {
            problems.push(format!("{place}: two sides of a merge stand here; keep what holds of them"));
        }
    }
    problems
}

/// `word` in `line`, not as part of a longer one.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> usize {
        check(&File { path: "a.md".into(), text: text.into() }).len()
    }

    #[test]
    fn a_promise_is_found_as_a_word_only() {
        assert_eq!(problems(&format!("// {}: later", MARKS[0])), 1);
        assert_eq!(problems(&format!("{}S", MARKS[0])), 0);
    }

    #[test]
    fn a_machine_path_is_found() {
        assert_eq!(problems(&format!("cd {}x", MACHINE[0])), 1);
        assert_eq!(problems("cd ../shared"), 0);
    }

    #[test]
    fn a_merge_that_was_not_ended_is_found() {
        assert_eq!(problems("<<<<<<< HEAD\none\n=======\ntwo\n>>>>>>> other\n"), 2);
        assert_eq!(problems("a << b; c >>> d\n======="), 0);
    }
}
