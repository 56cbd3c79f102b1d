//! Claims, debtors, access links and the claim account

pub mod domain;
