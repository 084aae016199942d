//! Keys, teams, budgets, limits, prices, the log and access: what they mean, and what is wrong with them.

use std::time::Duration;

use wye_config::*;
use wye_types::DialectId;

use super::bad::expect;
use super::{SOURCES, good};

#[test]
fn a_key_may_do_what_the_file_says() {
    let digest = "0a".repeat(32);
    let config = good(&format!(
        "
teams: {{lab: {{limits: {{rpm: 10}}, models: [chat]}}}}
keys:
  old: \"${{WYE_ALICE_KEY}}\"
  new:
    sha256: {digest}
    expires: 2030-01-01T00:00:00+01:00
    team: lab
    tags: [a:b, c/d]
    apis: [gemini]
    limits: {{rpm: 0, tpm: 5, time_zone: Asia/Bangkok, soft: 0.8, when_lost: refuse}}
    budgets: [{{usd: 0.1, per: day}}, {{usd: \"25.000000001\", per: month, allow_unpriced: true}}]
    priority: 0
"
    ));
    let [old, new] = config.keys.as_slice() else { panic!("{:?}", config.keys) };
    assert_eq!((old.name.as_str(), old.priority, old.limits.is_none()), ("old", 5, true));
    assert_eq!(new.credential, Credential::Sha256([10; 32]));
    assert_eq!(new.expires_ms, Some(1_893_452_400_000));
    assert_eq!((new.limits.rpm, new.limits.tpm, new.limits.rpd), (Some(0), Some(5), None), "0 is not absent");
    assert_eq!(new.limits.time_zone.iana_name(), Some("Asia/Bangkok"));
    assert_eq!((new.limits.soft, new.limits.when_lost), (Some(0.8), WhenLost::Refuse));
    let budgets: Vec<_> = new.budgets.iter().map(|b| (b.nano, b.per, b.allow_unpriced)).collect();
    let expected = [(100_000_000, BudgetPeriod::Day, false), (25_000_000_001, BudgetPeriod::Month, true)];
    assert_eq!(budgets, expected);
    assert_eq!((new.scopes.apis.as_slice(), new.priority), ([DialectId::Gemini].as_slice(), 0));
    assert_eq!(config.teams[0].scopes.models, ["chat"]);
    assert!(!format!("{config:?}").contains(&digest), "weak keys could be guessed from it");
}

#[test]
fn a_provider_has_limits_accounts_and_prices() {
    let config = good(
        "
providers:
  groq:
    limits: {concurrent: 4}
    account_limits: {rpm: 30}
    accounts: [{api_key: a}, {name: b, api_key: b, limits: {rpm: 60}}]
    models:
      big: {price: {input: 0.05, output: 1, cache_read: \"0.000001\"}, context: 1000, limits: {tpd: 7}}
routes:
  chat: {targets: [groq/big, {deployment: groq/big, context: 5}, groq/small], wait: 0s}
  other: {targets: [groq/small]}
defaults: {wait: 1m}
",
    );
    let groq = &config.providers[0];
    assert_eq!((groq.limits.concurrent, groq.account_limits.rpm), (Some(4), Some(30)));
    let accounts: Vec<_> =
        groq.accounts.iter().map(|a| (a.name.as_str(), a.limits.as_ref().and_then(|l| l.rpm))).collect();
    assert_eq!(accounts, [("1", None), ("b", Some(60))]);
    let gemini =
        good("providers: {gemini: {api_key: k, limits: {rpd: 9}, account_limits: {rpd: 9, time_zone: UTC}}}");
    let zones =
        [&gemini.providers[0].limits, &gemini.providers[0].account_limits].map(|l| l.time_zone.iana_name());
    assert_eq!(zones, [Some("America/Los_Angeles"), Some("UTC")], "where Google's days begin");
    let price = groq.models[0].price.unwrap().tokens;
    assert_eq!((price.input, price.output, price.cache_read), (Some(50_000), Some(1_000_000), Some(1)));
    assert_eq!((price.reasoning, groq.models[0].limits.tpd), (None, Some(7)));
    let contexts: Vec<_> = config.routes[0].targets.iter().map(|t| t.context).collect();
    assert_eq!(contexts, [Some(1000), Some(5), None], "a target knows better than its model");
    let waits: Vec<Duration> = config.routes.iter().map(|r| r.wait).collect();
    assert_eq!(waits, [Duration::ZERO, Duration::from_secs(60)]);
}

#[test]
fn everybody_may_call_only_where_the_file_says_so() {
    let config = good(
        "listen: 0.0.0.0:1\naccess: {allow_open: true, trusted_proxies: [10.0.0.1]}\nlog: {bodies: errors}",
    );
    assert!(config.is_open());
    assert_eq!(config.access.trusted_proxies[0].to_string(), "10.0.0.1/32");
    assert_eq!(config.log.bodies, KeepBodies::Errors);
    let config = good("log: {bodies: {sampled: 0}}");
    assert_eq!(config.log.bodies, KeepBodies::Sampled(0.0));
}

#[test]
fn what_is_wrong_with_keys_and_limits() {
    let text = "
teams: {lab: {}}
keys:
  - {name: a, sha256: 12, team: lap, expires: tomorrow, priority: 10}
  - {name: b, key: k, sha256: 0000000000000000000000000000000000000000000000000000000000000000}
  - {name: c, sha256: 8254c329a92850f6d539dd376f4816ee2764517da5e0235514af433164480d7a, tags: ['a,b'], team: lap}
  - {name: d}
  - {key: x, limits: {rpm: -1, tpm: 1.5, rpdd: 1, tpd: '5', soft: 2, time_zone: Mars/Base, when_lost: open}}
  - {key: y, budgets: [{usd: .nan, per: day}, {usd: -1, per: day}, {usd: 1e12, per: day}, {usd: 0.0000000001, per: year}, {usd: 1}, {usd: 12345678.123456789, per: day}]}
  - {key: z, budgets: [{usd: 1, per: day}, {usd: 2, per: day, time_zone: UTC}]}
budgets:
  e: {usd: 1, per: day}
  f: {tag: t, each_user: true, usd: 1, per: day}
  g: {tag: t, per: day}
";
    expect(
        text,
        Format::Yaml,
        &[
            "4:23: keys[0].sha256: found 12; write the 64 hexadecimal digits",
            "4:47: keys[0].expires: found \"tomorrow\"; write a moment with its offset",
            "4:67: keys[0].priority: found 10; write a whole number from 0 to 9",
            "5:31: keys[1].sha256: found 0; write the 64 hexadecimal digits…in quotes",
            "5:31: keys[1].sha256: key stands there too",
            "6:5: keys[2]: this is the same key as b",
            "6:96: keys[2].tags[0]: found \"a,b\"; write at most 64 letters",
            "6:110: keys[2].team: there is no team lap; write it under teams; did you mean lab?",
            "7:5: keys[3]: the key itself is missing",
            "8:28: keys[4].limits.rpm: found -1; write a whole number from 0",
            "8:37: keys[4].limits.tpm: found 1.5; write a whole number from 0",
            "8:42: keys[4].limits.rpdd: there is no such key; did you mean rpd",
            "8:56: keys[4].limits.tpd: found \"5\"; write a whole number",
            "8:67: keys[4].limits.soft: found 2; write a number from 0 to 1",
            "8:81: keys[4].limits.time_zone: found \"Mars/Base\"; write a time zone",
            "8:103: keys[4].limits.when_lost: found \"open\"; write one of local, refuse",
            "9:30: keys[5].budgets[0].usd: found \".nan\"; write an amount of dollars",
            "9:53: keys[5].budgets[1].usd: found -1; write an amount of dollars",
            "9:74: keys[5].budgets[2].usd: found 1000000000000.0",
            "9:97: keys[5].budgets[3].usd: found 1e-10; write an amount…at most 9 decimals",
            "9:116: keys[5].budgets[3].per: found \"year\"; write one of day, week, month, total",
            "9:123: keys[5].budgets[4]: per is missing",
            "9:139: keys[5].budgets[5].usd: found 12345678.12345679; write an amount…put a number as long as this in quotes",
            "10:44: keys[6].budgets[1]: there is a budget of this period already",
            "12:3: budgets.e: write whose it is: either tag: NAME or each_user: true",
            "13:3: budgets.f: write whose it is",
            "14:6: budgets.g: usd is missing",
        ],
    );
}

#[test]
fn what_is_wrong_with_providers_the_log_and_access() {
    let text = "
providers:
  groq:
    accounts: [{name: a}, {name: a, api_key: k}, {name: a/b, api_key: k}]
    models: [m, {id: m}, {limits: {}}, {id: n, price: {input: -1, outputs: 2}}]
  mistral: {accounts: [], api_key: k}
access:
  cors_origins: [https://a/, null, app.example]
  trusted_proxies: [10.0.0.0/40]
  admin_listen: 127.0.0.1:9930
log:
  redact_patterns: ['a(', 'a*']
  bodies: {}
  keep: 0s
  body_limit: 0
waiting_places: -1
defaults: {wait: 5}
";
    expect(
        text,
        Format::Yaml,
        &[
            "4:16: providers.groq.accounts[0]: it has no key; write api_key",
            "4:27: providers.groq.accounts[1]: another account is named a",
            "4:50: providers.groq.accounts[2]: an account's name has neither spaces nor slashes",
            "5:17: providers.groq.models[1]: m stands there twice",
            "5:26: providers.groq.models[2]: its id is missing",
            "5:63: providers.groq.models[3].price.input: found -1; write an amount of dollars",
            "5:67: providers.groq.models[3].price.outputs: there is no such key; did you mean output",
            "6:23: providers.mistral.accounts: api_key stands there too",
            "6:23: providers.mistral.accounts: this list is empty",
            "8:18: access.cors_origins[0]: found \"https://a/\"; write an origin",
            "8:30: access.cors_origins[1]: found nothing; write an origin",
            "8:36: access.cors_origins[2]: found \"app.example\"; write an origin",
            "9:21: access.trusted_proxies[0]: found \"10.0.0.0/40\"; write an address or a range",
            "10:17: access.admin_listen: this is where clients are served",
            "12:21: log.redact_patterns[0]: this is no regular expression: unclosed group",
            "12:27: log.redact_patterns[1]: this fits the empty text",
            "13:11: log.bodies: sampled is missing",
            "14:9: log.keep: found \"0s\"; write a duration…longer than 0",
            "15:15: log.body_limit: found 0; write a size",
            "16:17: waiting_places: found -1; write a whole number from 0",
            "17:18: defaults.wait: found 5; write a duration",
        ],
    );
}

#[test]
fn names_are_short_and_in_one_line_and_otherwise_free() {
    let good = good("routes: {\"'; DROP TABLE x; -- <b>\": {targets: [groq/m]}}");
    assert_eq!(good.routes[0].name, "'; DROP TABLE x; -- <b>");
    let long = "x".repeat(129);
    let text = format!(
        "routes: {{\"a\\nb\": {{targets: [groq/m]}}}}\nproviders: {{{long}: {{}}}}\nteams: {{' ': {{}}}}"
    );
    let found: Vec<String> =
        load(&text, Format::Yaml, &SOURCES).unwrap_err().iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), 3, "{found:#?}");
    assert!(found[0].starts_with("1:10: routes.\"a\\nb\": a name is one line of at most 128"), "{found:#?}");
    assert!(found.iter().all(|p| !p.contains('\n') && p.len() < 300), "{found:#?}");
}

#[test]
fn the_fingerprint_tells_what_matters_and_holds_no_secret() {
    let base = "providers: {groq: {api_key: one, limits: {rpm: 1}}}\nkeys: [{name: a, sha256: DIGEST}]\n";
    let with =
        |from: &str, to: &str| good(&base.replace(from, to).replace("DIGEST", &"0a".repeat(32))).hash();
    let same = with("", "");
    assert_eq!(with("one", "two"), same, "credentials do not enter it");
    assert_ne!(with("rpm: 1", "rpm: 2"), same);
    assert_ne!(with("limits: {rpm: 1}", "models: {m: {price: {input: 1}}}"), same);
    assert_ne!(with("name: a", "name: a, disabled: true"), same);
    assert_ne!(with("rpm: 1", "rpm: 1, time_zone: Europe/Berlin"), same);
    assert_ne!(with("DIGEST", &"0b".repeat(32)), same);
    assert_ne!(
        good(&format!("{}access: {{cors_origins: ['*']}}", base.replace("DIGEST", &"0a".repeat(32)))).hash(),
        same
    );
}
