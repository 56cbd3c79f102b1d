//! The Cholesky factor of a symmetric matrix, by blocks, and solving with it.
//!
//! Only the four operations and square roots in a fixed order, never contracted: the factor is the same to
//! the last bit on every machine. A library that picks its kernel by processor would not give that.

use pulp::{Arch, Simd, WithSimd};

/// Columns that are factorised together.
const BLOCK: usize = 32;
/// Columns of one tile: two registers of four numbers.
const TILE: usize = 8;

/// The lower triangle of a square matrix, row by row, in full rows.
#[derive(Debug, Clone)]
pub(crate) struct Lower {
    size: usize,
    rows: Vec<f64>,
}

impl Lower {
    /// From a packed lower triangle and what is added to its diagonal.
    pub fn new(packed: &[f64], diagonal: &[f64]) -> Self {
        let size = diagonal.len();
        let mut rows = vec![0.0; size * size];
        for (row, (line, extra)) in rows.chunks_exact_mut(size).zip(diagonal).enumerate() {
            let start = row * (row + 1) / 2;
            line[..=row].copy_from_slice(&packed[start..=start + row]);
            line[row] += extra;
        }
        Self { size, rows }
    }

    /// The factor L of A = LL', in place; `None` when A is not positive definite.
    pub fn factorise(mut self) -> Option<Self> {
        Arch::new().dispatch(Factorise(&mut self)).then_some(self)
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.rows[row * self.size..(row + 1) * self.size]
    }

    /// Solves L y = b in place.
    pub fn solve(&self, b: &mut [f64]) {
        for row in 0..self.size {
            let line = self.row(row);
            let known: f64 = line[..row].iter().zip(&b[..row]).map(|(l, y)| l * y).sum();
            b[row] = (b[row] - known) / line[row];
        }
    }

    /// Solves L' x = b in place for many right sides at once, one per lane.
    pub fn solve_transposed<const LANES: usize>(&self, b: &mut [[f64; LANES]]) {
        Arch::new().dispatch(SolveTransposed { factor: self, b });
    }
}

struct Factorise<'a>(&'a mut Lower);

impl WithSimd for Factorise<'_> {
    type Output = bool;

    #[expect(clippy::inline_always, reason = "compiled once per instruction set")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> bool {
        let size = self.0.size;
        (0..size).step_by(BLOCK).all(|start| {
            subtract_done(self.0, start);
            let width = BLOCK.min(size - start);
            let Some(inverse) = factorise_block(self.0, start, width) else { return false };
            finish_rows(self.0, start, width, &inverse);
            true
        })
    }
}

/// Takes from the block's columns what the columns before them explain.
#[expect(clippy::inline_always, reason = "compiled once per instruction set")]
#[inline(always)]
fn subtract_done(a: &mut Lower, start: usize) {
    let size = a.size;
    for first in (start..size.min(start + BLOCK)).step_by(TILE) {
        let width = TILE.min(size - first);
        let mut panel = vec![[0.0; TILE]; start];
        for column in 0..width {
            for (packed, value) in panel.iter_mut().zip(a.row(first + column)) {
                packed[column] = *value;
            }
        }
        for lines in a.rows[start * size..].chunks_mut(4 * size) {
            let sums = if lines.len() == 4 * size {
                tile(std::array::from_fn(|line| &lines[line * size..line * size + start]), &panel)
            } else {
                let last = lines.len() / size - 1;
                tile(
                    std::array::from_fn(|line| {
                        let line = line.min(last);
                        &lines[line * size..line * size + start]
                    }),
                    &panel,
                )
            };
            for (line, sums) in lines.chunks_exact_mut(size).zip(&sums) {
                for (value, sum) in line[first..first + width].iter_mut().zip(sums) {
                    *value -= sum;
                }
            }
        }
    }
}

/// The products of four rows with the columns of a panel.
#[expect(clippy::inline_always, reason = "compiled once per instruction set")]
#[inline(always)]
fn tile(rows: [&[f64]; 4], panel: &[[f64; TILE]]) -> [[f64; TILE]; 4] {
    let mut sums = [[0.0; TILE]; 4];
    let [a, b, c, d] = rows;
    for ((((a, b), c), d), column) in a.iter().zip(b).zip(c).zip(d).zip(panel) {
        for (sums, value) in sums.iter_mut().zip([a, b, c, d]) {
            for (sum, other) in sums.iter_mut().zip(column) {
                *sum += value * other;
            }
        }
    }
    sums
}

/// Factorises the block on the diagonal; gives the transpose of its factor's inverse.
fn factorise_block(a: &mut Lower, start: usize, width: usize) -> Option<[[f64; BLOCK]; BLOCK]> {
    let mut factor = [[0.0; BLOCK]; BLOCK];
    for row in 0..width {
        for column in 0..=row {
            let known: f64 = (0..column).map(|k| factor[row][k] * factor[column][k]).sum();
            let rest = a.rows[(start + row) * a.size + start + column] - known;
            factor[row][column] = if row > column {
                rest / factor[column][column]
            } else if rest > 0.0 {
                rest.sqrt()
            } else {
                return None;
            };
        }
        let line = (start + row) * a.size + start;
        a.rows[line..=line + row].copy_from_slice(&factor[row][..=row]);
    }
    let mut inverse = [[0.0; BLOCK]; BLOCK];
    for (column, solved) in inverse.iter_mut().enumerate().take(width) {
        for row in column..width {
            let unit = f64::from(u8::from(row == column));
            let known: f64 = (column..row).map(|k| factor[row][k] * solved[k]).sum();
            solved[row] = (unit - known) / factor[row][row];
        }
    }
    Some(inverse)
}

