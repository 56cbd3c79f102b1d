//! Kulanz's gRPC contracts, compiled without protoc.
//!
//! The contracts themselves, with the comments that a caller works from, stand in `kulanz/`; this
//! crate is what prost and tonic make of them, plus what every service needs beside.

mod claim_state;
pub mod convert;
mod undelivered;

pub use undelivered::UNDELIVERED;

/// The descriptors of all contracts and what they import, as reflection serves them.
pub const FILE_DESCRIPTOR_SET: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/kulanz.bin"));

macro_rules! contract {
    ($(#[$doc:meta])* $name:ident, $file:literal) => {
        $(#[$doc])*
        pub mod $name {
            /// The first version.
            #[allow(
                missing_docs,
                unused_qualifications,
                rustdoc::all,
                clippy::all,
                clippy::pedantic,
                reason = "generated"
            )]
            pub mod v1 {
                include!(concat!(env!("OUT_DIR"), "/", $file, ".rs"));
            }
        }
    };
}

contract!(
    /// `kulanz.claims.v1`.
    claims, "kulanz.claims.v1");
contract!(
    /// `kulanz.personas.v1`.
    personas, "kulanz.personas.v1");
contract!(
    /// `kulanz.messaging.v1`.
    messaging, "kulanz.messaging.v1");
contract!(
    /// `kulanz.payments.v1`.
    payments, "kulanz.payments.v1");
contract!(
    /// `kulanz.experimentation.v1`.
    experimentation, "kulanz.experimentation.v1");
contract!(
    /// `kulanz.events.v1`: what the services tell each other has happened.
    events, "kulanz.events.v1");
contract!(
    /// `kulanz.testing.v1`: mounted only where the clock is virtual.
    testing, "kulanz.testing.v1");
contract!(
    /// `kulanz.type.v1`; read it as [`types`].
    r#type, "kulanz.r#type.v1");

/// `kulanz.type.v1` under a name that is no keyword.
pub mod types {
    pub use crate::r#type::v1;
}
