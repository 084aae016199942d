//! GopherGate's tables as the example script makes them, without a database: the store's own test reads the same script
//! through SQLite.

use wye_import::Rows;

fn rows(table: &str, columns: &[&str], rows: &[&[&str]]) -> Rows {
    let value = |text: &&str| (*text != "NULL").then(|| (*text).to_owned());
    Rows {
        table: table.to_owned(),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        rows: rows.iter().map(|row| (0, row.iter().map(value).collect())).collect(),
    }
}

const GROUP: [&str; 7] =
    ["id", "strategy", "selector_model", "targets", "heuristic_rules", "logic_level", "complexity_threshold"];

pub(super) fn gopher_gate() -> Vec<Rows> {
    vec![
        rows(
            "provider_configs",
            &["id", "enabled", "base_url", "api_key_encrypted", "credit_balance"],
            &[
                &["deepseek", "1", "NULL", "hush-sealed", "5.5"],
                &["xiaomi", "0", "NULL", "NULL", "NULL"],
                &["openai", "1", "http://two.fleet.example/v1", "NULL", "NULL"],
                &["odd", "1", "NULL", "NULL", "NULL"],
            ],
        ),
        rows(
            "model_configs",
            &["id", "enabled", "mapping", "prompt_cost_per_m", "completion_cost_per_m"],
            &[
                &["gpt-5.4-mini", "1", "NULL", "0.25", "2"],
                &["fast", "1", "gpt-5.4-nano", "NULL", "NULL"],
                &["gpt-old", "0", "NULL", "NULL", "NULL"],
            ],
        ),
        rows(
            "model_groups",
            &GROUP,
            &[
                &[
                    "fast-flow",
                    "heuristic",
                    "NULL",
                    r#"["deepseek-v4-flash", "gpt-5.4-nano"]"#,
                    "[]",
                    "2",
                    "NULL",
                ],
                &[
                    "standard-pro",
                    "heuristic",
                    "NULL",
                    r#"["gpt-5.4-mini", "gemini-3-flash-preview"]"#,
                    r#"[{"pattern": "x", "target": 0}]"#,
                    "5",
                    "NULL",
                ],
                &[
                    "dispatcher",
                    "classifier",
                    "gpt-5.4-nano",
                    r#"["fast-flow", "standard-pro", "round"]"#,
                    "NULL",
                    "NULL",
                    "10",
                ],
                &[
                    "round",
                    "heuristic",
                    "NULL",
                    r#"["dispatcher", "llama3"]"#,
                    r#"[{"rule_id": "long", "conditions": {"any_of_tags": ["Heavy-Logic", "x"], "max_input_tokens_lt": 9}, "primary_model": "gone", "fallback_model": "LLAMA3"}, {"rule_id": "lost", "primary_model": "dispatcher"}]"#,
                    "NULL",
                    "NULL",
                ],
                &["moon", "heuristic", "NULL", r#"["kimi-k2.6"]"#, "NULL", "NULL", "NULL"],
            ],
        ),
        rows(
            "clients",
            &["client_id", "name", "rate_limit_per_minute", "is_active"],
            &[&["c1", "Alice", "60", "1"], &["c2", "Bob", "NULL", "0"]],
        ),
        rows(
            "client_tokens",
            &["id", "token", "client_id", "name", "is_active"],
            &[&["1", "hush-alice", "c1", "laptop", "1"], &["2", "hush-bob", "c2", "NULL", "1"]],
        ),
    ]
}
