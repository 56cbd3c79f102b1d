//! The inner loops, over all draws of a row at once. Additions and comparisons in a fixed order: the
//! compiler may not contract or reorder them, so every machine finds the same.

use super::{Scratch, Step};
use crate::policy::{LANES, Row};
use crate::space::{MAX_FACTORS, MAX_LEVELS};

/// Adds a row.
#[expect(clippy::inline_always, reason = "compiled once per instruction set")]
#[inline(always)]
pub(crate) fn add(sum: &mut Row, other: &Row) {
    for (sum, other) in sum.0.iter_mut().zip(&other.0) {
        for (sum, other) in sum.iter_mut().zip(other) {
            *sum += other;
        }
    }
}

/// Adds a row, times a factor.
#[expect(clippy::inline_always, reason = "compiled once per instruction set")]
#[inline(always)]
pub(crate) fn add_times(sum: &mut Row, other: &Row, times: f32) {
    for (sum, other) in sum.0.iter_mut().zip(&other.0) {
        for (sum, other) in sum.iter_mut().zip(other) {
            *sum += times * other;
        }
    }
}

/// Maximises one factor out, for every combination of permitted levels of its scope.
#[expect(clippy::inline_always, reason = "compiled once per instruction set")]
#[inline(always)]
pub(super) fn eliminate(step: &Step, scratch: &mut Scratch) {
    let Scratch { rows, choices, sums, levels, .. } = scratch;
    let (before, out) = rows.split_at_mut(step.out.start);
    let own = levels[step.factor].as_slice();
    let Some((last, outer_scope)) = step.scope.split_last() else {
        add_up(step, &[0; MAX_FACTORS], own, before, sums);
        best_of_sums(own, sums, &mut out[0], &mut choices[step.choice]);
        return;
    };
    let mut at = [0; MAX_FACTORS];
    let mut turns = [0; MAX_FACTORS];
    if step.scope.iter().any(|factor| levels[*factor].is_empty()) {
        return;
    }
    for factor in outer_scope {
        at[*factor] = usize::from(levels[*factor][0]);
    }
    loop {
        add_up(step, &at, own, before, sums);
        let cell: usize = outer_scope.iter().map(|f| step.out.steps[*f] * at[*f]).sum();
        for level in &levels[*last] {
            at[*last] = usize::from(*level);
            let cell = cell + step.out.steps[*last] * at[*last];
            inner_best(
                step,
                &at,
                own,
                before,
                sums,
                (&mut out[cell], &mut choices[step.choice + cell]),
            );
        }
        // The next combination of the outer scope, the last factor fastest.
        let next = outer_scope.iter().rev().find(|factor| {
            turns[**factor] += 1;
            if turns[**factor] == levels[**factor].len() {
                turns[**factor] = 0;
            }
            at[**factor] = usize::from(levels[**factor][turns[**factor]]);
            turns[**factor] > 0
        });
        if next.is_none() {
            return;
        }
    }
}

/// What each level of the factor is worth, as far as it does not depend on the last of the scope.
#[expect(clippy::inline_always, reason = "compiled once per instruction set")]
#[inline(always)]
fn add_up(step: &Step, at: &[usize; MAX_FACTORS], own: &[u8], rows: &[Row], sums: &mut [Row]) {
    for (turn, table) in step.outer.iter().enumerate() {
        let start = place(table, step, at);
        let stride = table.steps[step.factor];
        for (sum, level) in sums.iter_mut().zip(own) {
            // In a variable of its own: a sum in memory might be one of the rows, for all the compiler
            // knows.
            let mut total = if turn == 0 { Row::ZERO } else { *sum };
            add(&mut total, &rows[start + stride * usize::from(*level)]);
            *sum = total;
        }
    }
}

#[expect(clippy::inline_always, reason = "compiled once per instruction set")]
#[inline(always)]
fn place(table: &super::Table, step: &Step, at: &[usize; MAX_FACTORS]) -> usize {
    let scope: usize = step.scope.iter().map(|factor| table.steps[*factor] * at[*factor]).sum();
    table.start + scope
}

/// The best level for one level of the last of the scope. `sums` holds what does not depend on it, and
/// room for the sums with all tables but one that do.
#[expect(clippy::inline_always, reason = "compiled once per instruction set")]
#[inline(always)]
fn inner_best(
    step: &Step,
    at: &[usize; MAX_FACTORS],
    own: &[u8],
    rows: &[Row],
    sums: &mut [Row],
    out: (&mut Row, &mut Row),
) {
    let Some((table, others)) = step.inner.split_first() else { return };
    let (sums, room) = sums.split_at_mut(MAX_LEVELS);
    let start = place(table, step, at);
    let stride = table.steps[step.factor];
    let inner = |level: u8| &rows[start + stride * usize::from(level)];
    if others.is_empty() {
        best(own, sums, inner, out.0, out.1);
        return;
    }
    for (turn, table) in others.iter().enumerate() {
        let start = place(table, step, at);
        let stride = table.steps[step.factor];
        for ((sum, with), level) in sums.iter().zip(room.iter_mut()).zip(own) {
            let mut total = if turn == 0 { *sum } else { *with };
            add(&mut total, &rows[start + stride * usize::from(*level)]);
            *with = total;
        }
    }
    best(own, room, inner, out.0, out.1);
}

#[expect(clippy::inline_always, reason = "compiled once per instruction set")]
#[inline(always)]
fn best_of_sums(own: &[u8], sums: &[Row], out: &mut Row, choice: &mut Row) {
    best(own, sums, |_| &Row::ZERO, out, choice);
}

/// The largest of the levels' sums, and which it was; the first of equals.
#[expect(clippy::inline_always, reason = "compiled once per instruction set")]
#[inline(always)]
fn best<'a>(
    own: &[u8],
    sums: &[Row],
    inner: impl Fn(u8) -> &'a Row,
    out: &mut Row,
    choice: &mut Row,
) {
    for (block, (out, choice)) in out.0.iter_mut().zip(&mut choice.0).enumerate() {
        let mut best = [f32::NEG_INFINITY; LANES];
        // A level is below 64: as f32 it is exact, and stays in the same lanes as the values.
        let mut at = [0.0_f32; LANES];
        for (sum, level) in sums.iter().zip(own) {
            let sum = &sum.0[block];
            let inner = &inner(*level).0[block];
            for lane in 0..LANES {
                let value = sum[lane] + inner[lane];
                let better = value > best[lane];
                best[lane] = if better { value } else { best[lane] };
                at[lane] = if better { f32::from(*level) } else { at[lane] };
            }
        }
        *out = best;
        *choice = at;
    }
}
