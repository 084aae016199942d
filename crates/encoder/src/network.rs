//! The network: what tokens mean by themselves and among their neighbours, added up, then three layers that make a text's
//! vector of the sum. Layer for layer and in the order of the package, whose results these are.

use fearless_simd::Level;

use crate::encoder::DIMS;
use crate::file::{BadEncoder, Reader};
use crate::matrix::Matrix;

/// Numbers of a branch.
const BRANCH: usize = 256;
/// The branches: tokens in a window, and how many of them stand before its own.
pub(crate) const WINDOWS: [(usize, usize); 3] = [(2, 0), (3, 1), (5, 2)];
/// Tokens of nought before and behind a text, so that all windows are whole.
const EDGE: usize = 2;
/// Numbers that a token has in all.
const FEATURES: usize = DIMS + WINDOWS.len() * BRANCH;
/// Numbers of the layers between.
const HIDDEN: usize = 320;

/// Matrices in the order in which they stand in a file: the name in the package's archive, rows, columns.
pub(crate) const MATRICES: [(&str, usize, usize); 16] = [
    ("proj2", DIMS, BRANCH),
    ("proj3", DIMS, BRANCH),
    ("proj5", DIMS, BRANCH),
    ("w1_2", 2 * BRANCH, BRANCH),
    ("w1_3", 3 * BRANCH, BRANCH),
    ("w1_5", 5 * BRANCH, BRANCH),
    ("w2_2", 2 * BRANCH, BRANCH),
    ("w2_3", 3 * BRANCH, BRANCH),
    ("w2_5", 5 * BRANCH, BRANCH),
    ("cnn_W", FEATURES, DIMS),
    ("d0", DIMS, HIDDEN),
    ("p1", DIMS, HIDDEN),
    ("d1", HIDDEN, HIDDEN),
    ("d2", HIDDEN, DIMS),
    ("p3", HIDDEN, DIMS),
    ("d3", DIMS, DIMS),
];

/// Vectors likewise: the names of those that stand side by side, and their length together.
pub(crate) const VECTORS: [(&[&str], usize); 8] = [
    (&["proj_b2", "proj_b3", "proj_b5"], 3 * BRANCH),
    (&["ln_g2", "ln_g3", "ln_g5"], 3 * BRANCH),
    (&["ln_b2", "ln_b3", "ln_b5"], 3 * BRANCH),
    (&["b1_2", "b1_3", "b1_5"], 3 * BRANCH),
    (&["b2_2", "b2_3", "b2_5"], 3 * BRANCH),
    (&["ln_g"], FEATURES),
    (&["ln_b"], FEATURES),
    (&["cnn_b"], DIMS),
];

/// Added to what is divided by.
const EPSILON: f32 = 1e-12;

/// What is learned of a norm.
#[derive(Debug)]
struct Norm {
    gain: Vec<f32>,
    shift: Vec<f32>,
}

/// A branch: two steps over windows, with what is added in each.
#[derive(Debug)]
struct Branch {
    steps: [(Matrix, Vec<f32>); 2],
    tokens: usize,
    before: usize,
}

/// The network.
#[derive(Debug)]
pub(crate) struct Network {
    level: Level,
    own: [Matrix; 3],
    own_shift: Vec<f32>,
    own_norm: Norm,
    branches: [Branch; 3],
    norm: Norm,
    sum: Matrix,
    sum_shift: Vec<f32>,
    d0: Matrix,
    p1: Matrix,
    d1: Matrix,
    d2: Matrix,
    p3: Matrix,
    d3: Matrix,
}

impl Network {
    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, BadEncoder> {
        let mut matrices = Vec::new();
        for (_, rows, columns) in MATRICES {
            matrices.push(Matrix::read(reader, rows, columns)?);
        }
        let mut vectors = Vec::new();
        for (_, length) in VECTORS {
            let vector = reader.floats()?;
            if vector.len() != length || !vector.iter().all(|value| value.is_finite()) {
                return Err(BadEncoder::Senseless("layers"));
            }
            vectors.push(vector);
        }
        let senseless = BadEncoder::Senseless("layers");
        let [proj2, proj3, proj5, a2, a3, a5, b2, b3, b5, sum, d0, p1, d1, d2, p3, d3] =
            <[Matrix; 16]>::try_from(matrices).map_err(|_| senseless.clone())?;
        let [own_shift, own_gain, own_norm, first, second, gain, shift, sum_shift] =
            <[Vec<f32>; 8]>::try_from(vectors).map_err(|_| senseless)?;
        let part = |all: &[f32], at: usize| all[at * BRANCH..(at + 1) * BRANCH].to_vec();
        let branch = |at: usize, a: Matrix, b: Matrix| {
            let (tokens, before) = WINDOWS[at];
            Branch { steps: [(a, part(&first, at)), (b, part(&second, at))], tokens, before }
        };
        Ok(Self {
            level: Level::new(),
            own: [proj2, proj3, proj5],
            own_shift,
            own_norm: Norm { gain: own_gain, shift: own_norm },
            branches: [branch(0, a2, b2), branch(1, a3, b3), branch(2, a5, b5)],
            norm: Norm { gain, shift },
            sum,
            sum_shift,
            d0,
            p1,
            d1,
            d2,
            p3,
            d3,
        })
    }

