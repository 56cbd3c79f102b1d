//! The best action of every draw at once, by variable elimination: factors are maximised out one after
//! the other, the cheapest first, and found again on the way back.

mod kernel;

pub(crate) use kernel::{add, add_times};

use std::collections::BTreeSet;

use crate::masked::{Masked, bits};
use crate::policy::Row;
use crate::space::{Action, MAX_FACTORS, MAX_LEVELS, SpaceError};

/// Most cells of one table: 16 MB of draws. Messaging's grid needs 1,440.
const MAX_CELLS: usize = 1 << 16;

/// Where the rows of a table lie: its first row, and the step per level of each factor.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Table {
    start: usize,
    steps: [usize; MAX_FACTORS],
}

/// One factor maximised out.
#[derive(Debug, Clone)]
struct Step {
    factor: usize,
    /// The factors the result depends on; the last one runs fastest.
    scope: Vec<usize>,
    /// What does not depend on the last of the scope.
    outer: Vec<Table>,
    /// What does.
    inner: Vec<Table>,
    /// Where the best value goes.
    out: Table,
    /// Where the best level goes: the same table, among the choices.
    choice: usize,
}

/// An order of elimination for a graph of factors.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    sizes: Vec<usize>,
    edges: Vec<(usize, usize)>,
    unary: Vec<Table>,
    pairs: Vec<Table>,
    steps: Vec<Step>,
    rows: usize,
    choices: usize,
}

/// Memory of one decision at a time, to be used again.
#[derive(Debug, Default)]
pub struct Scratch {
    pub(crate) rows: Vec<Row>,
    choices: Vec<Row>,
    sums: Vec<Row>,
    levels: Vec<Vec<u8>>,
    pub(crate) terms: Vec<(usize, usize, f32)>,
    /// The program of the last mask that tied together more than the plan does.
    pub(crate) tied: Option<Program>,
}

impl Program {
    /// Plans for factors of these sizes, of which the edges' values depend on both levels.
    pub fn new(sizes: &[usize], edges: BTreeSet<(usize, usize)>) -> Result<Self, SpaceError> {
        let mut rows = 0;
        let mut table = |scope: &[usize]| {
            let table = Table::new(rows, scope, sizes);
            rows += cells(scope, sizes);
            table
        };
        let unary: Vec<Table> = (0..sizes.len()).map(|factor| table(&[factor])).collect();
        let edges: Vec<(usize, usize)> = edges.into_iter().collect();
        let pairs: Vec<Table> = edges.iter().map(|(low, high)| table(&[*low, *high])).collect();
        let mut open: Vec<(Vec<usize>, Table)> = unary
            .iter()
            .cloned()
            .enumerate()
            .map(|(factor, table)| (vec![factor], table))
            .collect();
        open.extend(edges.iter().map(|(low, high)| vec![*low, *high]).zip(pairs.iter().cloned()));
        let mut steps = Vec::new();
        let mut remaining: BTreeSet<usize> = (0..sizes.len()).collect();
        let mut choices = 0;
        while let Some(factor) = cheapest(&remaining, &open, sizes) {
            remaining.remove(&factor);
            let (involved, rest): (Vec<_>, Vec<_>) =
                open.into_iter().partition(|(scope, _)| scope.contains(&factor));
            open = rest;
            let scope = order_scope(&involved, factor);
            if cells(&scope, sizes).saturating_mul(sizes[factor]) > MAX_CELLS {
                return Err(SpaceError::TooEntangled);
            }
            let out = table(&scope);
            let last = scope.last().copied();
            let is_inner =
                |(scope, _): &(Vec<usize>, Table)| last.is_some_and(|l| scope.contains(&l));
            let (inner, outer): (Vec<_>, Vec<_>) = involved.into_iter().partition(is_inner);
            let tables =
                |list: Vec<(Vec<usize>, Table)>| list.into_iter().map(|(_, t)| t).collect();
            steps.push(Step {
                factor,
                outer: tables(outer),
                inner: tables(inner),
                out: out.clone(),
                choice: choices,
                scope: scope.clone(),
            });
            choices += cells(&scope, sizes);
            if !scope.is_empty() {
                open.push((scope, out));
            }
        }
        Ok(Self { sizes: sizes.to_vec(), edges, unary, pairs, steps, rows, choices })
    }

