//! A provider is named in its own file only: whoever matches on a provider's id elsewhere should have asked for a
//! quirk or a field of the registry.

use crate::tree::File;

/// Where the files named after providers stand.
const FOLDER: &str = "crates/providers/src/provider/";
/// Places that may name providers: simulated ones, tools, and tests of everything.
const FREE: &[&str] = &["crates/sim/", "crates/catalog/benches/", "e2e/", "bench/", "fuzz/", "xtask/"];
/// Product files that may name one, each with its reason.
const EXCEPTED: &[(&str, &str)] = &[
    ("crates/import/src/vendor.rs", "says what other gateways call each vendor"),
    ("crates/types/src/chat/seal.rs", "names who signs opaque blocks, which are vendors whoever serves them"),
    ("crates/profile/src/tokens/family.rs", "names the makers of tokenisers, whoever serves the models"),
    ("crates/profile/src/tokens/image.rs", "names the makers of models that see, whoever serves them"),
    ("crates/types/src/ids.rs", "one dialect is called like the provider that made it"),
];

pub(super) fn check(files: &[File]) -> Vec<String> {
    let ids: Vec<&str> = files
        .iter()
        .filter_map(|file| file.path.strip_prefix(FOLDER)?.strip_suffix(".rs"))
        .filter(|id| !id.contains('/'))
        .collect();
    let product = files.iter().filter(|file| {
        file.extension() == "rs"
            && !file.is_test_source()
            && !file.path.starts_with(FOLDER)
            && !FREE.iter().any(|folder| file.path.starts_with(folder))
            && !EXCEPTED.iter().any(|(path, _)| *path == file.path)
    });
    product.flat_map(|file| named(file, &ids)).collect()
}

fn named(file: &File, ids: &[&str]) -> Vec<String> {
    let mut problems = Vec::new();
    for (at, line) in file.product_lines().enumerate() {
        if line.trim_start().starts_with("//") {
            continue;
        }
        for id in ids {
            if line.contains(&format!("\"{id}\"")) || line.contains(&format!("\"{id}/")) {
                problems.push(format!(
                    "{}:{}: names the provider \"{id}\"; make it a quirk or a field of its row in {FOLDER}{id}.rs",
                    file.path,
                    at + 1
                ));
            }
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> File {
        File { path: path.into(), text: text.into() }
    }

    #[test]
    fn a_provider_is_named_in_its_own_file_only() {
        let own = file("crates/providers/src/provider/groq.rs", "id: \"groq\"");
        let smell = file("crates/pipeline/src/attempt.rs", "if id == \"groq\" {");
        let test = file("crates/pipeline/src/decide.rs", "#[cfg(test)]\nmod tests { \"groq\" }");
        let comment = file("crates/pipeline/src/parse.rs", "// as \"groq\" does");
        assert_eq!(check(&[own, smell, test, comment]).len(), 1);
    }
}
