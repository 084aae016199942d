//! What must hold for any input: it is refused, or what comes out loads and holds no secret; and nobody who was served
//! by a group is lost where groups fall back to each other.

use std::collections::BTreeSet;
use std::fmt::Write;

use proptest::prelude::*;
use wye_import::{Fate, Input, Kind, import};

use super::example::{example, loaded};
use super::tables;

/// The examples, which are spoilt.
const EXAMPLES: [(Kind, &str); 6] = [
    (Kind::LiteLlm, "litellm.yaml"),
    (Kind::LlmGateway, "llm-gateway.yaml"),
    (Kind::SmartRoute, "smartroute.json"),
    (Kind::GopherGate, "gophergate.env"),
    (Kind::SmlGateway, "smlgateway.sql"),
    (Kind::Bifrost, "bifrost.json"),
];

/// What takes the place of a word.
const WORDS: [&str; 14] = [
    "null",
    "true",
    "-1",
    "0",
    "1e400",
    "\"\"",
    "[]",
    "{}",
    "\"a/b\"",
    "\"${X}\"",
    "os.environ/X",
    "\"\u{0}\"",
    "ไทย",
    "\"http://\"",
];

/// Takes lines out and puts words in the place of others.
fn spoilt(text: &str, cuts: &[usize], swaps: &[(usize, usize)]) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for (at, word) in swaps {
        let at = at % lines.len();
        let line = &lines[at];
        // Behind the first colon, comma or tab stands a value of some kind.
        if let Some((before, after)) = line.split_once([':', '=']) {
            let comma = if after.trim_end().ends_with(',') { "," } else { "" };
            let sign = line.chars().nth(before.chars().count()).unwrap_or(':');
            lines[at] = format!("{before}{sign} {}{comma}", WORDS[word % WORDS.len()]);
        }
    }
    for at in cuts {
        if lines.len() > 1 {
            lines.remove(at % lines.len());
        }
    }
    lines.join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 256, ..ProptestConfig::default() })]

    #[test]
    fn a_spoilt_file_is_refused_or_loads_without_its_secrets(
        which in 0..EXAMPLES.len(),
        cuts in prop::collection::vec(any::<usize>(), 0..4),
        swaps in prop::collection::vec((any::<usize>(), any::<usize>()), 0..4),
    ) {
        let (kind, name) = EXAMPLES[which];
        let text = spoilt(&example(name), &cuts, &swaps);
        let tables = tables::gopher_gate();
        let mut inputs = vec![Input::Text(&text)];
        if kind == Kind::GopherGate {
            inputs.push(Input::Tables(&tables));
        }
        match import(kind, &inputs) {
            Err(problems) => prop_assert!(!problems.is_empty() && problems.iter().all(|problem| problem.line > 0)),
            Ok(imported) => {
                loaded(&imported);
                let report = imported.report.text(false) + &imported.report.json().to_string();
                prop_assert!(!imported.yaml.contains("hush"), "{}\n{}", text, imported.yaml);
                prop_assert!(!report.contains("hush"), "{}\n{}", text, report);
            }
        }
    }

    #[test]
    fn groups_that_fall_back_to_each_other_in_any_way_are_all_served(
        count in 1_usize..7,
        edges in prop::collection::vec((0_usize..7, 0_usize..7), 0..16),
    ) {
        let edges: BTreeSet<(usize, usize)> = edges.into_iter().map(|(a, b)| (a % count, b % count)).collect();
        let mut text = "model_list:\n".to_owned();
        for group in 0..count {
            let _ = writeln!(text, "- {{ model_name: g{group}, litellm_params: {{ model: openai/m{group}, api_key: k }} }}");
        }
        text.push_str("router_settings:\n  fallbacks:\n");
        for group in 0..count {
            let others: Vec<String> =
                edges.iter().filter(|(from, _)| *from == group).map(|(_, to)| format!("g{to}")).collect();
            let _ = writeln!(text, "  - g{group}: [{}]", others.join(", "));
        }
        let imported = import(Kind::LiteLlm, &[Input::Text(&text)]).unwrap();
        let config = loaded(&imported);
        prop_assert_eq!(imported.report.count(Fate::Impossible), 0, "{}", imported.report.text(false));
        for group in 0..count {
            let route = config.route(&format!("g{group}")).unwrap();
            let found: Vec<String> = config.flat_targets(route).iter().map(|target| target.deployment.to_string()).collect();
            // Its own comes first, and whoever is reached by any number of steps is asked.
            prop_assert_eq!(&found[0], &format!("openai/m{group}"));
            let mut wanted = BTreeSet::from([group]);
            while let Some((_, to)) = edges.iter().find(|(from, to)| wanted.contains(from) && !wanted.contains(to)) {
                wanted.insert(*to);
            }
            let found: BTreeSet<String> = found.into_iter().collect();
            let wanted: BTreeSet<String> = wanted.into_iter().map(|group| format!("openai/m{group}")).collect();
            prop_assert_eq!(found, wanted, "g{} of\n{}\n{}", group, text, imported.yaml);
        }
    }
}
