//! The decision policy: a factored Bayesian logistic model, a bank of its posterior draws, the exact
//! best action of each, exact propensities, learning that can be taken back, and the evaluation of a
//! policy on another's log; pure.
