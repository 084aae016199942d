//! The files of the repository that people write, read once for all checks.

use std::io;
use std::path::Path;

/// What is built, downloaded or recorded, not written.
const SKIPPED: &[&str] = &[".git", "__pycache__", ".venv", ".pytest_cache", "node_modules", "wye-data"];

/// A file of the repository.
#[derive(Debug)]
pub(crate) struct File {
    /// Path from the root, with `/`.
    pub(crate) path: String,
    /// Its text; none of what is not UTF-8, as pictures are.
    pub(crate) text: String,
}

impl File {
    /// The last word of the path after a dot, or nothing.
    pub(crate) fn extension(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, end)| end)
    }

    /// Whether this is Rust that only tests run.
    pub(crate) fn is_test_source(&self) -> bool {
        self.path.split('/').any(|part| part == "tests" || part == "tests.rs")
    }

    /// The lines that ship: everything before the inline test module.
    pub(crate) fn product_lines(&self) -> impl Iterator<Item = &str> {
        self.text.lines().take_while(|line| *line != "#[cfg(test)]")
    }
}

/// Every file below `root`, sorted by path.
///
/// # Errors
/// When a folder or file cannot be read.
pub(crate) fn read(root: &Path) -> io::Result<Vec<File>> {
    let mut files = Vec::new();
    walk(root, "", &mut files)?;
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

fn walk(folder: &Path, prefix: &str, files: &mut Vec<File>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = format!("{prefix}{name}");
        if entry.file_type()?.is_dir() {
            let built = name.starts_with("target");
            if !built && !SKIPPED.contains(&name.as_str()) {
                walk(&entry.path(), &format!("{path}/"), files)?;
            }
        } else if path != ".git" {
            let text = String::from_utf8(std::fs::read(entry.path())?).unwrap_or_default();
            files.push(File { path, text });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn product_lines_end_where_the_tests_begin() {
        let file = File { path: "a.rs".into(), text: "one\ntwo\n#[cfg(test)]\nmod tests {}\n".into() };
        assert_eq!(file.product_lines().collect::<Vec<_>>(), ["one", "two"]);
    }
}
