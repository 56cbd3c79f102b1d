//! A population of debtors that behaves through the public calls, in virtual time.
//!
//! [`world`] says what is true: people with continuous latent traits and what contacts do to them.
//! [`population`] draws the people, [`behaviour`] lets them act, `calibration` sets the baseline
//! intercepts to public figures. [`run`] plays one policy in one world without any service, [`policies`]
//! holds the comparators, [`report`] what is shown of it. Everything is a function of the world, its
//! number and the person: two runs give the same bytes. See docs/simulation.md.

#![allow(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "days, counts and cents of a simulation are far below 2^52"
)]

pub mod behaviour;
pub mod calendar;
pub mod calibration;
pub mod policies;
pub mod population;
pub mod random;
pub mod report;
pub mod run;
pub mod space;
pub mod study;
pub mod world;
