//! `docs/providers.md` is written from the registry and from what the corpus test found, and is never stale.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use wye_providers::free::Of;
use wye_providers::provider::Auth;
use wye_providers::quirk::{Quirk, Quirks, Rule};
use wye_providers::{Free, KnownLimit, Models, PROVIDERS, Provider, Serves, Shape};
use wye_types::DialectId;
use wye_types::chat::Effort;
use wye_wire::dialect::{ReasoningField, ThinkingField, ToolIds, Turns};

/// One line of the corpus test's table.
struct Row<'a> {
    provider: &'a str,
    /// The call, as the recording's name has it: `openai_chat`.
    call: &'a str,
    feature: &'a str,
    checks: &'a str,
}

/// How the recordings of one feature came out.
#[derive(Default)]
struct Tally<'a> {
    pass: usize,
    /// Those that nothing reads, and of which every byte goes through.
    through: usize,
    later: usize,
    faults: Vec<&'a str>,
    exceptions: Vec<&'a str>,
}

fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

fn rows(table: &str) -> Vec<Row<'_>> {
    let lines = table.lines().skip_while(|line| !line.starts_with("provider |")).skip(1);
    lines
        .filter_map(|line| {
            let mut parts = line.splitn(4, " | ");
            let (provider, feature, case, checks) =
                (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
            let call = case.split_once('/')?.1.split_once("__")?.0;
            Some(Row { provider, call, feature, checks })
        })
        .collect()
}

fn tally<'a>(rows: impl Iterator<Item = &'a Row<'a>>) -> BTreeMap<(&'a str, &'a str), Tally<'a>> {
    let mut all: BTreeMap<(&str, &str), Tally<'_>> = BTreeMap::new();
    for row in rows {
        let tally = all.entry((row.call, row.feature)).or_default();
        if row.checks.starts_with("later: ") {
            tally.later += 1;
            continue;
        }
        if row.checks.starts_with("passed: ") {
            tally.through += 1;
            continue;
        }
        tally.pass += 1;
        for (at, _) in row.checks.match_indices("(not: ") {
            let reason = &row.checks[at + "(not: ".len()..];
            tally.exceptions.push(reason.split_once(')').map_or(reason, |(reason, _)| reason));
        }
        let marks = ["error in 200 ", "stream error ", "error "];
        let fault = row.checks.split(", ").find_map(|check| marks.iter().find_map(|m| check.strip_prefix(m)));
        tally.faults.extend(fault);
    }
    all
}

impl Tally<'_> {
    fn words(&self) -> String {
        let counts = [(self.pass, "pass"), (self.through, "passed through"), (self.later, "not served yet")];
        let some: Vec<_> = counts.into_iter().filter(|(count, _)| *count > 0).collect();
        let mut text = match some.as_slice() {
            [(_, words)] => (*words).to_owned(),
            all => all.iter().map(|(count, words)| format!("{count} {words}")).collect::<Vec<_>>().join(", "),
        };
        for (lead, list) in [("read as", &self.faults), ("except:", &self.exceptions)] {
            let mut list = list.clone();
            list.sort_unstable();
            list.dedup();
            if !list.is_empty() {
                let _ = write!(text, "; {lead} {}", list.join(", "));
            }
        }
        text
    }
}

fn of_models(rule: &Rule) -> String {
    let code = |pattern: &str| format!("`{pattern}`");
    let (out, of): (Vec<&str>, Vec<&str>) = rule.models.iter().partition(|pattern| pattern.starts_with('!'));
    if of == ["*"] && out.is_empty() {
        return String::new();
    }
    let mut text = format!(" ({}", of.into_iter().map(code).collect::<Vec<_>>().join(", "));
    if !out.is_empty() {
        let out: Vec<String> = out.into_iter().map(|pattern| code(&pattern[1..])).collect();
        let _ = write!(text, ", not {}", out.join(", "));
    }
    text + ")"
}

fn list(fields: &[&str]) -> String {
    fields.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", ")
}

fn rule(rule: &Rule) -> String {
    let words = match rule.quirk {
        Quirk::Refuses(fields) => format!("Refuses {}", list(fields)),
        Quirk::RefusesThinking { fields, unasked: true } => {
            format!("Refuses {} unless told not to think", list(fields))
        }
        Quirk::RefusesThinking { fields, unasked: false } => {
            format!("Refuses {} when told to think", list(fields))
        }
        Quirk::Efforts([]) => "Refuses `reasoning_effort`".to_owned(),
        Quirk::Efforts(words) => {
            format!(
                "`reasoning_effort` is one of {}",
                list(&words.iter().map(|w| Effort::name(*w)).collect::<Vec<_>>())
            )
        }
        Quirk::Renames { from, to } => format!("`{from}` is called `{to}`"),
        Quirk::Default { field, value } => {
            format!("`{field}: {value}` is sent for clients of other dialects")
        }
        Quirk::MissingThoughts(text) => {
            format!("Turns of the model without thoughts go back with `reasoning_content: \"{text}\"`")
        }
    };
    words + &of_models(rule)
}

