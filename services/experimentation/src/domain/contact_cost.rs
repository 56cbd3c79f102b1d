//! What a contact costs.

/// By channel, in euros: sending and, for letters, paper and postage.
pub const COSTS: [(&str, f64); 5] =
    [("email", 0.002), ("sms", 0.075), ("letter", 1.10), ("whatsapp", 0.08), ("portal_push", 0.0)];

/// What a contact by this channel costs, in euros; nothing where the channel is not known.
pub fn cost_of(channel: &str) -> f64 {
    COSTS.iter().find(|(known, _)| *known == channel).map_or(0.0, |(_, cost)| *cost)
}
