//! `make fuzz`: makes seeds from the recordings, runs every target for a while and prints what came of it.
//!
//! `campaign <seconds per target> <folder>`: the folder takes the seeds, what the fuzzer keeps, and the findings.

use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use serde_json::Value;
use wye_fuzz::{header, service};
use wye_types::{DialectId, Kind};
use wye_wire::{Shape, event_stream, sse};

const TARGETS: [&str; 6] = ["frames", "request", "stream", "translate", "service", "config"];

/// Longer seeds make every run slow and teach little.
const LONGEST: usize = 16 * 1024;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let mut words = std::env::args().skip(1);
    let seconds: u32 = words.next().ok_or("how many seconds?")?.parse()?;
    let folder = PathBuf::from(words.next().ok_or("which folder?")?);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut seeds = Seeds { folder: folder.join("seeds"), count: 0 };
    fs::remove_dir_all(&seeds.folder)
        .or_else(|e| if e.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(e) })?;
    for target in TARGETS {
        fs::create_dir_all(seeds.folder.join(target))?;
    }
    recordings(&mut seeds, &root)?;
    configurations(&mut seeds, &root)?;
    let mut out = std::io::stdout();
    writeln!(out, "{} seeds in {}\n", seeds.count, seeds.folder.display())?;
    let mut table = String::from("target | runs | coverage before | after | findings\n---|---|---|---|---\n");
    let mut found = 0;
    for target in TARGETS {
        let row = run(target, seconds, &folder, &seeds.folder.join(target))?;
        found += row.findings;
        table.push_str(&format!(
            "{target} | {} | {} | {} | {}\n",
            row.runs, row.before, row.after, row.findings
        ));
    }
    writeln!(out, "{table}")?;
    Ok(if found == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

struct Seeds {
    folder: PathBuf,
    count: u32,
}

impl Seeds {
    fn add(&mut self, target: &str, head: &[u8], body: &[u8]) -> std::io::Result<()> {
        if body.len() > LONGEST {
            return Ok(());
        }
        self.count += 1;
        fs::write(self.folder.join(target).join(format!("{:05}", self.count)), [head, body].concat())
    }

    fn request(&mut self, id: DialectId, body: &Value) -> std::io::Result<()> {
        if !body.is_object() {
            return Ok(());
        }
        let body = body.to_string();
        self.add("request", &header(id, 0), body.as_bytes())?;
        self.everywhere(id, 0, body.as_bytes())
    }

    fn answer(&mut self, id: DialectId, status: u64, body: &[u8]) -> std::io::Result<()> {
        self.everywhere(id, if status >= 400 { 2 } else { 1 }, body)
    }

    fn stream(&mut self, id: DialectId, bytes: &[u8]) -> std::io::Result<()> {
        self.add("frames", &header(id, 0), bytes)?;
        self.add("stream", &header(id, 0), bytes)
    }

    /// A seed of `translate` for each dialect it can be translated into.
    fn everywhere(&mut self, id: DialectId, kind: u8, body: &[u8]) -> std::io::Result<()> {
        for other in DialectId::ALL {
            let [from, _, kind] = header(id, kind);
            self.add("translate", &[from, header(other, 0)[0], kind], body)?;
        }
        Ok(())
    }
}

/// The recordings beside the repository, or where `WYE_SHARED` says.
fn recordings(seeds: &mut Seeds, root: &Path) -> Result<(), Box<dyn Error>> {
    let shared = std::env::var_os("WYE_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    for provider in folders(&shared.join("wire/dev"))? {
        for path in folders(&provider)? {
            let case: Value = serde_json::from_slice(&fs::read(path)?)?;
            if let Some(id) = dialect_of(&case) {
                case_seeds(seeds, id, &case)?;
            }
            if let Some((kind, shape)) = service_of(&case) {
                let [asked, told] = ["request", "response"].map(|side| case[side]["body"].to_string());
                seeds.add("service", &service::steering(kind, shape, false), asked.as_bytes())?;
                seeds.add("service", &service::steering(kind, shape, true), told.as_bytes())?;
            }
        }
    }
    for path in folders(&shared.join("wire/dev_translate"))? {
        if path.extension().is_some_and(|e| e == "json") {
            translated(seeds, &serde_json::from_slice(&fs::read(path)?)?)?;
        }
    }
    Ok(())
}

fn folders(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>()?;
    paths.sort();
    Ok(paths)
}

fn dialect_of(case: &Value) -> Option<DialectId> {
    Some(match case["api"].as_str()? {
        "openai.chat" => DialectId::OpenAiChat,
        "anthropic.messages" => DialectId::AnthropicMessages,
        "gemini.generate" => DialectId::Gemini,
        "openai.responses" => DialectId::OpenAiResponses,
        "openai.completions" => DialectId::OpenAiCompletions,
        "cohere.chat" => DialectId::Cohere,
        "ollama.chat" => DialectId::Ollama,
        "bedrock.converse" => DialectId::BedrockConverse,
        _ => return None,
    })
}

fn service_of(case: &Value) -> Option<(Kind, Shape)> {
    let kind = match case["api"].as_str()? {
        "embeddings" => Kind::Embeddings,
        "rerank" => Kind::Rerank,
        "moderations" => Kind::Moderations,
        _ => return None,
    };
    let shape = match case["provider"].as_str()? {
        "cohere" => Shape::Cohere,
        "gemini" => Shape::Gemini,
        "ollama" => Shape::Ollama,
        "vertex" => Shape::Vertex,
        "voyage" => Shape::Voyage,
        _ => Shape::OpenAi,
    };
    Some((kind, shape))
}

fn case_seeds(seeds: &mut Seeds, id: DialectId, case: &Value) -> Result<(), Box<dyn Error>> {
    seeds.request(id, &case["request"]["body"])?;
    let response = &case["response"];
    if let Some(lines) = response["sse"].as_array() {
        let end = if response["line_ending"] == "crlf" { "\r\n" } else { "\n" };
        let lines: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
        seeds.stream(id, (lines.join(end) + end).as_bytes())?;
    } else if let Some(values) = response["ndjson"].as_array() {
        let lines: String = values.iter().map(|value| format!("{value}\n")).collect();
        seeds.stream(id, lines.as_bytes())?;
    } else if !response["body"].is_null() {
        let body = response["body"].as_str().map_or_else(|| response["body"].to_string(), str::to_owned);
        seeds.answer(id, response["status"].as_u64().unwrap_or(200), body.as_bytes())?;
    }
    Ok(())
}

fn translated(seeds: &mut Seeds, case: &Value) -> Result<(), Box<dyn Error>> {
    for (protocol, turns) in case["protocols"].as_object().into_iter().flatten() {
        let id = match protocol.as_str() {
            "chat-completions" | "baseten" => DialectId::OpenAiChat,
            "responses" => DialectId::OpenAiResponses,
            "bedrock" => DialectId::BedrockConverse,
            google if google.ends_with("google") => DialectId::Gemini,
            _ => DialectId::AnthropicMessages,
        };
        for turn in ["request", "followup-request"] {
            seeds.request(id, &turns[turn])?;
        }
        if turns["response"].is_object() {
            seeds.answer(id, 200, turns["response"].to_string().as_bytes())?;
        }
        if let Some(events) = turns["response-streaming"].as_array() {
            seeds.stream(id, &framed(id, events))?;
        }
    }
    Ok(())
}

/// The recorded events, framed as the dialect frames them.
fn framed(id: DialectId, events: &[Value]) -> Vec<u8> {
    let mut out = Vec::new();
    for event in events {
        match (id, event["type"].as_str()) {
            (DialectId::BedrockConverse, _) => {
                for (name, inside) in event.as_object().into_iter().flatten() {
                    event_stream::write_event(&mut out, name, inside.to_string().as_bytes());
                }
            }
            (_, Some(name)) => sse::write_event(&mut out, name, event.to_string().as_bytes()),
            (_, None) => sse::write_data(&mut out, event.to_string().as_bytes()),
        }
    }
    out
}

/// The example whole, and each of its sections by itself; the same in TOML and JSON as far as a few lines tell.
fn configurations(seeds: &mut Seeds, root: &Path) -> Result<(), Box<dyn Error>> {
    let yaml = fs::read_to_string(root.join("config/example.yaml"))?;
    let mut section = String::new();
    for line in yaml.lines().chain(["end:"]) {
        if !line.starts_with([' ', '#', '-']) && !line.is_empty() {
            seeds.add("config", &[0], section.as_bytes())?;
            section.clear();
        }
        section.push_str(line);
        section.push('\n');
    }
    seeds.add("config", &[0], yaml.as_bytes())?;
    seeds.add(
        "config",
        &[1],
        b"[server]\nlisten = \"${LISTEN:-127.0.0.1:1}\"\n[routes.auto]\ntargets = [\"a/m\"]\n",
    )?;
    seeds.add(
        "config",
        &[2],
        br#"{"providers":{"a":{"api_key":"file:/k"}},"routes":{"r":{"targets":["a/m"]}}}"#,
    )?;
    Ok(())
}

struct Row {
    runs: String,
    before: String,
    after: String,
    findings: usize,
}

fn run(target: &str, seconds: u32, folder: &Path, seeds: &Path) -> Result<Row, Box<dyn Error>> {
    let (kept, found) = (folder.join("kept").join(target), folder.join("findings").join(target));
    fs::create_dir_all(&kept)?;
    fs::create_dir_all(&found)?;
    let old = folders(&found)?.len();
    let output = Command::new("cargo")
        // libFuzzer needs coverage of the compiler's own, which it calls unstable; the code is safe Rust, so that no
        // sanitizer is needed.
        .env("RUSTC_BOOTSTRAP", "1")
        .args(["fuzz", "run", "--sanitizer", "none", "--fuzz-dir", env!("CARGO_MANIFEST_DIR"), target])
        .args([&kept, seeds])
        .arg("--")
        .args([format!("-max_total_time={seconds}"), format!("-max_len={LONGEST}")])
        .args(["-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1"])
        .arg(format!("-artifact_prefix={}/", found.display()))
        .output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    fs::write(folder.join(format!("{target}.log")), said.as_bytes())?;
    let covered = |line: Option<&str>| {
        let number = line.and_then(|line| line.split("cov: ").nth(1)?.split(' ').next());
        number.unwrap_or("-").to_owned()
    };
    let runs = said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units: "));
    let findings = folders(&found)?.len() - old;
    if !output.status.success() && findings == 0 {
        return Err(format!("{target} did not run; see {}/{target}.log", folder.display()).into());
    }
    Ok(Row {
        runs: runs.unwrap_or("-").to_owned(),
        before: covered(said.lines().find(|line| line.contains("INITED"))),
        after: covered(said.lines().rfind(|line| line.contains(" cov: "))),
        findings,
    })
}
