//! Experiments, decisions with propensities, and outcomes
