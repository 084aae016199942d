//! How a Rust file begins, how long it may be and what it may be called.

use crate::tree::File;

/// Lines of product code a file may have.
const LINES: usize = 400;
/// Lines that a file on the list of exceptions may have.
const LINES_AT_MOST: usize = 600;
/// Names that say nothing about what is inside.
const BANNED: &[&str] = &["utils", "util", "common", "helpers", "misc", "manager", "mod"];

/// Files over the budget, each with the reason why splitting it would make it worse.
const LONG: &[(&str, &str)] = &[];

pub(super) fn check(file: &File) -> Vec<String> {
    if file.extension() != "rs" {
        return Vec::new();
    }
    let mut problems = Vec::new();
    if !file.text.starts_with("//!") && !file.text.starts_with("#!") {
        problems.push(format!("{}: the first line must say what the file is for (`//! …`)", file.path));
    }
    let stem = file.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
    if BANNED.contains(&stem) {
        problems.push(format!("{}: `{stem}` says nothing; name the file after its noun or verb", file.path));
    }
    if !file.is_test_source() {
        problems.extend(too_long(file));
    }
    problems
}

fn too_long(file: &File) -> Option<String> {
    let lines = file.product_lines().count();
    let excepted = LONG.iter().any(|(path, _)| *path == file.path);
    let budget = if excepted { LINES_AT_MOST } else { LINES };
    (lines > budget).then(|| {
        format!("{}: {lines} lines of product code, the budget is {budget}; split it at the verb", file.path)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(path: &str, text: &str) -> usize {
        check(&File { path: path.into(), text: text.into() }).len()
    }

    #[test]
    fn a_file_says_what_it_is() {
        assert_eq!(problems("a.rs", "//! A.\n"), 0);
        assert_eq!(problems("a.rs", "use b;\n"), 1);
        assert_eq!(problems("a.py", "import b\n"), 0);
    }

    #[test]
    fn a_file_has_a_telling_name() {
        assert_eq!(problems("crates/x/src/helpers.rs", "//! A.\n"), 1);
        assert_eq!(problems("crates/x/src/a/mod.rs", "//! A.\n"), 1);
    }

    #[test]
    fn a_file_is_short_without_its_tests() {
        let long = format!("//! A.\n{}", "x\n".repeat(LINES));
        assert_eq!(problems("crates/x/src/a.rs", &long), 1);
        assert_eq!(problems("crates/x/tests/a.rs", &long), 0);
        let tested = format!("//! A.\n#[cfg(test)]\n{}", "x\n".repeat(LINES));
        assert_eq!(problems("crates/x/src/a.rs", &tested), 0);
    }
}
