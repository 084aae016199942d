//! What a guess costs: `cargo bench -p wye-profile --bench heads`. Instructions are counted by valgrind, where it is there: it
//! runs this same program, with the number of rounds and of the text as its words.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a bench prints what it measured by the clock"
)]

use std::hint::black_box;
use std::process::Command;
use std::time::Instant;

use wye_profile::{Heads, heads::Head};

fn main() {
    let Some(heads) = Heads::shipped() else { return };
    let mut words = std::env::args().skip(1).filter_map(|word| word.parse().ok());
    if let (Some(rounds), Some(place)) = (words.next(), words.next()) {
        let (_, text) = &texts()[place];
        (0..rounds).for_each(|_| {
            black_box(heads.score([black_box(text.as_str())]));
        });
        return;
    }
    for (place, (name, text)) in texts().into_iter().enumerate() {
        let best = (0..9)
            .map(|_| timed(200, || heads.score([black_box(text.as_str())])))
            .fold(f64::INFINITY, f64::min);
        let read = text.len().min(100_000) as f64;
        let counted = counted(place).map_or_else(
            || "valgrind is not here".to_owned(),
            |one| format!("{:.0} instructions", one / read),
        );
        println!("{name:>28}: {:>7.2} µs; a byte of {read}: {:.2} ns, {counted}", best / 1e3, best / read);
    }
    let (_, text) = &texts()[1];
    let best = timed(20, || heads.explain([text.as_str()], Head::Difficulty));
    println!("{:>28}: {:>7.2} µs", "why, of one head", best / 1e3);
}

/// Instructions of one guess.
fn counted(place: usize) -> Option<f64> {
    const FEW: u32 = 20;
    let of = |rounds: u32| {
        let mut valgrind = Command::new("valgrind");
        valgrind
            .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
            .arg(std::env::current_exe().ok()?);
        let said = valgrind.args([rounds.to_string(), place.to_string()]).output().ok()?;
        let said = String::from_utf8_lossy(&said.stderr).into_owned();
        let line = said.lines().find_map(|line| line.split_once("Collected : "))?;
        line.1.trim().parse::<f64>().ok()
    };
    Some((of(2 * FEW)? - of(FEW)?) / f64::from(FEW))
}

fn texts() -> [(&'static str, String); 7] {
    let english = "Could you tell me why the nightly job of our warehouse takes 3 hours since Tuesday, and how I would find out \
                   which of its 14 steps is to blame without stopping it? ";
    let thai = "ช่วยอธิบายหน่อยว่าทำไมงานกลางคืนของคลังสินค้าถึงใช้เวลาสามชั่วโมงตั้งแต่วันอังคาร ";
    let chinese = "请告诉我为什么仓库的夜间任务从星期二开始要跑三个小时，怎么找出是哪一步的问题？";
    [
        ("English, 160 letters", english.to_owned()),
        ("English, 480 letters", english.repeat(3)),
        ("English, 1,600 letters", english.repeat(10)),
        ("English, 2 MB", english.repeat(13_000)),
        ("Thai", thai.repeat(4)),
        ("Chinese", chinese.repeat(6)),
        ("decomposed", "e\u{301}a\u{308} ".repeat(120)),
    ]
}

fn timed<T>(calls: u32, work: impl Fn() -> T) -> f64 {
    let start = Instant::now();
    for _ in 0..calls {
        black_box(work());
    }
    start.elapsed().as_nanos() as f64 / f64::from(calls)
}
