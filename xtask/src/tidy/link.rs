//! Relative links of the documents lead somewhere.

use std::collections::BTreeSet;

use crate::tree::File;

pub(super) fn check(files: &[File]) -> Vec<String> {
    let mut there: BTreeSet<&str> = BTreeSet::new();
    for file in files {
        there.insert(&file.path);
        there.extend(file.path.match_indices('/').map(|(at, _)| &file.path[..at]));
    }
    let pages = files.iter().filter(|file| file.extension() == "md");
    pages.flat_map(|page| broken(page, &there)).collect()
}

fn broken(page: &File, there: &BTreeSet<&str>) -> Vec<String> {
    let mut problems = Vec::new();
    let mut fenced = false;
    for (at, line) in page.text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        for target in targets(line) {
            let path = target.split('#').next().unwrap_or_default();
            let outside = path.contains(':') || path.is_empty();
            if !outside && !there.contains(resolve(&page.path, path).as_str()) {
                problems.push(format!("{}:{}: {target} leads nowhere", page.path, at + 1));
            }
        }
    }
    problems
}

/// What stands between the brackets of links and in `src` and `href` of inline HTML.
fn targets(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (start, end) in [("](", ')'), ("src=\"", '"'), ("srcset=\"", '"'), ("href=\"", '"')] {
        for (at, _) in line.match_indices(start) {
            let rest = &line[at + start.len()..];
            found.extend(rest.split_once(end).map(|(target, _)| target));
        }
    }
    found
}

/// `target` as seen from `page`, from the root of the repository.
fn resolve(page: &str, target: &str) -> String {
    let folder = page.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_from_their_page() {
        let page = |text: &str| File { path: "docs/a.md".into(), text: text.into() };
        let other = || File { path: "README.md".into(), text: String::new() };
        let count = |text: &str| check(&[page(text), other()]).len();
        assert_eq!(count("[x](../README.md#top) [y](https://a.b/c) [z](#here)"), 0);
        assert_eq!(count("[x](b.md)"), 1);
        assert_eq!(count("<img src=\"b.svg\">"), 1);
        assert_eq!(count("```\n[x](b.md)\n```"), 0);
        assert_eq!(count("[folder](../docs)"), 0);
    }
}
