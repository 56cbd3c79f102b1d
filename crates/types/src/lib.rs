//! Typed ids, money, clock, calendar and seeded randomness; no I/O
