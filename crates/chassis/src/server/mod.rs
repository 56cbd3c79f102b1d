//! The one server stack: every call of every service passes the same gate, under the same health,
//! reflection and drain.

mod gate;
mod health;
mod serve;

pub use gate::{Gate, GateLayer, GateService};
pub use health::{Health, LIVENESS};
pub use serve::{ServeError, ServeOptions, Signal, reflection, serve};

#[cfg(test)]
mod tests;
