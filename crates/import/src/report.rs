//! What became of each thing that was written there, for people and for programs.

use std::fmt::Write;

use serde_json::{Value as Json, json};

use crate::Kind;

/// What became of a thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// It means the same here.
    Mapped,
    /// It means something else here, or something near to it.
    Changed,
    /// It is left out; the finding says what to do instead, if there is anything.
    Impossible,
}

impl Fate {
    const ALL: [Self; 3] = [Self::Mapped, Self::Changed, Self::Impossible];

    /// Its name in the report.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Mapped => "mapped",
            Self::Changed => "changed",
            Self::Impossible => "impossible",
        }
    }
}

/// What became of one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What became of it.
    pub fate: Fate,
    /// Where it stood.
    pub path: String,
    /// In which line, from 1; 0 where there are no lines.
    pub line: usize,
    /// What it is now, why it changed, or what to do instead. Never a secret.
    pub message: String,
}

/// A secret that stood in the input and now has only a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unsealed {
    /// Its name in the vault.
    pub name: String,
    /// Where it stood; empty for one that could not be read there and has to be found elsewhere.
    pub path: String,
    /// In which line, from 1; 0 where there are no lines.
    pub line: usize,
    /// Whether the input had it, so that it can be sealed without asking anybody.
    pub known: bool,
}

/// What became of everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Whose configuration it was.
    pub from: Kind,
    /// Every finding, in the order in which things were read.
    pub findings: Vec<Finding>,
    /// Secrets to be put into the vault.
    pub secrets: Vec<Unsealed>,
    /// Variables of the environment that the configuration reads.
    pub variables: Vec<String>,
    /// How many providers, routes and client keys there are now.
    pub counts: [usize; 3],
}

impl Report {
    /// How many findings there are of a fate.
    #[must_use]
    pub fn count(&self, fate: Fate) -> usize {
        self.findings.iter().filter(|finding| finding.fate == fate).count()
    }

    /// The report as lines for people. `sealed`: the secrets are in the vault already.
    #[must_use]
    pub fn text(&self, sealed: bool) -> String {
        let [providers, routes, keys] = self.counts;
        let mut out = format!(
            "{}: {}, {}, {}\n",
            self.from.title(),
            count(providers, "provider"),
            count(routes, "route"),
            count(keys, "client key")
        );
        for fate in Fate::ALL {
            let of_fate: Vec<&Finding> = self.findings.iter().filter(|f| f.fate == fate).collect();
            if of_fate.is_empty() {
                continue;
            }
            let _ = write!(out, "\n{} ({})\n", fate.name(), of_fate.len());
            for finding in of_fate {
                let _ = writeln!(out, "  {}{}", place(&finding.path, finding.line), finding.message);
            }
        }
        self.needs(&mut out, sealed);
        out
    }

    fn needs(&self, out: &mut String, sealed: bool) {
        if !self.variables.is_empty() {
            let _ = write!(out, "\nset in the environment\n  {}\n", self.variables.join(" "));
        }
        let wanted: Vec<&Unsealed> = self.secrets.iter().filter(|secret| !(sealed && secret.known)).collect();
        if !wanted.is_empty() {
            let _ = write!(out, "\nput into the vault, each from standard input\n");
            for secret in wanted {
                let _ = writeln!(out, "  wye vault set {}  # {}", secret.name, origin(secret));
            }
        }
        let done: Vec<&str> =
            self.secrets.iter().filter(|secret| sealed && secret.known).map(|s| s.name.as_str()).collect();
        if !done.is_empty() {
            let _ = write!(out, "\nsealed in the vault\n  {}\n", done.join(" "));
        }
    }

    /// The report for programs.
    #[must_use]
    pub fn json(&self) -> Json {
        let [providers, routes, keys] = self.counts;
        let finding = |f: &Finding| json!({"fate": f.fate.name(), "path": f.path, "line": f.line, "message": f.message});
        let secret = |s: &Unsealed| json!({"name": s.name, "path": s.path, "line": s.line, "known": s.known});
        json!({
            "from": self.from.name(),
            "providers": providers,
            "routes": routes,
            "keys": keys,
            "findings": self.findings.iter().map(finding).collect::<Vec<_>>(),
            "secrets": self.secrets.iter().map(secret).collect::<Vec<_>>(),
            "variables": self.variables,
        })
    }
}

fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

fn origin(secret: &Unsealed) -> String {
    match secret.line {
        0 => secret.path.clone(),
        line => format!("{} (line {line})", secret.path),
    }
}

fn place(path: &str, line: usize) -> String {
    match (path, line) {
        ("", 0) => String::new(),
        ("", line) => format!("line {line}: "),
        (path, 0) => format!("{path}: "),
        (path, line) => format!("{path} (line {line}): "),
    }
}
