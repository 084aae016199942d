//! The reference's vectors for rules, patterns and buckets.

use wye_profile::found;

use super::*;

fn facts(text: &str) -> Facts<'_> {
    Facts { text, found: found(text, false, false), category: None, tokens: 10, tools: false, media: false }
}

fn chosen(rules: &Rules, text: &str, targets: usize) -> (usize, String) {
    let chosen = rules.choose(facts(text), targets).unwrap();
    (chosen.target, chosen.reason)
}

#[test]
fn the_first_condition_that_holds_and_names_a_target_wins() {
    let rule = |id: &str, tags: &[Tag], primary, fallback| Condition {
        id: id.to_owned(),
        any_of_tags: (!tags.is_empty()).then(|| tags.to_vec()),
        primary,
        fallback,
        ..Condition::default()
    };
    let rules = Rules {
        conditions: vec![
            rule("json", &[Tag::JsonExtraction], None, None),
            rule("docs", &[Tag::LongDoc], None, Some(1)),
            Condition { max_input_tokens_lt: Some(5), primary: Some(2), ..Condition::default() },
            Condition {
                is_default_fallback: true,
                id: "rest".to_owned(),
                primary: Some(2),
                ..Condition::default()
            },
        ],
        patterns: Vec::new(),
    };
    assert_eq!(
        chosen(&rules, "extract it and explain", 3),
        (1, "rule docs".to_owned()),
        "the first names none"
    );
    assert_eq!(chosen(&rules, "hello", 3), (2, "rule rest".to_owned()));
    assert_eq!(chosen(&rules, "hello", 2), (0, "no rule holds".to_owned()), "its target is not in the route");
    let short = Facts { tokens: 4, ..facts("hello") };
    assert_eq!(rules.choose(short, 3).unwrap().reason, "rule ");
}

#[test]
fn conditions_on_what_is_not_there_hold_too() {
    let rule = Condition {
        requires_tool_calling: Some(false),
        has_multimodal_input: Some(true),
        requires_reasoning: Some(false),
        primary: Some(0),
        ..Condition::default()
    };
    assert!(!rule.holds(facts("hi")));
    assert!(rule.holds(Facts { media: true, ..facts("hi") }));
    assert!(!rule.holds(Facts { media: true, tools: true, ..facts("hi") }));
    assert!(!rule.holds(Facts { media: true, ..facts("reason it out") }));
}

#[test]
fn patterns_are_expressions_where_they_look_like_it() {
    let pattern = |text, target, case| Pattern::new(text, target, case).unwrap();
    let rules = Rules {
        conditions: Vec::new(),
        patterns: vec![
            pattern("too far", 9, false),
            pattern(r"\bsql\b", 1, false),
            pattern("C++", 2, true),
            pattern("hello (world|there)", 2, false),
        ],
    };
    assert_eq!(chosen(&rules, "too far SQL please", 3), (1, r"pattern \bsql\b".to_owned()));
    assert_eq!(chosen(&rules, "a C++ thing", 3).0, 2);
    assert_eq!(chosen(&rules, "a c++ thing", 3).0, 0);
    assert_eq!(chosen(&rules, "HELLO THERE", 3).0, 2);
    assert!(Pattern::new("(", 0, false).is_err() && Pattern::new("", 0, false).is_err());
    assert!(Pattern::new(r"(\w{1000}){1000}", 0, false).is_err(), "too large");
}

#[test]
fn signs_of_complexity_choose_the_last_and_nothing_the_first() {
    let rules = Rules::default();
    assert_eq!(chosen(&rules, "refactor this", 3), (2, "signs of complexity".to_owned()));
    assert_eq!(chosen(&rules, "refactor this", 1).0, 0);
    assert_eq!(chosen(&rules, "hi", 3).0, 0);
    assert_eq!(rules.choose(facts("hi"), 0), None);
}

#[test]
fn buckets_are_those_of_the_reference() {
    // Reference §5: threshold 10.
    let table: [(usize, [usize; 10]); 4] = [
        (2, [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]),
        (3, [0, 0, 0, 1, 1, 1, 1, 2, 2, 2]),
        (4, [0, 0, 1, 1, 1, 2, 2, 2, 3, 3]),
        (5, [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]),
    ];
    for (targets, wanted) in table {
        for (rating, place) in (1..=10).zip(wanted) {
            assert_eq!(bucket(rating, targets, Some(10)), place, "{rating} of {targets}");
        }
    }
    assert_eq!([2, 0, 9].map(|rating| bucket(rating, 3, None)), [1, 0, 2]);
    assert_eq!((bucket(2, 1, None), bucket(2, 1, Some(0)), bucket(1, 0, None)), (0, 0, 0));
    assert_eq!((scale(1, None), scale(3, None), scale(3, Some(10)), scale(3, Some(0))), (2, 3, 10, 3));
}

#[test]
fn a_rating_is_one_number() {
    for (answer, wanted) in [
        ("7", Some(7)),
        (" 7\n", Some(7)),
        ("Rating: 7", Some(7)),
        ("7/10", Some(7)),
        ("**3**.", Some(3)),
        ("between 3 and 7", None),
        ("abc", None),
        ("", None),
        ("99999999999999999999999", None),
    ] {
        assert_eq!(rating(answer), wanted, "{answer}");
    }
}

#[test]
fn a_condition_may_ask_what_a_request_is_about() {
    use wye_profile::Category;
    let rule = Condition { category: Some(vec![Category::Code, Category::Math]), ..Condition::default() };
    let about = |category| Facts { category, ..facts("hello") };
    assert!(rule.holds(about(Some(Category::Math))));
    assert!(!rule.holds(about(Some(Category::Thai))));
    assert!(!rule.holds(about(None)), "what nobody looked at holds nothing");
    let rules = Rules { conditions: vec![rule], patterns: Vec::new() };
    assert!(rules.reads_category() && !Rules::default().reads_category());
}
