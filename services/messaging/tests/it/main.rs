//! Messaging from the outside, over gRPC and events, with stand-ins for its neighbours.
#![expect(clippy::unwrap_used, reason = "it only runs in tests")]

mod challenges;
mod dispatch;
mod fence;
mod first_notice;
mod inbox;
mod neighbours;
mod outreach;
mod pauses;
mod people;
mod receipts;
mod requests;
mod setup;
mod smtp;
mod wishes;
