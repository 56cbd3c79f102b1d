//! Pure rules of outreach: no I/O, no clock, no randomness but what is passed in.

pub mod answer;
pub mod authenticity;
pub mod blocks;
pub mod bounce;
pub mod budget;
pub mod catalogue;
pub mod compose;
pub mod format;
pub mod gsm7;
pub mod legal_pack;
pub mod lint;
pub mod mask;
pub mod message;
pub mod readability;
pub mod rule;
pub mod slots;
pub mod variants;
pub mod window;