fn quirks(of: &Quirks) -> Vec<String> {
    let none = Quirks::NONE;
    let mut words: Vec<String> = Vec::new();
    let mut say = |differs: bool, text: &str| {
        if differs {
            words.push(text.to_owned());
        }
    };
    say(of.max_tokens_key != none.max_tokens_key, "The output limit is called `max_completion_tokens`");
    say(!of.stream_options, "Refuses `stream_options`; usage comes unasked");
    say(of.developer_role, "Knows the role `developer`");
    say(!of.message_names, "Refuses a `name` in messages");
    match of.reasoning_field {
        ReasoningField::None => {}
        ReasoningField::ReasoningContent => say(true, "Takes thoughts back as `reasoning_content`"),
        ReasoningField::Reasoning => say(true, "Takes thoughts back as `reasoning`"),
        ReasoningField::ReasoningDetails => {
            say(true, "Takes thoughts back as `reasoning`, with their seals in `reasoning_details`");
        }
    }
    match of.thinking {
        ThinkingField::Effort => {}
        ThinkingField::Reasoning => say(true, "Is told to think by `reasoning`"),
        ThinkingField::Switch { effort: false } => say(true, "Is told to think by `thinking.type`"),
        ThinkingField::Switch { effort: true } => {
            say(true, "Is told to think by `thinking.type` and `reasoning_effort`");
        }
        ThinkingField::Budget => say(true, "Is told to think by `enable_thinking` and `thinking_budget`"),
    }
    say(of.tool_ids == ToolIds::Nine, "Ids of tool calls are nine letters or digits");
    match of.turns {
        Turns::Any => {}
        Turns::ToolsAnswered => {
            say(true, "The model speaks after results of tools; a begun answer is marked with `prefix`");
        }
        Turns::Alternate => say(true, "User and model take turns; turns of one role are put together"),
    }
    say(of.foreign_seals, "Passes seals of every maker on to that maker");
    words.extend(of.rules.iter().map(rule));
    words
}

/// What is no quirk of a provider, since whoever speaks the dialect shares it.
fn of_dialect(provider: &Provider) -> Vec<String> {
    match provider.dialect {
        DialectId::AnthropicMessages => vec![
            "Every call carries `anthropic-version: 2023-06-01`; the client's own version and `anthropic-beta` go before"
                .to_owned(),
            format!(
                "`max_tokens` is demanded: {} where the client gives none",
                provider.quirks.default_max_tokens
            ),
        ],
        DialectId::Gemini => vec![
            "Called as `v1beta`; turns of one role are put together; results of tools follow their calls as objects".into(),
            "Thoughts are parts with `thought: true`; streams are cut by CRLF and have no end marker".to_owned(),
            "A delay is read from `RetryInfo`; a quota per day is told from one per minute".to_owned(),
        ],
        _ => Vec::new(),
    }
}

/// A name as code; what stands behind it stays text.
fn code(word: &str) -> String {
    word.split(" with ")
        .map(|part| match part.split_once(' ') {
            Some((name, rest)) => format!("`{name}` {rest}"),
            None => format!("`{part}`"),
        })
        .collect::<Vec<_>>()
        .join(" with ")
}

fn key(auth: Auth) -> String {
    match auth {
        Auth::Bearer => "sent as a bearer token".to_owned(),
        Auth::Header(name) => format!("sent in `{name}`"),
        Auth::Query(name) => format!("sent in the query as `{name}`"),
        Auth::Aws(service) => {
            format!(
                "a pair `ID:SECRET` signs (Signature Version 4, service `{service}`), anything else is a bearer token"
            )
        }
        Auth::Google => {
            "a service account's JSON makes tokens; an API key is sent in `x-goog-api-key`".to_owned()
        }
        Auth::None => "none is sent".to_owned(),
    }
}

fn models(provider: &Provider) -> String {
    match provider.models {
        Models::Listed { open, .. } => {
            let url = provider.models_url(provider.base_url).unwrap();
            format!("listed at `{url}`{}", if open { ", for anybody" } else { "" })
        }
        Models::Named { ids, source } => {
            format!("no list; {} that {} names ({})", ids.len(), source.at, source.as_of)
        }
        Models::Deployed => "what its owner deployed, as configured".to_owned(),
    }
}