    /// The vector of a text whose tokens have these.
    pub(crate) fn run(&self, tokens: &[[f32; DIMS]]) -> [f32; DIMS] {
        let own = self.own(tokens);
        let mut features: Vec<[f32; FEATURES]> = vec![[0.0; FEATURES]; tokens.len()];
        for (features, token) in features.iter_mut().zip(tokens) {
            features[..DIMS].copy_from_slice(token);
        }
        for (at, branch) in self.branches.iter().enumerate() {
            let seen = branch.run(self.level, &own, at);
            for (features, seen) in features.iter_mut().zip(&seen[EDGE..]) {
                features[DIMS + at * BRANCH..][..BRANCH].copy_from_slice(seen);
            }
        }
        let mut total = [0.0; FEATURES];
        for features in &mut features {
            self.norm.apply(features);
            for (total, value) in total.iter_mut().zip(features) {
                *total += *value;
            }
        }
        self.outer(&total, tokens.len())
    }

    /// What each token brings to the branches, those side by side.
    fn own(&self, tokens: &[[f32; DIMS]]) -> Vec<[f32; 3 * BRANCH]> {
        let mut own: Vec<[f32; 3 * BRANCH]> = vec![[0.0; 3 * BRANCH]; tokens.len()];
        for (at, matrix) in self.own.iter().enumerate() {
            matrix.multiply(
                self.level,
                (tokens.as_flattened(), DIMS, tokens.len()),
                |row, column, values| {
                    let place = at * BRANCH + column;
                    let shift = &self.own_shift[place..];
                    for ((own, value), shift) in own[row][place..].iter_mut().zip(values).zip(shift) {
                        *own = value + shift;
                    }
                },
            );
        }
        for row in &mut own {
            self.own_norm.apply(row);
        }
        own
    }

    /// From the sum over tokens to the vector.
    fn outer(&self, total: &[f32; FEATURES], count: usize) -> [f32; DIMS] {
        #[expect(clippy::cast_precision_loss, reason = "a hundred tokens")]
        let count = count as f32;
        let mut mean = [0.0; DIMS];
        self.sum.add_to(self.level, total, &mut mean);
        for (mean, shift) in mean.iter_mut().zip(&self.sum_shift) {
            *mean = (*mean + count * shift) / count.sqrt();
        }
        let layer = |parts: &[(&Matrix, &[f32])], out: &mut [f32]| {
            for (matrix, input) in parts {
                matrix.add_to(self.level, input, out);
            }
        };
        let (mut y0, mut y1, mut y2, mut z) = ([0.0; HIDDEN], [0.0; HIDDEN], [0.0; DIMS], [0.0; DIMS]);
        layer(&[(&self.d0, &mean)], &mut y0);
        y0.iter_mut().for_each(positive);
        layer(&[(&self.p1, &mean), (&self.d1, &y0)], &mut y1);
        y1.iter_mut().for_each(positive);
        layer(&[(&self.d2, &y1)], &mut y2);
        y2.iter_mut().for_each(positive);
        layer(&[(&self.p3, &y1), (&self.d3, &y2)], &mut z);
        z.iter_mut().for_each(|value| *value = value.tanh());
        let length = z.iter().map(|value| value * value).sum::<f32>().max(EPSILON).sqrt();
        z.map(|value| value / length)
    }
}

impl Branch {
    /// Both steps over all windows. What is given and taken has empty tokens at its edges.
    fn run(&self, level: Level, own: &[[f32; 3 * BRANCH]], at: usize) -> Vec<[f32; BRANCH]> {
        let mut now: Vec<[f32; BRANCH]> = vec![[0.0; BRANCH]; own.len() + 2 * EDGE];
        for (now, own) in now[EDGE..].iter_mut().zip(own) {
            now.copy_from_slice(&own[at * BRANCH..][..BRANCH]);
        }
        for (matrix, shift) in &self.steps {
            let mut next = now.clone();
            let windows = &now.as_flattened()[(EDGE - self.before) * BRANCH..];
            matrix.multiply(level, (windows, BRANCH, own.len()), |row, column, values| {
                let shift = &shift[column..];
                for ((next, value), shift) in next[EDGE + row][column..].iter_mut().zip(values).zip(shift) {
                    *next += (value + shift).max(0.0);
                }
            });
            now = next;
        }
        debug_assert!(
            self.before <= EDGE && self.tokens <= self.before + 1 + EDGE,
            "windows stay within the edges"
        );
        now
    }
}

impl Norm {
    fn apply(&self, values: &mut [f32]) {
        #[expect(clippy::cast_precision_loss, reason = "a thousand numbers")]
        let count = values.len() as f32;
        let mean = sum(values, |value| value) / count;
        values.iter_mut().for_each(|value| *value -= mean);
        let scale = 1.0 / (sum(values, |value| value * value) / count + EPSILON).sqrt();
        for ((value, gain), shift) in values.iter_mut().zip(&self.gain).zip(&self.shift) {
            *value = *value * scale * gain + shift;
        }
    }
}

/// A sum in several, which a processor adds up side by side.
fn sum(values: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = values.as_chunks::<16>();
    let mut sums = [0.0; 16];
    for chunk in chunks {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += of(*value);
        }
    }
    sums.iter().sum::<f32>() + rest.iter().copied().map(of).sum::<f32>()
}

fn positive(value: &mut f32) {
    *value = value.max(0.0);
}
