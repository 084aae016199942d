//! How a route's targets are ordered: which settings go with which strategy, and which targets they mean.

use std::time::Duration;

use wye_profile::{Category, Tag};
use wye_routing::rules::{Condition, Pattern};
use wye_routing::strategy::{Weights, Worth};

use crate::node::{Entry, Node, join};
use crate::{
    ConsensusConfig, ConsensusStream, JudgeConfig, PatternRule, Problem, RouteTarget, RulesConfig, Strategy,
    TargetOf, VerifiedConfig,
};

use super::{flag, number, set, texts, wait, whole};

/// Decimals of a dollar that are read of what a point is worth.
const NANO: u32 = 9;

/// Which tables count under which strategies.
const SETTINGS: [(&str, &[&str]); 8] = [
    ("weights", &["adaptive", "balanced"]),
    ("rules", &["rules", "judge"]),
    ("judge", &["judge"]),
    ("school", &["school", "learned"]),
    ("cheapest", &["cheapest"]),
    ("worth", &["learned"]),
    ("consensus", &["consensus"]),
    ("verified", &["verified"]),
];

/// Reads how a route's targets are ordered. `judge`: who judges, if that is said and there.
pub(super) fn strategy(
    entry: &Entry,
    path: &str,
    (targets, judge): (&[RouteTarget], Option<TargetOf>),
    problems: &mut Vec<Problem>,
) -> Strategy {
    let node = &entry.node;
    let word = node.get("strategy").map_or(Some("ordered"), Node::text);
    // What is wrong with it was said.
    let Some(word) = word else { return Strategy::Ordered };
    for (table, of) in SETTINGS {
        if let Some(unread) = node.get(table).filter(|_| !of.contains(&word)) {
            let message =
                format!("it counts under strategy: {}; write that, or take {table} out", of.join(" or "));
            problems.push(unread.place.problem(&join(path, table), message));
        }
    }
    let written = node.get("targets").map_or(0, |list| list.items().len());
    let mut at = Places { targets, complete: targets.len() == written, path, problems };
    match word {
        "weighted" => {
            at.shares(entry);
            Strategy::Weighted
        }
        "balanced" => Strategy::Balanced(weights(node)),
        "adaptive" => {
            at.opinions(node);
            Strategy::Adaptive(weights(node))
        }
        "fastest" => Strategy::Fastest,
        "cheapest" => Strategy::Cheapest {
            tolerance: node.get("cheapest").and_then(|node| node.get("tolerance")?.share()),
        },
        "strongest" => Strategy::Strongest,
        "school" => Strategy::School { category: category(node) },
        "learned" => Strategy::Learned { category: category(node), worth: at.worth(node) },
        "rules" => Strategy::Rules(at.rules(node)),
        "judge" => at.judge(entry, judge),
        "consensus" => Strategy::Consensus(consensus(node)),
        "verified" => Strategy::Verified(at.verified(node)),
        _ => Strategy::Ordered,
    }
}

fn weights(of: &Node) -> Weights {
    let mut weights = Weights::default();
    let Some(node) = of.get("weights") else { return weights };
    set(&mut weights.random, number(node, "random"));
    set(&mut weights.health, number(node, "health"));
    set(&mut weights.speed, number(node, "speed"));
    set(&mut weights.user, number(node, "user"));
    set(&mut weights.consecutive, number(node, "consecutive"));
    set(&mut weights.history, whole(node, "history").and_then(|n| usize::try_from(n).ok()));
    weights
}

fn category(of: &Node) -> Option<Category> {
    Category::from_name(of.get("school")?.get("category")?.text()?)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "weighed, not billed")]
fn dollars_of(nanos: u64) -> f32 {
    (nanos as f64 / 1e9) as f32
}

fn consensus(of: &Node) -> ConsensusConfig {
    let mut consensus = ConsensusConfig::default();
    let Some(node) = of.get("consensus") else { return consensus };
    set(&mut consensus.members, whole(node, "members").and_then(|n| usize::try_from(n).ok()));
    if node.get("stream").and_then(Node::text) == Some("refuse") {
        consensus.stream = ConsensusStream::Refuse;
    }
    consensus
}

/// The targets of a route, and where to say that one is not among them.
struct Places<'a> {
    targets: &'a [RouteTarget],
    /// Whether all of them could be read.
    complete: bool,
    path: &'a str,
    problems: &'a mut Vec<Problem>,
}

