//! Keys that say how a route's targets are ordered. Numbers whose source is not named are our own.

use wye_profile::Category;

use super::{Key, Kind, WAIT, key};

/// Every strategy.
const STRATEGIES: [&str; 13] = [
    "ordered",
    "weighted",
    "balanced",
    "adaptive",
    "fastest",
    "cheapest",
    "strongest",
    "school",
    "learned",
    "rules",
    "judge",
    "consensus",
    "verified",
];

fn strategies() -> Vec<&'static str> {
    STRATEGIES.to_vec()
}

fn categories() -> Vec<&'static str> {
    Category::ALL.into_iter().map(Category::name).collect()
}

fn tags() -> Vec<&'static str> {
    wye_profile::Tag::ALL.into_iter().map(wye_profile::Tag::word).collect()
}

fn streams() -> Vec<&'static str> {
    vec!["buffer", "refuse"]
}

pub(super) const STRATEGY: Key = key(
    "strategy",
    Kind::Word(strategies),
    Some("\"ordered\""),
    "How the targets are ordered. ordered: as they stand; weighted: by a draw in fixed shares; balanced: what was used least \
     in the last minute first; adaptive: by health, speed, weight, use and chance; fastest, cheapest, strongest; school: by \
     grade in what the request is about; learned: by what an answer is expected to be worth; rules, judge: one by rules, or \
     by a model's rating, then the others; consensus: several answer, and the one that the others agree with is returned; \
     verified: two cheap ones answer what can be compared, a strong one where they differ.",
);

pub(super) const WEIGHTS: Key = key(
    "weights",
    Kind::Table(WEIGHT),
    Some("{}"),
    "Under adaptive and balanced: what each part of a score weighs. The defaults are SmartRoute's.",
);

const PART: Kind = Kind::Number { min: 0, max: 100 };

const WEIGHT: &[Key] = &[
    key("random", PART, Some("0.3"), "Chance, from 0 to 1. Not under balanced."),
    key("health", PART, Some("0.1"), "Health, from 0 to 1. Not under balanced."),
    key(
        "speed",
        PART,
        Some("0.3"),
        "Speed: 1 for a first content at once, 0 for one after 30 s or more, 0.8 where nobody knows. Not under balanced.",
    ),
    key("user", PART, Some("0.2"), "The target's own weight. Not under balanced."),
    key("consecutive", PART, Some("0.3"), "How much having answered lately costs."),
    key("history", Kind::Whole { min: 0, max: 8 }, Some("3"), "How many of the last answers count for that."),
];

pub(super) const RULES: Key = key(
    "rules",
    Kind::Table(RULE),
    Some("{}"),
    "Under rules, and under judge where the judge fails: which target is asked first, as GopherGate's groups have it. The \
     first condition that holds counts, else the first pattern that is found; else the last target for requests with signs \
     of complexity, and the first target for all others. Targets are named by their place from 0 or as they stand.",
);

const RULE: &[Key] = &[
    key("conditions", Kind::List(&Kind::Table(CONDITION)), Some("[]"), "Rules with conditions, in order."),
    key("patterns", Kind::List(&Kind::Table(PATTERN)), Some("[]"), "Rules by patterns, in order."),
];

const CONDITION: &[Key] = &[
    key(
        "rule_id",
        Kind::Name,
        None,
        "What the rule is called in explanations; its number where nothing is said.",
    ),
    key(
        "any_of_tags",
        Kind::List(&Kind::Word(tags)),
        None,
        "One of these is on the request, by the words of its newest text, its tools and its images.",
    ),
    key(
        "category",
        Kind::List(&Kind::Word(categories)),
        None,
        "The request is most likely about one of these, by its newest text.",
    ),
    key(
        "max_input_tokens_lt",
        Kind::Whole { min: 1, max: 1_000_000_000 },
        None,
        "The prompt has fewer tokens.",
    ),
    key("requires_reasoning", Kind::Flag, None, "Its words ask for reasoning, or they do not."),
    key("requires_tool_calling", Kind::Flag, None, "It brings tools, or it does not."),
    key("has_multimodal_input", Kind::Flag, None, "It holds images or sound, or it does not."),
    key("is_default_fallback", Kind::Flag, Some("false"), "The rule holds whatever the others say."),
    key("primary_model", Kind::Which, None, "The target that is asked first where the rule holds."),
    key("fallback_model", Kind::Which, None, "The same where primary_model is not said."),
];

