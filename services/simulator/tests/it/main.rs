//! What holds of worlds, of the people in them and of studies.
#![expect(clippy::unwrap_used, reason = "it only runs in tests")]
#![allow(
    clippy::cast_precision_loss,
    clippy::float_cmp,
    reason = "counts of a test are far below 2^52, and exact zeros are meant"
)]

mod crowds;
mod gates;
mod people;
mod ramps;
mod studies;
mod world_files;
