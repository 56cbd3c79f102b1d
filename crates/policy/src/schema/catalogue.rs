/// The factors of messaging's catalogue with their levels, in its order. No service is known here, so the
/// names stand again; a test of the binary holds both lists against each other.
pub const CATALOGUE: [(&str, &[&str]); 6] = [
    ("channel", &["email", "sms", "letter", "whatsapp", "portal_push"]),
    ("tone", &["plain", "friendly", "empathic", "encouraging", "businesslike", "formal"]),
    (
        "motive",
        &[
            "plain",
            "help_offer",
            "commitment",
            "reciprocity",
            "clarity",
            "social_proof",
            "loss_framing",
            "closure",
        ],
    ),
    (
        "slot",
        &[
            "early_week_morning",
            "early_week_midday",
            "early_week_afternoon",
            "early_week_evening",
            "mid_week_morning",
            "mid_week_midday",
            "mid_week_afternoon",
            "mid_week_evening",
            "late_week_morning",
            "late_week_midday",
            "late_week_afternoon",
            "late_week_evening",
        ],
    ),
    ("offer", &["choice", "pay_now", "instalments", "deferral", "promise", "conversation"]),
    ("salutation", &["sie", "du"]),
];
