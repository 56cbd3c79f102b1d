//! The service as its callers and neighbours meet it, on both backends.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "it only runs in tests"
)]

mod agreements;
mod analysis;
mod asking;
mod chain;
mod decisions;
mod erasing;
mod evaluation;
mod experimenting;
mod experiments;
mod kill_switch;
mod learning;
mod news_at_once;
mod objectives;
mod order;
mod outcomes;
mod overtaken;
mod parity;
mod planting;
mod policies;
mod prices;
mod ramp;
mod steering;
mod steering_policies;
mod told;

use kulanz_testkit::{Backend, House, stand_in};

/// The service with neighbours that only publish.
async fn house(backend: Backend) -> House {
    let neighbours = [stand_in("claims"), stand_in("messaging"), stand_in("payments")];
    let all = [&[kulanz_experimentation::DEFINITION][..], &neighbours].concat();
    House::start(backend, &all).await
}