    /// The edges, in the order of [`Self::pair_row`].
    pub fn edges(&self) -> &[(usize, usize)] {
        &self.edges
    }

    /// Whether the program is one for these sizes and edges.
    pub fn fits(&self, sizes: &[usize], edges: &BTreeSet<(usize, usize)>) -> bool {
        self.sizes == sizes && self.edges.iter().eq(edges)
    }

    pub fn sizes(&self) -> &[usize] {
        &self.sizes
    }

    /// The row of a level's value.
    pub fn level_row(&self, factor: usize, level: usize) -> usize {
        self.unary[factor].start + level
    }

    /// The row of the value of two levels that meet.
    pub fn pair_row(&self, edge: usize, first: usize, second: usize) -> usize {
        self.pairs[edge].start + first * self.sizes[self.edges[edge].1] + second
    }

    /// Makes room for the values, and lists the levels that are left.
    pub fn prepare(&self, masked: &Masked, scratch: &mut Scratch) {
        scratch.rows.resize(self.rows, Row::ZERO);
        scratch.choices.resize(self.choices, Row::ZERO);
        scratch.sums.resize(2 * MAX_LEVELS, Row::ZERO);
        scratch.levels.resize(self.sizes.len(), Vec::new());
        for (factor, levels) in scratch.levels.iter_mut().enumerate() {
            levels.clear();
            levels.extend(bits(masked.allowed(factor)));
        }
    }

    /// The value of the best action of each draw, once the values of levels and pairs stand in their
    /// rows; minus infinity where no action is permitted.
    #[expect(clippy::inline_always, reason = "compiled once per instruction set")]
    #[inline(always)]
    pub fn maximise(&self, scratch: &mut Scratch) -> Row {
        let mut total = Row::ZERO;
        for step in &self.steps {
            kernel::eliminate(step, scratch);
            if step.scope.is_empty() {
                let best = scratch.rows[step.out.start];
                add(&mut total, &best);
            }
        }
        total
    }

    /// The action that gave a draw its best value.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below 64")]
    pub fn trace(&self, scratch: &Scratch, draw: usize) -> Action {
        let mut action = Action::first(self.sizes.len()).unwrap_or_else(|| unreachable!());
        for step in self.steps.iter().rev() {
            let cell: usize = step
                .scope
                .iter()
                .map(|factor| step.out.steps[*factor] * action.level(*factor))
                .sum();
            action.set(step.factor, scratch.choices[step.choice + cell].lane(draw) as u8);
        }
        action
    }
}

impl Table {
    fn new(start: usize, scope: &[usize], sizes: &[usize]) -> Self {
        let mut steps = [0; MAX_FACTORS];
        let mut step = 1;
        for factor in scope.iter().rev() {
            steps[*factor] = step;
            step *= sizes[*factor];
        }
        Self { start, steps }
    }
}

fn cells(scope: &[usize], sizes: &[usize]) -> usize {
    scope.iter().fold(1, |count: usize, factor| count.saturating_mul(sizes[*factor]))
}

/// The factor whose elimination touches fewest cells; of equals the one of most levels, then the first.
fn cheapest(
    remaining: &BTreeSet<usize>,
    open: &[(Vec<usize>, Table)],
    sizes: &[usize],
) -> Option<usize> {
    remaining.iter().copied().min_by_key(|factor| {
        let involved = open.iter().filter(|(scope, _)| scope.contains(factor));
        let scope: BTreeSet<usize> = involved.flat_map(|(scope, _)| scope.clone()).collect();
        let scope: Vec<usize> = scope.into_iter().collect();
        (cells(&scope, sizes), usize::MAX - sizes[*factor])
    })
}

/// The factors a step's result depends on; last the one that fewest tables depend on.
fn order_scope(involved: &[(Vec<usize>, Table)], factor: usize) -> Vec<usize> {
    let scope: BTreeSet<usize> = involved.iter().flat_map(|(scope, _)| scope.clone()).collect();
    let mut scope: Vec<usize> = scope.into_iter().filter(|other| *other != factor).collect();
    let uses = |other: &usize| involved.iter().filter(|(scope, _)| scope.contains(other)).count();
    scope.sort_by_key(|other| (std::cmp::Reverse(uses(other)), *other));
    scope
}
