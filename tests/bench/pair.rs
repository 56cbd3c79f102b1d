//! Two rates measured in turn.

use crate::table::{Goal, Row};

/// Rounds of one pair; ours first.
#[derive(Default)]
pub struct Pair(Vec<(f64, f64)>);

impl Pair {
    /// Adds a round: our rate and the bare one.
    pub fn round(&mut self, ours: f64, bare: f64) {
        println!("  round {}: {ours:.0} beside {bare:.0}", self.0.len() + 1);
        self.0.push((ours, bare));
    }

    /// Tells the medians; the goal is the least ratio.
    pub fn tell(&self, measure: &str, goal: f64) {
        let ratio = median(self.0.iter().map(|(ours, bare)| ours / bare));
        let bare = median(self.0.iter().map(|(_, bare)| *bare));
        let ours = median(self.0.iter().map(|(ours, _)| *ours));
        Row { measure, ours, beside: Some((bare, ratio)), goal: Goal::AtLeast(goal) }.tell();
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
