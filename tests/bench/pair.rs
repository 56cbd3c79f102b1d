//! Two rates measured in turn.

/// Rounds of one pair; ours first.
#[derive(Default)]
pub struct Pair(Vec<(f64, f64)>);

impl Pair {
    /// Adds a round: our rate and the bare one.
    pub fn round(&mut self, ours: f64, bare: f64) {
        println!("  round {}: {ours:.0} beside {bare:.0}", self.0.len() + 1);
        self.0.push((ours, bare));
    }

    /// Prints the medians and whether the aim is reached.
    pub fn print(&self, ours: &str, bare: &str, aim: f64) {
        let ratio = median(self.0.iter().map(|(ours, bare)| ours / bare));
        let verdict = if ratio >= aim { "reached" } else { "NOT reached" };
        println!("{ours}: {:.0}", median(self.0.iter().map(|(ours, _)| *ours)));
        println!("{bare}: {:.0}", median(self.0.iter().map(|(_, bare)| *bare)));
        println!("ratio {ratio:.2}, aim {aim}: {verdict}\n");
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