impl Places<'_> {
    fn refuse(&mut self, node: &Node, path: &str, message: String) {
        self.problems.push(node.place.problem(path, message));
    }

    /// What a point of quality is worth. What is worth nothing would leave nothing but price or speed, and has a strategy.
    fn worth(&mut self, of: &Node) -> Worth {
        let mut worth = Worth::default();
        let Some(node) = of.get("worth").filter(|node| !node.is_broken()) else { return worth };
        if let Some(dollars) = node.get("dollars") {
            match dollars.dollars(NANO) {
                Some(0) => {
                    let message = "a point that is worth nothing leaves price alone; write an amount above 0, or strategy: \
                                   cheapest";
                    let path = join(&join(self.path, "worth"), "dollars");
                    self.refuse(dollars, &path, message.to_owned());
                }
                amount => set(&mut worth.dollars, amount.map(dollars_of)),
            }
        }
        set(&mut worth.wait_ms, wait(node, "wait").map(|wait| wait.as_secs_f32() * 1000.0));
        worth
    }

    /// Reports shares that leave nothing to anybody.
    fn shares(&mut self, entry: &Entry) {
        if !self.targets.is_empty() && self.targets.iter().all(|target| target.weight == Some(0.0)) {
            let message = "every target has weight 0, so none would be asked; give one of them a share";
            self.problems.push(entry.place.problem(&join(self.path, "targets"), message));
        }
    }

    /// Reports weights that are no opinions.
    fn opinions(&mut self, of: &Node) {
        for (at, node) in of.get("targets").map_or(&[][..], Node::items).iter().enumerate() {
            let Some(weight) = node.get("weight") else { continue };
            if weight.float().is_some_and(|weight| weight > 1.0) {
                let message = format!("found {}; under adaptive, write a number from 0 to 1", weight.found());
                let path = format!("{}.targets[{at}].weight", self.path);
                self.refuse(weight, &path, message);
            }
        }
    }

    /// The target that a value means, by its place or name; reported if there is none.
    fn which(&mut self, node: &Node, path: &str) -> Option<usize> {
        // With one of them missing, places say nothing; what is wrong with it was said.
        if !self.complete {
            return None;
        }
        let names = || self.targets.iter().map(|target| target.what.to_string());
        if let Some(place) = node.whole() {
            let place = usize::try_from(place).ok().filter(|place| *place < self.targets.len());
            if place.is_none() {
                let last = self.targets.len().saturating_sub(1);
                self.refuse(node, path, format!("found {}; write a place from 0 to {last}", node.found()));
            }
            return place;
        }
        let text = node.text()?;
        let alike = |name: &String| name.eq_ignore_ascii_case(text);
        // GopherGate's rules name models, which stand here behind their providers.
        let bare =
            |name: &String| name.split_once('/').is_some_and(|(_, model)| model.eq_ignore_ascii_case(text));
        let place = names().position(|name| name == text).or_else(|| names().position(|name| alike(&name)));
        let place = place.or_else(|| {
            let mut found = names().enumerate().filter(|(_, name)| bare(name)).map(|(place, _)| place);
            found.next().filter(|_| found.next().is_none())
        });
        if place.is_none() {
            let all = names().take(9).collect::<Vec<_>>().join(", ");
            let message =
                format!("found {}, which is no target of this route; write one of {all}", node.found());
            self.refuse(node, path, message);
        }
        place
    }

    fn rules(&mut self, of: &Node) -> RulesConfig {
        let mut rules = RulesConfig::default();
        let Some(node) = of.get("rules") else { return rules };
        let path = join(self.path, "rules");
        for (at, node) in node.get("conditions").map_or(&[][..], Node::items).iter().enumerate() {
            rules.conditions.extend(self.condition(node, at, &format!("{path}.conditions[{at}]")));
        }
        for (at, node) in node.get("patterns").map_or(&[][..], Node::items).iter().enumerate() {
            rules.patterns.extend(self.pattern(node, &format!("{path}.patterns[{at}]")));
        }
        rules
    }

    fn condition(&mut self, node: &Node, at: usize, path: &str) -> Option<Condition> {
        if node.is_broken() {
            return None;
        }
        let mut named = |key: &str| node.get(key).map(|node| self.which(node, &join(path, key)));
        let (primary, fallback) = (named("primary_model"), named("fallback_model"));
        if primary.is_none() && fallback.is_none() {
            let message = "it chooses nobody; write primary_model: and one of the targets".to_owned();
            self.refuse(node, path, message);
        }
        let tags = node.get("any_of_tags").map(texts);
        let categories = node.get("category").map(texts);
        let categories =
            categories.map(|all| all.iter().filter_map(|name| Category::from_name(name)).collect());
        Some(Condition {
            id: node.get("rule_id").and_then(Node::text).map_or_else(|| (at + 1).to_string(), str::to_owned),
            any_of_tags: tags.map(|tags| tags.iter().filter_map(|tag| Tag::parse(tag)).collect()),
            category: categories,
            max_input_tokens_lt: whole(node, "max_input_tokens_lt"),
            requires_reasoning: flag(node, "requires_reasoning"),
            requires_tool_calling: flag(node, "requires_tool_calling"),
            has_multimodal_input: flag(node, "has_multimodal_input"),
            is_default_fallback: flag(node, "is_default_fallback").unwrap_or(false),
            primary: primary.flatten(),
            fallback: fallback.flatten(),
        })
    }

    fn pattern(&mut self, node: &Node, path: &str) -> Option<PatternRule> {
        if node.is_broken() {
            return None;
        }
        let mut missing = |key: &str, write: &str| {
            if node.get(key).is_none() {
                self.refuse(node, path, format!("{key} is missing; write {write}"));
            }
        };
        missing("pattern", "pattern: and what to look for");
        missing("target", "target: and one of the targets");
        let target = node.get("target").and_then(|node| self.which(node, &join(path, "target")));
        let (at, text) = node.get("pattern").and_then(|node| Some((node, node.text()?)))?;
        let case_sensitive = flag(node, "case_sensitive").unwrap_or(false);
        if let Err(error) = Pattern::new(text, 0, case_sensitive) {
            // The last line says what is wrong, those before it point at it.
            let last = error.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            self.refuse(at, &join(path, "pattern"), format!("this is no regular expression: {last}"));
        }
        Some(PatternRule { pattern: text.to_owned(), target: target?, case_sensitive })
    }

    fn judge(&mut self, entry: &Entry, model: Option<TargetOf>) -> Strategy {
        let rules = self.rules(&entry.node);
        let Some(node) = entry.node.get("judge") else {
            let message = "nobody is there to judge; write judge: { model: provider/model }";
            self.problems.push(entry.place.problem(self.path, message));
            return Strategy::Rules(rules);
        };
        // Where the model is missing or wrong, that was said.
        let Some(model) = model else { return Strategy::Rules(rules) };
        Strategy::Judge(Box::new(JudgeConfig {
            model,
            scale: whole(node, "scale").and_then(|n| usize::try_from(n).ok()),
            deadline: wait(node, "deadline").unwrap_or(Duration::from_secs(3)),
            cache: wait(node, "cache").unwrap_or(Duration::from_secs(600)),
            prompt: node.get("prompt").and_then(Node::text).map(str::to_owned),
            rules,
        }))
    }

    fn verified(&mut self, of: &Node) -> VerifiedConfig {
        let Some(node) = of.get("verified").filter(|node| !node.is_broken()) else {
            return VerifiedConfig::default();
        };
        let path = join(self.path, "verified");
        let strong = node.get("strong").and_then(|node| self.which(node, &join(&path, "strong")));
        let Some(list) = node.get("cheap").filter(|list| !list.is_broken()) else {
            return VerifiedConfig { cheap: Vec::new(), strong };
        };
        let path = join(&path, "cheap");
        let each = list.items().iter().enumerate();
        let cheap: Vec<Option<usize>> =
            each.map(|(at, node)| self.which(node, &format!("{path}[{at}]"))).collect();
        let fits = match cheap.as_slice() {
            [] => true,
            // What is none was said.
            [one, other] => one.is_none() || one != other,
            _ => false,
        };
        if !fits {
            self.refuse(list, &path, "two different targets are compared; write two, or none".to_owned());
        }
        VerifiedConfig { cheap: cheap.into_iter().flatten().collect(), strong }
    }
}
