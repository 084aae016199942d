//! What estimates cost: `cargo bench -p wye-profile`.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench prints what it measured by the clock"
)]

use std::hint::black_box;
use std::time::Instant;

use wye_profile::tokens::{Counts, Prompt, Reader};

fn main() {
    let english = "The quick brown fox, aged 12, jumps over\n    the lazy_dog({\"a\": 1});\n".repeat(40_000);
    let thai = "ภาษาไทยเป็นภาษาที่มีระดับเสียงของคำแน่นอน และ Rust ".repeat(12_000);
    let chinese = "天地玄黄，宇宙洪荒。日月盈昃，辰宿列张。".repeat(20_000);
    let russian = "Съешь же ещё этих мягких французских булок, да выпей чаю. ".repeat(20_000);
    for (name, text) in [("english", &english), ("thai", &thai), ("chinese", &chinese), ("russian", &russian)]
    {
        per_byte(name, text.len(), || Counts::of(text));
        let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
        let body = format!("[{{\"role\":\"user\",\"content\":\"{escaped}\"}}]");
        per_byte(&format!("{name} in a request"), body.len(), || Prompt::of([("messages", body.as_bytes())]));
        per_byte(&format!("{name}, weighed"), body.len(), || {
            Prompt::tokens_of([("messages", body.as_bytes())], Reader::UNKNOWN)
        });
    }
    let small = r#"[{"role":"user","content":"Say hello to me, please, and be quick."}]"#;
    per_call("a small request", || Prompt::of([("messages", black_box(small).as_bytes())]));
    per_call("the same, weighed", || {
        Prompt::tokens_of([("messages", black_box(small).as_bytes())], Reader::UNKNOWN)
    });
    let (prompt, reader) = (Prompt::of([("messages", small.as_bytes())]), Reader::of("gpt-4o"));
    per_call("tokens of what is counted", || black_box(&prompt).tokens(black_box(reader)));
}

fn per_byte<T>(name: &str, bytes: usize, work: impl Fn() -> T) {
    let best = (0..7).map(|_| timed(&work)).fold(f64::INFINITY, f64::min);
    println!("{name:>24}: {:.2} ns a byte", best / bytes as f64);
}

fn per_call<T>(name: &str, work: impl Fn() -> T) {
    const CALLS: u32 = 100_000;
    let all = timed(&|| {
        for _ in 0..CALLS {
            black_box(work());
        }
    });
    println!("{name:>24}: {:.0} ns", all / f64::from(CALLS));
}

fn timed<T>(work: &impl Fn() -> T) -> f64 {
    let start = Instant::now();
    black_box(work());
    start.elapsed().as_nanos() as f64
}
