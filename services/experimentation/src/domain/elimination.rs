//! Variable elimination: exact sums, maxima, draws and marginals over a factored space with
//! forbidden pairs, without walking through every combination.
//!
//! The weight of an action is the product of its levels' weights, or 0 where a pair is forbidden.
//! Factors are summed (or maximised) out one by one, the cheapest first; going back through the same
//! steps in reverse draws an action from the exact distribution.

use std::collections::BTreeSet;

use super::space::{MaskedSpace, SpaceError};

/// Largest table of intermediate values, in cells: 8 MB. Messaging's grid needs a few thousand.
const MAX_CELLS: usize = 1 << 20;

/// How a factor is taken out of the sum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reduce {
    /// Add up: totals and draws.
    Sum,
    /// Keep the best: the highest-weighted action.
    Max,
}

#[derive(Debug, Clone)]
struct Table {
    /// The factors the table depends on, ascending; the last runs fastest.
    scope: Vec<usize>,
    values: Vec<f64>,
}

struct Step {
    factor: usize,
    /// The product of everything that depended on the factor when it was taken out.
    product: Table,
}

/// A space whose factors have been taken out in order.
pub struct Elimination {
    steps: Vec<Step>,
    sizes: Vec<usize>,
    /// The sum (or maximum) over all permitted actions; 0 when the mask leaves none.
    pub total: f64,
}

impl Elimination {
    /// Takes out every factor. `weights[factor][level]` are finite and not negative; a level that
    /// may not be chosen weighs 0.
    pub fn new(
        space: &MaskedSpace,
        weights: &[Vec<f64>],
        reduce: Reduce,
    ) -> Result<Self, SpaceError> {
        let sizes: Vec<usize> = weights.iter().map(Vec::len).collect();
        let mut tables = start_tables(space, weights);
        let mut remaining: BTreeSet<usize> = (0..sizes.len()).collect();
        let mut steps = Vec::with_capacity(sizes.len());
        while let Some(factor) = cheapest(&remaining, &tables, &sizes) {
            remaining.remove(&factor);
            let (involved, rest): (Vec<_>, Vec<_>) =
                tables.into_iter().partition(|table| table.scope.contains(&factor));
            let product = multiply(&involved, &sizes)?;
            tables = rest;
            tables.push(reduce_out(&product, factor, &sizes, reduce));
            steps.push(Step { factor, product });
        }
        let total = tables.iter().flat_map(|table| &table.values).product();
        Ok(Self { steps, sizes, total })
    }

    /// Walks the steps backwards; `pick` gets the weights of one factor's levels, given the levels
    /// chosen so far, and names one. `None` when the mask leaves no action.
    pub fn trace(&self, mut pick: impl FnMut(&[f64]) -> usize) -> Option<Vec<usize>> {
        if self.total <= 0.0 {
            return None;
        }
        let mut action = vec![0; self.sizes.len()];
        for step in self.steps.iter().rev() {
            let weights: Vec<f64> = (0..self.sizes[step.factor])
                .map(|level| {
                    action[step.factor] = level;
                    step.product.values[cell(&step.product.scope, &self.sizes, &action)]
                })
                .collect();
            action[step.factor] = pick(&weights);
        }
        Some(action)
    }
}

/// The weight of one action under the same rules; 0 for an action the mask forbids.
pub fn weight_of(space: &MaskedSpace, weights: &[Vec<f64>], action: &[usize]) -> f64 {
    if !space.permits(action) {
        return 0.0;
    }
    action.iter().enumerate().map(|(factor, level)| weights[factor][*level]).product()
}

/// The share of the total that goes to actions with the chosen level, for each factor of `action`.
pub fn marginals(
    space: &MaskedSpace,
    weights: &[Vec<f64>],
    total: f64,
    action: &[usize],
) -> Result<Vec<f64>, SpaceError> {
    let mut pinned = weights.to_vec();
    let mut shares = Vec::with_capacity(action.len());
    for (factor, level) in action.iter().enumerate() {
        let original = pinned[factor].clone();
        pinned[factor].fill(0.0);
        pinned[factor][*level] = original[*level];
        shares.push(Elimination::new(space, &pinned, Reduce::Sum)?.total / total);
        pinned[factor] = original;
    }
    Ok(shares)
}

fn start_tables(space: &MaskedSpace, weights: &[Vec<f64>]) -> Vec<Table> {
    let single = |(factor, values): (usize, &Vec<f64>)| Table {
        scope: vec![factor],
        values: values.clone(),
    };
    let pair = |(low, high): &(usize, usize)| {
        let forbidden = &space.forbidden[&(*low, *high)];
        let cells = (0..weights[*low].len())
            .flat_map(|first| (0..weights[*high].len()).map(move |second| (first, second)));
        let values = cells.map(|pair| f64::from(u8::from(!forbidden.contains(&pair)))).collect();
        Table { scope: vec![*low, *high], values }
    };
    weights.iter().enumerate().map(single).chain(space.forbidden.keys().map(pair)).collect()
}

/// The factor whose product table is smallest; ties go to the first, so that a run repeats.
fn cheapest(remaining: &BTreeSet<usize>, tables: &[Table], sizes: &[usize]) -> Option<usize> {
    remaining.iter().copied().min_by_key(|factor| {
        let involved = tables.iter().filter(|table| table.scope.contains(factor));
        let scope: BTreeSet<usize> = involved.flat_map(|table| table.scope.clone()).collect();
        cells(scope.iter(), sizes)
    })
}

fn cells<'a>(scope: impl Iterator<Item = &'a usize>, sizes: &[usize]) -> usize {
    scope.fold(1, |count: usize, factor| count.saturating_mul(sizes[*factor]))
}

fn multiply(tables: &[Table], sizes: &[usize]) -> Result<Table, SpaceError> {
    let scope: BTreeSet<usize> = tables.iter().flat_map(|table| table.scope.clone()).collect();
    let scope: Vec<usize> = scope.into_iter().collect();
    let count = cells(scope.iter(), sizes);
    if count > MAX_CELLS {
        return Err(SpaceError::TooEntangled);
    }
    let mut action = vec![0; sizes.len()];
    let values = (0..count)
        .map(|index| {
            place(index, &scope, sizes, &mut action);
            tables.iter().map(|table| table.values[cell(&table.scope, sizes, &action)]).product()
        })
        .collect();
    Ok(Table { scope, values })
}

fn reduce_out(product: &Table, factor: usize, sizes: &[usize], reduce: Reduce) -> Table {
    let scope: Vec<usize> =
        product.scope.iter().copied().filter(|other| *other != factor).collect();
    let mut action = vec![0; sizes.len()];
    let values = (0..cells(scope.iter(), sizes))
        .map(|index| {
            place(index, &scope, sizes, &mut action);
            (0..sizes[factor]).fold(0.0, |so_far: f64, level| {
                action[factor] = level;
                let value = product.values[cell(&product.scope, sizes, &action)];
                if reduce == Reduce::Sum { so_far + value } else { so_far.max(value) }
            })
        })
        .collect();
    Table { scope, values }
}

/// Where the action's levels stand in a table over `scope`.
fn cell(scope: &[usize], sizes: &[usize], action: &[usize]) -> usize {
    scope.iter().fold(0, |index, factor| index * sizes[*factor] + action[*factor])
}

/// The inverse of [`cell`]: writes the levels of cell `index` into `action`.
fn place(mut index: usize, scope: &[usize], sizes: &[usize], action: &mut [usize]) {
    for factor in scope.iter().rev() {
        action[*factor] = index % sizes[*factor];
        index /= sizes[*factor];
    }
}
