//! Vowpal Wabbit on the same contexts in the same run: its slates over the whole grid, and its squareCB
//! on candidates sampled from it.

use std::path::PathBuf;
use std::process::Command;

use kulanz_policy::{Scratch, decide};
use serde_json::{Value, json};

use crate::world::World;
use crate::{print, times};

/// Runs both, or says why only one.
pub fn run(world: &World) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let install = Command::new(root.join("scripts/tools.sh")).arg("vowpalwabbit").status();
    if !install.is_ok_and(|status| status.success()) {
        println!("Vowpal Wabbit: left out, as it could not be installed (python3 with venv, pip)");
        return;
    }
    let home = std::env::var("HOME").unwrap_or_default();
    let tools = std::env::var("KULANZ_TOOLS").unwrap_or(format!("{home}/.cache/kulanz/tools"));
    let input = std::env::temp_dir().join(format!("kulanz-vowpal-{}.json", std::process::id()));
    std::fs::write(&input, contexts(world).to_string()).unwrap();
    let output = Command::new(PathBuf::from(tools).join("bin/vowpal-python"))
        .arg(root.join("tests/bench/policy/vowpal.py"))
        .arg(&input)
        .output()
        .unwrap();
    std::fs::remove_file(&input).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
    for (what, figure) in figures.as_object().unwrap() {
        let at = |percentile: &str| figure[percentile].as_f64().unwrap();
        println!("Vowpal Wabbit, {what}: p50 {:.1} us, p99 {:.1} us", at("p50"), at("p99"));
    }
    let mut scratch = Scratch::default();
    let ours = times(world.people.len(), |turn| {
        let question = world.question(turn, world.id(turn), false);
        std::hint::black_box(decide(&world.policy, &world.plan, &question, &mut scratch).unwrap());
    });
    print("Kulanz, 34,560 actions with exact propensities, same contexts", &ours, &[]);
}

fn contexts(world: &World) -> Value {
    let context = |person: &crate::world::Person| {
        let personas = person.memberships.iter().map(|(persona, share)| json!([persona, share]));
        let context = person.context;
        let numbers = [
            ("balance", context.balance / 500.0),
            ("age", context.age_days / 100.0),
            ("contacts", context.contacts / 4.0),
            ("claims", context.open_claims / 2.0),
        ];
        personas.chain(numbers.iter().map(|(name, value)| json!([name, value]))).collect()
    };
    let contexts: Vec<Value> = world.people.iter().map(context).collect();
    let sizes: Vec<usize> = world.plan.space().sizes().collect();
    json!({ "contexts": contexts, "factors": sizes })
}
