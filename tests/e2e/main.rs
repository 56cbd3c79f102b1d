//! The whole constellation: the walk that is Kulanz's main job, and what must hold on every step of it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

mod allocation;
mod answers;
mod costs;
mod erase;
mod experiment;
mod instalments;
mod order;
mod portal;
mod repeat;
mod silence;
mod silence_under_load;
mod tables;
mod tenancy;
mod walk;
