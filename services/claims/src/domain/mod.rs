//! The rules of claims: pure functions and state machines, with no I/O and no clock but what is passed in.

pub mod access;
pub mod account;
pub mod agency;
pub mod challenge;
pub mod evidence;
pub mod intake;
pub mod language;
pub mod lifecycle;
pub mod limitation;
pub mod outreach;
pub mod person;
pub mod protection;
pub mod provenance;
pub mod retention;
pub mod rise;
pub mod settlement;
pub mod settlement_authority;
pub mod statement;
pub mod terms;
pub mod webhook;
