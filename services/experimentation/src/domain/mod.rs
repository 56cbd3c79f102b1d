//! Pure rules: who gets which arm, which action is drawn, what an outcome teaches.

pub mod attribution;
pub mod bucket;
pub mod decide;
pub mod elimination;
pub mod experiment;
pub mod hash;
pub mod policy;
pub mod random;
pub mod reward;
pub mod space;
