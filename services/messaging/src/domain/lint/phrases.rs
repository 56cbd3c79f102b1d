//! The words behind the linter's rules.

/// Phrases that one rule forbids, in lower case.
pub struct Group {
    pub rule: &'static str,
    pub phrases: &'static [&'static str],
    pub hint: &'static str,
}

/// Forbidden wording by rule (§§ 4a, 5 UWG, §§ 240, 241, 253 `StGB`).
pub const FORBIDDEN: &[Group] = &[
    Group {
        rule: "content.threat",
        phrases: &[
            "haftbefehl",
            "gerichtsvollzieher",
            "zwangsvollstreckung",
            "pfänden",
            "pfändung",
            "gefängnis",
            "strafanzeige",
            "anzeige erstatten",
            "letzte chance",
            "letztmalig",
            "letzte mahnung",
            "konsequenzen",
            "hausbesuch",
            "bei ihnen vorbei",
            "bei dir vorbei",
            "schufa",
            "negativeintrag",
            "kreditwürdigkeit",
            "arrest",
            "prison",
            "jail",
            "bailiff",
            "criminal complaint",
            "last chance",
            "final warning",
            "credit score",
            "visit your home",
        ],
        hint: "Name only what is allowed, decided and next.",
    },
    Group {
        rule: "content.shame",
        phrases: &[
            "peinlich",
            "schämen",
            "schande",
            "nachbarn",
            "arbeitgeber",
            "säumig",
            "zahlungsunwillig",
            "schuldner sind",
            "verantwortungslos",
            "ashamed",
            "embarrass",
            "neighbours",
            "neighbors",
            "your employer",
            "irresponsible",
        ],
        hint: "Never shame, never bring in others.",
    },
    Group {
        rule: "content.invented_deadline",
        phrases: &[
            "nur noch heute",
            "innerhalb von 24 stunden",
            "innerhalb von 48 stunden",
            "sofort zahlen",
            "unverzüglich",
            "die zeit läuft",
            "umgehend",
            "within 24 hours",
            "within 48 hours",
            "immediately",
            "time is running out",
            "only today",
        ],
        hint: "Name only a deadline that was agreed or decided.",
    },
    Group {
        rule: "content.authority_imitation",
        phrases: &[
            "vollstreckungsbescheid",
            "im namen des volkes",
            "gerichtlicher bescheid",
            "amtlich",
            "behördlich",
            "aktenzeichen des gerichts",
            "by order of the court",
            "official notice",
        ],
        hint: "Never look like a court or an authority.",
    },
    Group {
        rule: "content.too_personal",
        phrases: &[
            "aufgrund ihres bisherigen",
            "aufgrund deines bisherigen",
            "wir haben gesehen, dass sie",
            "wir haben gesehen, dass du",
            "laut ihrem profil",
            "ihr verhalten",
            "dein verhalten",
            "based on your behaviour",
            "based on your behavior",
            "we noticed that you",
        ],
        hint: "Do not show inferences about the person.",
    },
    Group {
        rule: "content.unsourced_statistic",
        phrases: &[
            "neun von zehn",
            "acht von zehn",
            "9 von 10",
            "8 von 10",
            "prozent unserer kunden",
            "nine out of ten",
            "eight out of ten",
            "9 out of 10",
            "percent of our customers",
        ],
        hint: "Statistics come only from a live, sourced record.",
    },
    Group {
        rule: "content.acknowledgement",
        phrases: &[
            "schuldanerkenntnis",
            "erkennen sie die forderung an",
            "erkennst du die forderung an",
            "acknowledge the debt",
            "admit the debt",
        ],
        hint: "An acknowledgement needs its own warning (§ 13a Abs. 4 RDG).",
    },
    Group {
        rule: "content.fantasy_fee",
        phrases: &["bearbeitungspauschale", "strafgebühr", "penalty fee", "processing fee"],
        hint: "Costs stand in the statement with their norm.",
    },
];

/// Words that a pointer must not contain, in lower case.
pub const DEBT_WORDS: &[&str] = &[
    "forderung",
    "schuld",
    "inkasso",
    "mahnung",
    "rechnung",
    "betrag",
    "zahlung",
    "raten",
    "offen",
    "debt",
    "claim",
    "collection",
    "invoice",
    "amount",
    "payment",
    "owe",
];

/// Words in front of a deadline.
pub const DEADLINE_LEADS: &[&str] =
    &["bis zum ", "bis spätestens ", "spätestens am ", "no later than ", "pay by "];

/// Abbreviations that are written in capitals.
pub const ABBREVIATIONS: &[&str] = &["IBAN", "SEPA", "DSGVO", "GDPR", "GMBH", "KGAA"];

/// Clauses that a full message needs, each by words of which one must stand there.
pub const REQUIRED: &[(&str, &[&str])] = &[
    ("content.missing.already_paid", &["schon bezahlt", "bereits bezahlt", "already paid"]),
    (
        "content.missing.dispute",
        &[
            "nicht einverstanden",
            "bestreiten",
            "einwand",
            "do you disagree",
            "you do disagree",
            "dispute",
        ],
    ),
    ("content.missing.debt_advice", &["schuldnerberatung", "debt advice"]),
    ("content.missing.opt_out", &["keine erinnerungen mehr", "abbestellen", "no more reminders"]),
];

const INFORMAL: &[&str] = &["du", "dir", "dich", "dein", "deine", "deiner", "deinem", "deinen"];
const FORMAL: &[&str] = &["Sie", "Ihnen", "Ihr", "Ihre", "Ihrer", "Ihrem", "Ihren"];

/// The first word of informal address.
pub fn informal(text: &str) -> Option<&str> {
    words(text).map(|(word, _)| word).find(|word| INFORMAL.contains(&word.to_lowercase().as_str()))
}

/// The first word of formal address that is not merely the capital at the head of a sentence.
pub fn formal(text: &str) -> Option<&str> {
    words(text).find(|(word, inside)| *inside && FORMAL.contains(word)).map(|(word, _)| word)
}

/// Words, each with whether it stands inside a sentence.
fn words(text: &str) -> impl Iterator<Item = (&str, bool)> {
    let mut inside = false;
    text.split([' ', '\t', '\u{a0}'])
        .flat_map(|token| token.split_inclusive('\n'))
        .map(move |token| {
            let word = token.trim_matches(|character: char| !character.is_alphabetic());
            let was_inside = inside;
            inside = !word.is_empty() && !token.ends_with(['.', '!', '?', ':', '\n'])
                || (word.is_empty() && inside && !token.contains('\n'));
            (word, was_inside)
        })
        .filter(|(word, _)| !word.is_empty())
}
