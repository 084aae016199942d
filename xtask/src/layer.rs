//! Which crate may lean on which: the direction of the house, checked with `cargo tree` and not by prose.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::process::Command;

/// What each of our crates may name in its manifest. A crate that is not here is not built yet; adding it means
/// deciding where it stands.
const MAY_USE: &[(&str, &[&str])] = &[
    ("wye-types", &[]),
    ("wye-catalog", &["wye-types"]),
    ("wye-encoder", &[]),
    ("wye-fleet", &[]),
    ("wye-profile", &[]),
    ("wye-wire", &["wye-types"]),
    ("wye-providers", &["wye-types", "wye-wire"]),
    ("wye-routing", &["wye-types", "wye-wire", "wye-providers", "wye-fleet", "wye-profile"]),
    ("wye-config", &["wye-types", "wye-catalog", "wye-wire", "wye-providers", "wye-profile", "wye-routing"]),
    ("wye-import", &["wye-types", "wye-providers", "wye-config"]),
    ("wye-limits", &["wye-types"]),
    ("wye-sim", &["wye-types"]),
    ("wye-store", &["wye-types", "wye-limits"]),
    (
        "wye-pipeline",
        &[
            "wye-types",
            "wye-catalog",
            "wye-encoder",
            "wye-fleet",
            "wye-limits",
            "wye-profile",
            "wye-providers",
            "wye-routing",
            "wye-wire",
        ],
    ),
    (
        "wye-live",
        &[
            "wye-types",
            "wye-catalog",
            "wye-encoder",
            "wye-fleet",
            "wye-profile",
            "wye-wire",
            "wye-providers",
            "wye-routing",
            "wye-config",
            "wye-limits",
            "wye-pipeline",
        ],
    ),
    (
        "wye-admin",
        &[
            "wye-types",
            "wye-catalog",
            "wye-config",
            "wye-limits",
            "wye-profile",
            "wye-providers",
            "wye-routing",
            "wye-store",
            "wye-pipeline",
            "wye-live",
        ],
    ),
    (
        "wye-server",
        &[
            "wye-types",
            "wye-catalog",
            "wye-profile",
            "wye-providers",
            "wye-wire",
            "wye-pipeline",
            "wye-config",
            "wye-limits",
            "wye-store",
            "wye-admin",
        ],
    ),
    (
        "wye-gateway",
        &[
            "wye-types",
            "wye-catalog",
            "wye-wire",
            "wye-providers",
            "wye-routing",
            "wye-config",
            "wye-encoder",
            "wye-import",
            "wye-sim",
            "wye-pipeline",
            "wye-live",
            "wye-limits",
            "wye-store",
            "wye-admin",
            "wye-server",
        ],
    ),
    ("wye-bench", &[]),
    ("wye-many", &["wye-profile", "wye-train"]),
    (
        "wye-sim-bench",
        &[
            "wye-types",
            "wye-profile",
            "wye-routing",
            "wye-wire",
            "wye-config",
            "wye-limits",
            "wye-pipeline",
            "wye-live",
            "wye-sim",
            "wye-train",
        ],
    ),
    ("wye-train", &["wye-encoder", "wye-profile"]),
    ("wye-route-bench", &["wye-encoder", "wye-profile", "wye-train"]),
    ("xtask", &[]),
];

/// Crates of the first floor: no runtime, no socket, no database, however indirectly.
const PURE: &[&str] = &[
    "wye-types",
    "wye-catalog",
    "wye-profile",
    "wye-wire",
    "wye-providers",
    "wye-routing",
    "wye-config",
    "wye-import",
    "wye-limits",
    "wye-encoder",
];
/// What the first floor must not reach.
const IMPURE: &[&str] = &["tokio", "hyper", "hyper-util", "axum", "sqlx", "mio", "reqwest"];
/// Crates that may reach `axum`: the doors, and the binary that opens them.
const DOORS: &[&str] = &["wye-server", "wye-gateway"];

/// Every rule broken, one a line.
///
/// # Errors
/// When `cargo tree` cannot be run, or fails.
pub(crate) fn check(root: &Path) -> io::Result<Vec<String>> {
    let mut problems = Vec::new();
    let allowed: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    for member in members(root)? {
        let Some(may) = allowed.get(member.as_str()) else {
            problems.push(format!("{member}: decide where it stands and add it to xtask/src/layer.rs"));
            continue;
        };
        let direct = reached(root, &member, &["--depth", "1"])?;
        let all = reached(root, &member, &[])?;
        problems.extend(judge(&member, may, &direct, &all));
    }
    Ok(problems)
}

fn judge(member: &str, may: &[&str], direct: &BTreeSet<String>, all: &BTreeSet<String>) -> Vec<String> {
    let ours = |name: &&String| name.starts_with("wye-") || *name == "xtask";
    let upward = direct.iter().filter(ours).filter(|name| !may.contains(&name.as_str()));
    let mut problems: Vec<String> =
        upward.map(|name| format!("{member}: must not depend on {name}")).collect();
    if PURE.contains(&member) {
        let impure = IMPURE.iter().filter(|name| all.contains(**name));
        problems.extend(impure.map(|name| format!("{member}: is pure and must not reach {name}")));
    }
    if all.contains("axum") && !DOORS.contains(&member) {
        problems.push(format!("{member}: only wye-server opens doors, so nothing else reaches axum"));
    }
    problems
}

/// The packages of the workspace.
fn members(root: &Path) -> io::Result<Vec<String>> {
    let printed = tree(root, &["--workspace", "--depth", "0"])?;
    Ok(printed.into_iter().collect())
}

/// The packages below `member` by its normal dependencies.
fn reached(root: &Path, member: &str, more: &[&str]) -> io::Result<BTreeSet<String>> {
    let mut names = tree(root, &[&["--package", member], more].concat())?;
    names.remove(member);
    Ok(names)
}

fn tree(root: &Path, arguments: &[&str]) -> io::Result<BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .current_dir(root)
        .args(["tree", "--locked", "--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .args(arguments)
        .output()?;
    if !output.status.success() {
        return Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_stands_as_designed() {
        assert_eq!(check(crate::root()).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn each_rule_bites() {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let none = set(&[]);
        assert_eq!(judge("wye-wire", &["wye-types"], &set(&["wye-types"]), &none).len(), 0);
        assert_eq!(judge("wye-pipeline", &["wye-types"], &set(&["wye-config"]), &none).len(), 1);
        assert_eq!(judge("wye-wire", &[], &none, &set(&["tokio", "serde"])).len(), 1);
        assert_eq!(judge("wye-pipeline", &[], &none, &set(&["axum"])).len(), 1);
    }
}
