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

/// A table with the factors it depends on.
type Open = (Vec<usize>, Table);

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
        let edges: Vec<(usize, usize)> = edges.into_iter().collect();
        let mut program = Self {
            sizes: sizes.to_vec(),
            unary: Vec::new(),
            pairs: Vec::new(),
            steps: Vec::new(),
            rows: 0,
            choices: 0,
            edges,
        };
        let mut open = Vec::new();
        for factor in 0..sizes.len() {
            let table = program.table(&[factor]);
            program.unary.push(table.clone());
            open.push((vec![factor], table));
        }
        for (low, high) in program.edges.clone() {
            let table = program.table(&[low, high]);
            program.pairs.push(table.clone());
            open.push((vec![low, high], table));
        }
        let mut remaining: BTreeSet<usize> = (0..sizes.len()).collect();
        while let Some(factor) = cheapest(&remaining, &open, sizes) {
            remaining.remove(&factor);
            program.take_out(factor, &mut open)?;
        }
        Ok(program)
    }

    /// Reserves rows for a table.
    fn table(&mut self, scope: &[usize]) -> Table {
        let table = Table::new(self.rows, scope, &self.sizes);
        self.rows += cells(scope, &self.sizes);
        table
    }

    /// Plans how a factor is maximised out of the tables that are open.
    fn take_out(&mut self, factor: usize, open: &mut Vec<Open>) -> Result<(), SpaceError> {
        let (involved, rest): (Vec<_>, Vec<_>) =
            open.drain(..).partition(|(scope, _)| scope.contains(&factor));
        *open = rest;
        let scope = order_scope(&involved, factor);
        if cells(&scope, &self.sizes).saturating_mul(self.sizes[factor]) > MAX_CELLS {
            return Err(SpaceError::TooEntangled);
        }
        let out = self.table(&scope);
        let last = scope.last().copied();
        let is_inner = |(scope, _): &Open| last.is_some_and(|last| scope.contains(&last));
        let (inner, outer): (Vec<_>, Vec<_>) = involved.into_iter().partition(is_inner);
        let tables = |list: Vec<Open>| list.into_iter().map(|(_, table)| table).collect();
        let choice = self.choices;
        self.choices += cells(&scope, &self.sizes);
        if !scope.is_empty() {
            open.push((scope.clone(), out.clone()));
        }
        let (outer, inner) = (tables(outer), tables(inner));
        self.steps.push(Step { factor, scope, outer, inner, out, choice });
        Ok(())
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
fn cheapest(remaining: &BTreeSet<usize>, open: &[Open], sizes: &[usize]) -> Option<usize> {
    remaining.iter().copied().min_by_key(|factor| {
        let involved = open.iter().filter(|(scope, _)| scope.contains(factor));
        let scope: BTreeSet<usize> = involved.flat_map(|(scope, _)| scope.clone()).collect();
        let scope: Vec<usize> = scope.into_iter().collect();
        (cells(&scope, sizes), usize::MAX - sizes[*factor])
    })
}

/// The factors a step's result depends on; last the one that fewest tables depend on.
fn order_scope(involved: &[Open], factor: usize) -> Vec<usize> {
    let scope: BTreeSet<usize> = involved.iter().flat_map(|(scope, _)| scope.clone()).collect();
    let mut scope: Vec<usize> = scope.into_iter().filter(|other| *other != factor).collect();
    let uses = |other: &usize| involved.iter().filter(|(scope, _)| scope.contains(other)).count();
    scope.sort_by_key(|other| (std::cmp::Reverse(uses(other)), *other));
    scope
}
