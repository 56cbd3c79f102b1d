//! A population of debtors that behaves through the public calls, in virtual time.