const PATTERN: &[Key] = &[
    key(
        "pattern",
        Kind::Text,
        None,
        "What the newest text of the user holds: a regular expression if there is a ( or \\b in it, else a text.",
    ),
    key("target", Kind::Which, None, "The target that is asked first where it is found."),
    key("case_sensitive", Kind::Flag, Some("false"), "Whether capitals matter."),
];

pub(super) const JUDGE: Key = key(
    "judge",
    Kind::Table(RATING),
    None,
    "Under judge: the model that rates each request on a scale, which the targets share from the first, for what is easy, to \
     the last. The client's budget pays. Where it fails, the rules choose.",
);

const RATING: &[Key] = &[
    key("model", Kind::Text, None, "Who rates: provider/model, or the name of a route."),
    key(
        "scale",
        Kind::Whole { min: 2, max: 100 },
        None,
        "Steps of the scale; one for each target where nothing is said. GopherGate's complexity_threshold.",
    ),
    key("deadline", WAIT, Some("\"3s\""), "How long it may take."),
    key(
        "cache",
        Kind::Wait { zero: true },
        Some("\"10m\""),
        "How long a rating is used again for the same messages. 0s: not at all.",
    ),
    key(
        "prompt",
        Kind::Text,
        None,
        "What it is told, instead of the usual; {scale} stands for the number of steps. It should answer with a number alone. \
         The request is sent behind it, fenced in.",
    ),
];

pub(super) const SCHOOL: Key =
    key("school", Kind::Table(LESSON), Some("{}"), "Under school and learned: whose grades count.");

const LESSON: &[Key] = &[key(
    "category",
    Kind::Word(categories),
    None,
    "The category that counts, whatever a request is about.",
)];

pub(super) const CHEAPEST: Key = key(
    "cheapest",
    Kind::Table(CHEAP),
    Some("{}"),
    "Under cheapest: who is good enough to be first for its price.",
);

const CHEAP: &[Key] = &[key(
    "tolerance",
    Kind::Share,
    None,
    "How much worse than the best a target may be expected to answer this request, as a share of right answers: 0.05 are \
     five in a hundred. Those that are worse stand behind the others. Price alone counts where nothing is said.",
)];

pub(super) const WORTH: Key = key(
    "worth",
    Kind::Table(POINT),
    Some("{}"),
    "Under learned: what a point of quality, one right answer more in a hundred, is worth.",
);

const POINT: &[Key] = &[
    key(
        "dollars",
        Kind::Dollars { decimals: 9, max: 1000 },
        Some("0.001"),
        "Dollars for a request of up to 2,000 tokens; in proportion more for longer ones. The more, the less prices matter.",
    ),
    key("wait", WAIT, Some("\"2s\""), "Time until the whole answer. The longer, the less speed matters."),
];

pub(super) const CONSENSUS: Key = key(
    "consensus",
    Kind::Table(AGREEMENT),
    Some("{}"),
    "Under consensus: how many answer. Each of them costs.",
);

const AGREEMENT: &[Key] = &[
    key(
        "members",
        Kind::Whole { min: 2, max: 8 },
        Some("3"),
        "How many are asked, each of another provider as far as there are so many. 3 as in SMLGateway.",
    ),
    key(
        "stream",
        Kind::Word(streams),
        Some("\"buffer\""),
        "What becomes of requests for a stream: buffer until the answer is chosen, or refuse.",
    ),
];

pub(super) const VERIFIED: Key = key(
    "verified",
    Kind::Table(CHECKED),
    Some("{}"),
    "Under verified: who answers first and who decides, as they stand among the targets.",
);

const CHECKED: &[Key] = &[
    key(
        "cheap",
        Kind::List(&Kind::Which),
        Some("[]"),
        "The two targets whose answers are compared, best of two providers; the two cheapest of two providers where nothing \
         is said.",
    ),
    key(
        "strong",
        Kind::Which,
        None,
        "The target that is asked where they differ, and for what cannot be compared; the strongest where nothing is said.",
    ),
];
