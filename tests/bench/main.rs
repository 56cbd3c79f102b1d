//! `make bench`: what Kulanz does beside what the bare parts could do, each pair in one run and
//! interleaved, medians of the ratios. Durability is on.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a measurement fails by panicking and prints what it found"
)]

mod bulk;
mod decide;
mod events;
mod get_claim;
mod import;
mod pair;
mod process;
mod statements;
mod table;

use kulanz_testkit::start_durable;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, word, configuration, address] = arguments.as_slice()
        && word == process::SERVE
    {
        return runtime.block_on(process::serve(configuration, address));
    }
    start_durable();
    let wanted: Vec<String> =
        arguments.into_iter().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|word| word == name);
    if wants("import") {
        runtime.block_on(import::run());
    }
    if wanted.iter().any(|word| word == "bulk") {
        runtime.block_on(bulk::run());
    }
    if wants("get_claim") {
        let pair = runtime.block_on(get_claim::run());
        pair.tell("GetClaim, 64 at once, calls/s, beside 1/(1/echo + 1/sqlx)", 0.7);
    }
    if wants("statements") {
        let pair = runtime.block_on(statements::run());
        pair.tell("GetStatement of 200 entries, calls/s, beside a select of them", 0.5);
    }
    if wants("decide") {
        let [calls, batches, beside_echo] = runtime.block_on(decide::run());
        calls.tell("Decide, 64 at once, decisions/s, beside a tonic echo of the question", 0.3);
        batches.tell("DecideBatch of 500, decisions/s, beside Decide", 3.0);
        beside_echo.tell("DecideBatch of 500, decisions/s, beside a tonic echo", 0.9);
    }
    if wants("events") {
        let pair = runtime.block_on(events::run());
        pair.tell("commit to handled, events/s, beside XADD + XREADGROUP + XACK", 0.1);
    }
}