/// What it serves besides chat; in whose words and where, if not OpenAI's.
fn serves(provider: &Provider) -> Vec<String> {
    let one = |serves: &Serves| {
        let usual = serves.path == serves.kind.path();
        match (serves.shape, usual) {
            (Shape::OpenAi, true) => serves.kind.name().to_owned(),
            (shape, true) => format!("{} ({shape:?}'s)", serves.kind.name()),
            (shape, false) => format!("{} ({shape:?}'s, `{}`)", serves.kind.name(), serves.path),
        }
    };
    provider.serves.iter().map(one).collect()
}

fn free(provider: &Provider) -> Vec<String> {
    if provider.own {
        return vec!["Costs nothing: it runs on hardware of one's own".to_owned()];
    }
    let Some(tier) = &provider.free else { return Vec::new() };
    let terms = if tier.terms.is_empty() { String::new() } else { format!(" ({})", tier.terms) };
    let mut lines = vec![format!(
        "Free: {}{terms}; {}, {}",
        match tier.of {
            Free::Models(models) => format!("its models {}", list(models)),
            Free::Plan => "everything, on an account that cannot be charged".to_owned(),
            Free::Credit(much) => format!("{much} of credit, which is no proof that a call costs nothing"),
        },
        tier.source.at,
        tier.source.as_of
    )];
    if !tier.limits.is_empty() {
        lines.push(format!("Limits of it: {}", tier.limits.iter().map(limit).collect::<Vec<_>>().join("; ")));
    }
    lines
}

fn limit(limit: &KnownLimit) -> String {
    let what = match limit.of {
        Of::Requests => "requests",
        Of::Tokens => "tokens",
    };
    let of = if limit.models == ["*"] { String::new() } else { format!(" ({})", list(limit.models)) };
    format!("{} {what} a {}{of}", limit.most, limit.per.name())
}

/// The same in a word, for the table at the top.
fn free_word(provider: &Provider) -> &'static str {
    match provider.free {
        _ if provider.own => "own",
        Some(tier) => match tier.of {
            Free::Models(_) => "some models",
            Free::Plan => "plan",
            Free::Credit(_) => "credit",
        },
        None => "",
    }
}

fn key_word(auth: Auth) -> &'static str {
    match auth {
        Auth::Bearer => "bearer",
        Auth::Header(_) => "header",
        Auth::Query(_) => "query",
        Auth::Aws(_) => "signed",
        Auth::Google => "token",
        Auth::None => "none",
    }
}

fn section(provider: &Provider, rows: &[Row<'_>], page: &mut String) {
    let _ = writeln!(page, "\n## {}\n", provider.title);
    let _ = writeln!(page, "- In configuration: `{}` ([its documentation]({}))", provider.id, provider.docs);
    if provider.chats {
        let _ = writeln!(page, "- Dialect: `{}` at `{}`", provider.dialect, provider.base_url);
    } else {
        let _ = writeln!(page, "- No chat; at `{}`", provider.base_url);
    }
    if !provider.also.is_empty() {
        let also: Vec<&str> = provider.also.iter().map(|spoken| spoken.dialect.name()).collect();
        let _ = writeln!(page, "- Also speaks {}", list(&also));
    }
    for rule in provider.rules {
        let only = if rule.exclusive { ", which serves no others" } else { "" };
        let _ = writeln!(page, "- Only by `{}`{only}: {}", rule.dialect, list(rule.models));
    }
    let names = if provider.key_env.is_empty() {
        "none needed".to_owned()
    } else {
        provider.key_words().iter().map(|word| code(word)).collect::<Vec<_>>().join(", ")
    };
    let _ = writeln!(page, "- Key: {names}; {}", key(provider.auth));
    if !provider.aliases.is_empty() {
        let _ = writeln!(page, "- Known elsewhere as {}", list(provider.aliases));
    }
    let _ = writeln!(page, "- Models: {}", models(provider));
    if !provider.serves.is_empty() {
        let _ = writeln!(page, "- Serves {}", serves(provider).join(", "));
    }
    for line in free(provider) {
        let _ = writeln!(page, "- {line}");
    }
    for quirk in of_dialect(provider).into_iter().chain(quirks(&provider.quirks)) {
        let _ = writeln!(page, "- {quirk}");
    }
    recordings(rows.iter().filter(|row| row.provider == provider.id), page);
}

fn recordings<'a>(rows: impl Iterator<Item = &'a Row<'a>>, page: &mut String) {
    let tallies = tally(rows);
    if tallies.is_empty() {
        page.push_str("\nNo recording of it is published; its row follows its documentation.\n");
        return;
    }
    page.push_str("\n| call | feature | recordings | result |\n|---|---|---:|---|\n");
    for ((call, feature), tally) in tallies {
        let _ = writeln!(
            page,
            "| {call} | {feature} | {} | {} |",
            tally.pass + tally.through + tally.later,
            tally.words()
        );
    }
}

