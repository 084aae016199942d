//! What a vector costs: `WYE_TEST_ENCODER_WHEEL=FILE.whl cargo bench -p wye-encoder`.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    clippy::cast_precision_loss,
    reason = "a bench prints what it measured by the clock, and is told by a variable where the wheel is"
)]

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use wye_encoder::{Encoder, convert};

fn main() -> Result<(), Box<dyn Error>> {
    let Ok(wheel) = std::env::var("WYE_TEST_ENCODER_WHEEL") else {
        println!("set WYE_TEST_ENCODER_WHEEL to the package's wheel");
        return Ok(());
    };
    let wheel = std::fs::read(wheel)?;
    let (made, converted) = timed(|| convert(&wheel));
    let file = converted?.1;
    println!("converted in {:.0} ms to {} MB", made / 1e6, file.len() >> 20);
    let (read, encoder) = timed(|| Encoder::read(file));
    let encoder = encoder?;
    println!("read in {:.0} ms", read / 1e6);
    let calls: usize = std::env::var("CALLS").ok().and_then(|calls| calls.parse().ok()).unwrap_or(300);
    let words =
        "Write a short story about a lighthouse keeper who finds a message in a bottle one winter morning. ";
    for (name, text) in [
        ("one word", "Hello".to_owned()),
        ("20 tokens", words[..84].to_owned()),
        ("Thai", "ช่วยเขียนโปรแกรมภาษาไพทอนที่อ่านไฟล์แล้วนับจำนวนคำทั้งหมดให้หน่อย".to_owned()),
        ("Chinese", "请用简单的语言解释一下量子力学的基本原理，并举一个生活中的例子。".to_owned()),
        ("128 tokens", words.repeat(20)),
    ] {
        let count = encoder.tokens(&text).len();
        let mut times: Vec<f64> = (0..calls).map(|_| timed(|| encoder.embed(black_box(&text))).0).collect();
        let (tokens, _) = timed(|| encoder.tokens(black_box(&text)));
        times.sort_by(f64::total_cmp);
        let (median, worst) = (times[times.len() / 2], times[times.len() * 99 / 100]);
        println!(
            "{name:>12}: {count:3} tokens, median {:.0} µs, p99 {:.0} µs, least {:.0} µs; cutting alone {:.1} µs",
            median / 1e3,
            worst / 1e3,
            times[0] / 1e3,
            tokens / 1e3
        );
    }
    Ok(())
}

fn timed<T>(work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let made = black_box(work());
    (start.elapsed().as_nanos() as f64, made)
}
