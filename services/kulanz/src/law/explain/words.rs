use kulanz_law::{DefaultReason, LimitationEffect, Mark, Rule};

use crate::law::args::Lang;

/// A text in both languages.
pub(super) struct Words {
    de: &'static str,
    en: &'static str,
}

impl Words {
    pub const fn say(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::De => self.de,
            Lang::En => self.en,
        }
    }
}

const fn words(de: &'static str, en: &'static str) -> Words {
    Words { de, en }
}

pub(super) const TITLE: Words = words("Stand", "As of");
pub(super) const PRINCIPAL: Words = words("Hauptforderung", "Principal");
pub(super) const DEFAULT: Words = words("Verzug", "Default");
pub(super) const SINCE: Words = words("Zinsen ab", "interest from");
pub(super) const NO_DEFAULT: Words = words(
    "kein Verzug: keine Zinsen, keine Inkassokosten (§§ 280 Abs. 2, 286 BGB)",
    "no default: no interest, no collection costs (§§ 280 Abs. 2, 286 BGB)",
);
pub(super) const INTEREST: Words = words("Zinsen", "Interest");
pub(super) const COSTS: Words = words("Kosten", "Costs");
pub(super) const NO_COSTS: Words = words("keine Inkassokosten", "no collection costs");
pub(super) const PAYMENTS: Words = words(
    "Zahlungen (Betrag = Kosten + Zinsen + Hauptforderung)",
    "Payments (amount = costs + interest + principal)",
);
pub(super) const OPEN: Words = words("Offen", "Open");
pub(super) const TOTAL: Words = words("Summe", "Total");
pub(super) const OVERPAID: Words = words("zu viel gezahlt", "overpaid");
pub(super) const LIMITATION: Words = words("Verjährung", "Limitation");
pub(super) const EXPIRES: Words = words("verjährt mit Ablauf des", "barred after");
pub(super) const SUSPENDED: Words = words("gehemmt", "suspended");
pub(super) const FILING: Words = words("letzter Tag für eine Einreichung", "last day for a filing");
pub(super) const INTEREST_OF: Words = words("Zinsen aus", "interest of");
pub(super) const PROVISIONAL: Words = words("vorläufig ab", "provisional from");

pub(super) const fn reason(reason: DefaultReason) -> Words {
    match reason {
        DefaultReason::CalendarDay => words("Kalendertag verstrichen", "calendar day passed"),
        DefaultReason::Reminder => words("Mahnung zugegangen", "reminder received"),
        DefaultReason::ThirtyDays => {
            words("30 Tage nach Fälligkeit und Rechnung", "30 days after due date and invoice")
        }
        DefaultReason::ReminderDeadline => {
            words("Frist der Mahnung verstrichen", "deadline of the reminder passed")
        }
        DefaultReason::Refusal => words("endgültig verweigert", "finally refused"),
        DefaultReason::Served => {
            words("Klage oder Mahnbescheid zugestellt", "suit or order served")
        }
    }
}

pub(super) const fn line(rule: Rule) -> Words {
    match rule {
        Rule::BusinessFee => words("Geschäftsgebühr", "business fee"),
        Rule::AgreementFee => words("Einigungsgebühr", "agreement fee"),
        Rule::Expenses => words("Auslagenpauschale", "flat sum for expenses"),
        Rule::ValueAddedTax => words("Umsatzsteuer", "VAT"),
        Rule::FlatSum => words("Verzugspauschale", "default flat sum"),
        _ => words("Zinsen", "interest"),
    }
}

pub(super) const fn effect(effect: LimitationEffect) -> Words {
    match effect {
        LimitationEffect::Begins => words("Beginn der Frist", "period begins"),
        LimitationEffect::Suspended { .. } => words("Hemmung", "suspended"),
        LimitationEffect::NotBefore { .. } => words("Ablaufhemmung", "not before"),
        LimitationEffect::Restarted => words("Neubeginn durch Zahlung", "restart by payment"),
        LimitationEffect::Titled => words("Titel", "title"),
        LimitationEffect::Without => words("ohne Wirkung", "without effect"),
        LimitationEffect::TooLate => words("bereits verjährt", "barred already"),
        LimitationEffect::WithMainClaim => words("mit der Hauptforderung", "with the main claim"),
    }
}

/// Nothing for what was compared with the text of its norm.
pub(super) const fn mark(mark: Mark) -> Words {
    match mark {
        Mark::Verified => words("", ""),
        Mark::Unverified => words(" [nicht am Text geprüft]", " [not compared with its text]"),
        Mark::Uncertain => words(" [umstritten]", " [contested]"),
    }
}
