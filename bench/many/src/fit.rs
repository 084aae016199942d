//! Gaussian beliefs about a few numbers at once, made surer by what was seen of sums of them. Small and exact: a precision
//! matrix, solved by Cholesky.

/// Beliefs about numbers, as precision and precision times mean.
#[derive(Debug, Clone)]
pub struct Beliefs {
    size: usize,
    precision: Vec<f64>,
    weighted: Vec<f64>,
}

impl Beliefs {
    /// Nothing is believed about so many numbers.
    #[must_use]
    pub fn none(size: usize) -> Self {
        Self { size, precision: vec![0.0; size * size], weighted: vec![0.0; size] }
    }

    /// A sum of some of the numbers, each times something, was seen to be `seen`, with this variance.
    pub fn see(&mut self, parts: &[(usize, f64)], seen: f64, variance: f64) {
        let weight = 1.0 / variance;
        for (one, times) in parts {
            if let Some(cell) = self.weighted.get_mut(*one) {
                *cell += times * seen * weight;
            }
            for (other, again) in parts {
                if let Some(cell) = self.precision.get_mut(one * self.size + other) {
                    *cell += times * again * weight;
                }
            }
        }
    }

    /// What is believed now: means and variances. Numbers of which nothing was ever seen are nought, as sure as nothing is.
    #[must_use]
    pub fn solve(&self) -> (Vec<f64>, Vec<f64>) {
        let lower = self.cholesky();
        let mean = self.back(&lower, self.weighted.clone());
        let variance = (0..self.size).map(|at| {
            let mut unit = vec![0.0; self.size];
            unit[at] = 1.0;
            self.back(&lower, unit)[at]
        });
        (mean, variance.collect())
    }

    fn cholesky(&self) -> Vec<f64> {
        let n = self.size;
        let mut lower = vec![0.0; n * n];
        for row in 0..n {
            for column in 0..=row {
                let known: f64 = (0..column).map(|k| lower[row * n + k] * lower[column * n + k]).sum();
                let left = self.precision[row * n + column] - known;
                lower[row * n + column] =
                    if row == column { left.max(1e-9).sqrt() } else { left / lower[column * n + column] };
            }
        }
        lower
    }

    fn back(&self, lower: &[f64], mut right: Vec<f64>) -> Vec<f64> {
        let n = self.size;
        for row in 0..n {
            let known: f64 = (0..row).map(|k| lower[row * n + k] * right[k]).sum();
            right[row] = (right[row] - known) / lower[row * n + row];
        }
        for row in (0..n).rev() {
            let known: f64 = (row + 1..n).map(|k| lower[k * n + row] * right[k]).sum();
            right[row] = (right[row] - known) / lower[row * n + row];
        }
        right
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_seen_is_weighed_by_how_sure_it_is() {
        let mut beliefs = Beliefs::none(2);
        beliefs.see(&[(0, 1.0)], 0.0, 1.0);
        beliefs.see(&[(1, 1.0)], 0.0, 1.0);
        beliefs.see(&[(0, 1.0)], 1.0, 1.0);
        beliefs.see(&[(0, 1.0), (1, 1.0)], 2.0, 0.5);
        let (mean, variance) = beliefs.solve();
        // By hand: precision [[4, 2], [2, 3]], right side [5, 4].
        assert!((mean[0] - 7.0 / 8.0).abs() < 1e-9 && (mean[1] - 6.0 / 8.0).abs() < 1e-9, "{mean:?}");
        assert!((variance[0] - 3.0 / 8.0).abs() < 1e-9 && (variance[1] - 0.5).abs() < 1e-9, "{variance:?}");
    }
}
