//! Ready sets of routes over whatever fleet there is: what users of the systems that Wye replaces had, to be added in one
//! step and then changed like any other route.

use crate::{Format, Items, import};

/// A set of routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// Its name.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub about: &'static str,
    /// Its routes, as they would stand in a file.
    pub text: &'static str,
}

impl Template {
    /// The template of this name.
    #[must_use]
    pub fn of(name: &str) -> Option<&'static Self> {
        TEMPLATES.iter().find(|template| template.name == name)
    }

    /// Its routes.
    #[must_use]
    pub fn items(&self) -> Items {
        // They are read by a test.
        import(self.text, Format::Yaml).unwrap_or_default()
    }
}

/// All of them, by name.
pub const TEMPLATES: [Template; 3] = [
    Template {
        name: "gophergate",
        about: "GopherGate's groups: fast-flow, standard-pro and heavy-logic by its rules, and dispatcher, which has a model \
                rate each request from 1 to 10.",
        // Reference §2.5. Its targets were single models, cheapest first; these are the sizes that it meant.
        text: "\
routes:
  # Classification, JSON, short answers.
  fast-flow:
    strategy: rules
    targets: [\"tier:small\", \"tier:medium\"]
  # General work, long documents.
  standard-pro:
    strategy: rules
    targets: [\"tier:medium\", \"tier:large\"]
  # Hard code, logic, agents.
  heavy-logic:
    strategy: rules
    targets: [\"tier:large\", \"tier:xlarge\"]
  dispatcher:
    strategy: judge
    targets: [fast-flow, standard-pro, heavy-logic]
    judge: { model: fast-flow, scale: 10 }
    rules:
      conditions:
        - { rule_id: hard, any_of_tags: [heavy-logic, tool-heavy], primary_model: heavy-logic }
        - { rule_id: ordinary, any_of_tags: [standard-pro], primary_model: standard-pro }
        - { rule_id: rest, is_default_fallback: true, primary_model: fast-flow }
",
    },
    Template {
        name: "llm-gateway",
        about: "LLM Gateway's way: a fixed order, and the next one when a provider's limits are used up: first what runs here \
                or costs nothing, then everything else, cheapest first.",
        text: "\
routes:
  in-order:
    strategy: ordered
    targets: [\"local:true\", \"free:true\", \"*\"]
    wait: 5s
",
    },
    Template {
        name: "smartroute",
        about: "SmartRoute's tiers: t1, t2 and t3, each by health, speed, use and chance, and tiers, for which a model of t1 \
                rates each request.",
        // Reference §1.2: time limits, tries and weights are its defaults.
        text: "\
routes:
  # Chat, simple facts, short summaries.
  t1:
    strategy: adaptive
    targets: [\"tier:small\"]
    retry: { attempts: 3 }
    timeouts: { connect: 5s, idle: 5m }
  # Code, debugging, mathematics, tools.
  t2:
    strategy: adaptive
    targets: [\"tier:medium\"]
    retry: { attempts: 3 }
    timeouts: { connect: 15s, idle: 5m }
  # Work of many steps, architecture, what must not go wrong.
  t3:
    strategy: adaptive
    targets: [\"tier:large,xlarge\"]
    retry: { attempts: 3 }
    timeouts: { connect: 30s, idle: 5m }
  tiers:
    strategy: judge
    targets: [t1, t2, t3]
    judge: { model: t1 }
    rules:
      conditions:
        # Tool calls go to t2, as its shortcut had it.
        - { rule_id: tools, requires_tool_calling: true, primary_model: t2 }
        - { rule_id: hard, any_of_tags: [heavy-logic], primary_model: t3 }
        - { rule_id: ordinary, any_of_tags: [standard-pro], primary_model: t2 }
        - { rule_id: rest, is_default_fallback: true, primary_model: t1 }
",
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Sources, load};

    #[test]
    fn every_template_loads_over_any_fleet() {
        let sources = Sources {
            env: &|_| None,
            vault: &|_| None,
            file: &|_| Err(std::io::ErrorKind::NotFound.into()),
            local: &[],
        };
        let mut names = Vec::new();
        for template in TEMPLATES {
            let config = load(template.text, Format::Yaml, &sources);
            assert!(
                config.as_ref().is_ok_and(|config| !config.routes.is_empty()),
                "{}: {config:?}",
                template.name
            );
            let items = template.items();
            assert!(!items.is_empty() && items.keys().all(|(kind, _)| kind == "route"));
            assert_eq!(Template::of(template.name), Some(&template));
            names.extend(items.into_keys());
        }
        let count = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), count, "they can all be added");
    }
}