/// The rows below the block: their part of the factor.
#[expect(clippy::inline_always, reason = "compiled once per instruction set")]
#[inline(always)]
fn finish_rows(a: &mut Lower, start: usize, width: usize, inverse: &[[f64; BLOCK]; BLOCK]) {
    let size = a.size;
    for line in a.rows[(start + width) * size..].chunks_exact_mut(size) {
        let mut sums = [0.0; BLOCK];
        for (value, column) in line[start..start + width].iter().zip(inverse) {
            for (sum, other) in sums.iter_mut().zip(column) {
                *sum += value * other;
            }
        }
        line[start..start + width].copy_from_slice(&sums[..width]);
    }
}

struct SolveTransposed<'a, const LANES: usize> {
    factor: &'a Lower,
    b: &'a mut [[f64; LANES]],
}

impl<const LANES: usize> WithSimd for SolveTransposed<'_, LANES> {
    type Output = ();

    #[expect(clippy::inline_always, reason = "compiled once per instruction set")]
    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        for row in (0..self.factor.size).rev() {
            let line = self.factor.row(row);
            let (before, solved) = self.b.split_at_mut(row);
            for value in &mut solved[0] {
                *value /= line[row];
            }
            // A copy of its own: the compiler need not fear that it is among what changes.
            let solved = solved[0];
            for (values, factor) in before.iter_mut().zip(line) {
                let factor = *factor;
                for (value, known) in values.iter_mut().zip(&solved) {
                    *value -= factor * known;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::DecisionStream;
    use proptest::prelude::*;

    /// The packed lower triangle of BB', of low rank.
    fn gram(size: usize, rank: usize, seed: u64) -> Vec<f64> {
        let mut stream = DecisionStream::new(seed);
        let b: Vec<Vec<f64>> =
            (0..size).map(|_| (0..rank).map(|_| stream.normal()).collect()).collect();
        let cell = |i: usize, j: usize| b[i].iter().zip(&b[j]).map(|(x, y)| x * y).sum();
        (0..size).flat_map(|i| (0..=i).map(move |j| (i, j))).map(|(i, j)| cell(i, j)).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn the_factor_times_its_transpose_is_the_matrix(size in 1usize..140, seed: u64) {
            let packed = gram(size, 7, seed);
            let factor = Lower::new(&packed, &vec![0.5; size]).factorise().unwrap();
            for i in 0..size {
                for j in 0..=i {
                    let product: f64 = (0..=j).map(|k| factor.row(i)[k] * factor.row(j)[k]).sum();
                    let extra = if i == j { 0.5 } else { 0.0 };
                    prop_assert!((product - packed[i * (i + 1) / 2 + j] - extra).abs() < 1e-9);
                }
            }
        }

        #[test]
        fn solving_undoes_multiplying(size in 1usize..80, seed: u64) {
            let factor = Lower::new(&gram(size, 5, seed), &vec![1.0; size]).factorise().unwrap();
            let wanted: Vec<f64> = {
                let mut stream = DecisionStream::new(seed ^ 1);
                (0..size).map(|_| stream.normal()).collect()
            };
            let dot = |x: &[f64], y: &[f64]| -> f64 { x.iter().zip(y).map(|(x, y)| x * y).sum() };
            let mut b: Vec<f64> = (0..size).map(|i| dot(&factor.row(i)[..=i], &wanted)).collect();
            factor.solve(&mut b);
            prop_assert!(b.iter().zip(&wanted).all(|(x, y)| (x - y).abs() < 1e-9));
            let below = |j: usize| (j..size).map(|i| factor.row(i)[j] * wanted[i]).sum::<f64>();
            let mut lanes: Vec<[f64; 2]> = (0..size).map(|j| [below(j), 2.0 * below(j)]).collect();
            factor.solve_transposed(&mut lanes);
            prop_assert!(lanes.iter().zip(&wanted)
                .all(|([x, twice], y)| (x - y).abs() < 1e-9 && (twice - 2.0 * y).abs() < 1e-9));
        }
    }

    #[test]
    fn the_factor_is_the_same_to_the_last_bit_without_vector_instructions() {
        let start = || Lower::new(&gram(150, 9, 3), &[0.7; 150]);
        let mut plain = start();
        assert!(Factorise(&mut plain).with_simd(pulp::Scalar::new()));
        assert_eq!(plain.rows, start().factorise().unwrap().rows);
    }

    #[test]
    fn a_matrix_that_is_not_positive_definite_has_no_factor() {
        assert!(Lower::new(&[1.0, 2.0, 1.0], &[0.0, 0.0]).factorise().is_none());
        assert!(Lower::new(&[1.0, 0.0, f64::NAN], &[0.0, 0.0]).factorise().is_none());
    }
}
