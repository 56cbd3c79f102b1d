//! The domain services of the constellation, as the binary mounts them.

use kulanz_chassis::Definition;

/// All five, in the order in which they start.
pub fn definitions() -> Vec<Definition> {
    vec![
        kulanz_claims::DEFINITION,
        kulanz_personas::DEFINITION,
        kulanz_experimentation::DEFINITION,
        kulanz_messaging::DEFINITION,
        kulanz_payments::DEFINITION,
    ]
}
