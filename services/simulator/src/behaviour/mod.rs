//! How people act: from day to day, and when a contact reaches them.

mod cash;
mod contact;
mod days;
mod event;
mod life;

pub use cash::Purse;
pub use event::{Cause, Event};
pub use life::{Life, Nature, State};
