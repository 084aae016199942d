//! Steps down a slope that remember the last ones, in a fixed order: the same slopes give the same weights to the last bit.

/// Steps remembered to guess the curvature from.
const MEMORY: usize = 8;

/// L-BFGS with halved steps, so many at most. `loss_of` says what weights cost, and in which way that grows.
pub(crate) fn descend(
    passes: usize,
    weights: &mut Vec<f32>,
    mut loss_of: impl FnMut(&[f32], &mut [f32]) -> f64,
) {
    let size = weights.len();
    let (mut slope, mut next) = (vec![0.0; size], vec![0.0; size]);
    let mut loss = loss_of(weights, &mut slope);
    let mut steps: Vec<(Vec<f32>, Vec<f32>, f64)> = Vec::new();
    for _ in 0..passes {
        let direction = direction(&slope, &steps);
        let down = dot(&direction, &slope);
        if down > -1e-9 {
            return;
        }
        let mut length = if steps.is_empty() { 1.0 / dot(&slope, &slope).sqrt().max(1e-9) } else { 1.0 };
        let start = weights.clone();
        let reached = loop {
            let moved = start.iter().zip(&direction).map(|(from, by)| from + length as f32 * by);
            weights.clear();
            weights.extend(moved);
            let reached = loss_of(weights, &mut next);
            if reached <= loss + 1e-4 * length * down {
                break reached;
            }
            length *= 0.5;
            if length < 1e-6 {
                *weights = start;
                return;
            }
        };
        let step: Vec<f32> = weights.iter().zip(&start).map(|(to, from)| to - from).collect();
        let turn: Vec<f32> = next.iter().zip(&slope).map(|(to, from)| to - from).collect();
        let curve = dot(&step, &turn);
        if curve > 1e-12 {
            steps.push((step, turn, 1.0 / curve));
        }
        if steps.len() > MEMORY {
            steps.remove(0);
        }
        std::mem::swap(&mut slope, &mut next);
        let gain = loss - reached;
        loss = reached;
        if gain < 1e-6 * loss.abs() {
            return;
        }
    }
}

fn direction(slope: &[f32], steps: &[(Vec<f32>, Vec<f32>, f64)]) -> Vec<f32> {
    let mut direction: Vec<f32> = slope.iter().map(|value| -value).collect();
    let mut shares = Vec::new();
    for (step, turn, inverse) in steps.iter().rev() {
        let share = inverse * dot(step, &direction);
        add(&mut direction, turn, -share);
        shares.push(share);
    }
    if let Some((_, turn, inverse)) = steps.last() {
        let scale = (1.0 / (inverse * dot(turn, turn))) as f32;
        direction.iter_mut().for_each(|value| *value *= scale);
    }
    for ((step, turn, inverse), share) in steps.iter().zip(shares.iter().rev()) {
        let back = inverse * dot(turn, &direction);
        add(&mut direction, step, share - back);
    }
    direction
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    // Eight sums side by side, always in the same order.
    let mut sums = [0.0_f64; 8];
    let (many, rest) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    for (a, b) in many.0.iter().zip(rest.0) {
        for at in 0..8 {
            sums[at] += f64::from(a[at]) * f64::from(b[at]);
        }
    }
    let last: f64 = many.1.iter().zip(rest.1).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
    sums.iter().sum::<f64>() + last
}

fn add(to: &mut [f32], what: &[f32], times: f64) {
    let times = times as f32;
    to.iter_mut().zip(what).for_each(|(to, what)| *to += times * what);
}
