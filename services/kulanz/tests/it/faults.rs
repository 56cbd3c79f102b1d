//! Services that run as processes of their own and are killed again and again in the middle of their
//! transactions: nothing is lost, and nothing happens twice inside Kulanz.

mod imports;
mod messaging;
mod victim;