const HEAD: &str = "# Providers

<!-- Written by `cargo xtask providers-doc` from the registry and the corpus test. Changes belong there. -->

What Wye knows of each provider, and what its published recordings prove. A recording *passes* if its request, answer or
stream is read and written again without loss, whole, byte by byte and cut anywhere, with equal usage; an error if it is
read as the fault that it is. What Wye has no endpoint of its own for is *passed through*, and counts as passing:
`/pass/{provider}/…` leads to it, and a recording's every byte came out as it went in. Any other server that speaks one
of the dialects is configured by its address; with
`like: <provider>` it takes over that provider's quirks.

In the table, *key* says how a key is sent (*signed*: Amazon's signature; *token*: made with a service account), *free*
what the vendor gives away: a *plan* of accounts that cannot be charged, *some models*, or a *credit* that ends; *own* runs on
hardware of one's own. Limits are those that were published; what answers tell of limits goes before them.
";

fn page(table: &str) -> String {
    let rows = rows(table);
    let mut page = HEAD.to_owned();
    page.push_str(
        "\n| provider | dialect | key | free | endpoints | recordings | pass | not served yet |\n\
         |---|---|---|---|---|---:|---:|---:|\n",
    );
    for provider in PROVIDERS {
        let own = || rows.iter().filter(|row| row.provider == provider.id);
        let later = own().filter(|row| row.checks.starts_with("later: ")).count();
        let all = own().count();
        let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
        let anchor: String = provider.title.to_lowercase().chars().filter(kept).collect();
        let anchor = anchor.replace(' ', "-");
        let _ = writeln!(
            page,
            "| [{}](#{anchor}) | {} | {} | {} | {} | {all} | {} | {later} |",
            provider.title,
            if provider.chats { provider.dialect.name() } else { "" },
            key_word(provider.auth),
            free_word(provider),
            provider.serves.iter().map(|serves| serves.kind.name()).collect::<Vec<_>>().join(", "),
            all - later
        );
    }
    for provider in PROVIDERS {
        section(provider, &rows, &mut page);
    }
    let known = |row: &&Row<'_>| PROVIDERS.iter().any(|p| p.id == row.provider);
    let mut others: Vec<&str> = rows.iter().filter(|row| !known(row)).map(|row| row.provider).collect();
    others.dedup();
    for other in others {
        let _ = writeln!(page, "\n## {other}\n\nRecorded, but not a provider that is known by name.");
        recordings(rows.iter().filter(|row| row.provider == other), &mut page);
    }
    page
}

#[test]
fn the_page_of_providers_is_not_stale() {
    let table = std::fs::read_to_string(repository("crates/wire/tests/it/corpus.snap")).unwrap();
    let written = page(&table);
    let path = repository("docs/providers.md");
    if std::env::var_os("WYE_WRITE_PAGES").is_some() {
        std::fs::write(&path, &written).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = written.lines().zip(found.lines().chain(std::iter::repeat(""))).find(|(a, b)| a != b);
    assert!(found == written, "docs/providers.md is stale; run `cargo xtask providers-doc`: {differs:?}");
}

#[test]
fn a_page_says_what_the_table_says() {
    let table = "---\nprovider | feature | case | checks\n\
        groq | stream | groq/openai_chat__stream__01 | scan, stream, usage\n\
        groq | stream | groq/openai_chat__stream__02 | scan, stream (not: a reason), usage\n\
        groq | error_404 | groq/openai_chat__error_404__01 | scan, error NotFound\n\
        groq | models | groq/models__models__01 | later: models\n\
        mistral | ocr | mistral/ocr__ocr__01 | passed: ocr\n\
        voyage | embeddings | voyage/embeddings__embeddings__01 | later: embeddings\n";
    let page = page(table);
    for line in [
        "| [Groq](#groq) | openai_chat | bearer | plan | speech, transcriptions, translations, files, batches | 4 | 3 | 1 |",
        "| openai_chat | stream | 2 | pass; except: a reason |",
        "| openai_chat | error_404 | 1 | pass; read as NotFound |",
        "| models | models | 1 | not served yet |",
        "| ocr | ocr | 1 | passed through |",
        "- Refuses a `name` in messages",
        "- `reasoning_effort` is one of `low`, `medium`, `high` (`gpt-oss*`)",
        "## Voyage AI",
        "- No chat; at `https://api.voyageai.com/v1`",
        "- Serves embeddings (Voyage's), rerank (Voyage's)",
    ] {
        assert!(page.lines().any(|found| found == line), "no line {line:?} in\n{page}");
    }
}
