//! What the lines of a statement say, in the reader's language.

use std::fmt::{self, Display, Formatter};

use kulanz_law::DayCount;
use kulanz_types::Money;

use super::{Line, LineKind, Statement, Working};
use crate::domain::account::{REASON, Subject};
use crate::domain::language::Language;
use crate::domain::rise::{RISES_BY, RISES_TO, UNPAID_UNTIL};

impl Line {
    /// What the line is, with the words that somebody wrote about it.
    pub fn text<'a>(&'a self, language: Language, reference: &'a str) -> impl Display + 'a {
        let reason = self.inputs.get(REASON).filter(|_| self.kind == LineKind::Cost);
        let words = reason.filter(|_| self.note.is_empty()).unwrap_or(&self.note);
        fmt::from_fn(move |text| {
            self.name(text, language, reference)?;
            if self.kind == LineKind::Cost {
                self.rise(text, language)?;
            }
            if words.is_empty() { Ok(()) } else { write!(text, ": {words}") }
        })
    }

    fn name(&self, text: &mut Formatter<'_>, language: Language, reference: &str) -> fmt::Result {
        let subject = || self.subject.map_or("", |subject| subject_text(subject, language));
        match self.kind {
            LineKind::Principal => {
                let name = language.choose("Hauptforderung, Rechnung", "Main claim, invoice");
                write!(text, "{name} {reference}")
            }
            LineKind::Interest => self.interest_name(text, language),
            LineKind::Payment => text.write_str(language.choose("Ihre Zahlung", "Your payment")),
            LineKind::Reversal => text.write_str(
                language
                    .choose("Rückgabe der Zahlung durch die Bank", "Payment returned by the bank"),
            ),
            LineKind::Waiver => text.write_str(language.choose(
                "Zinsen während der Überweisung: erlassen",
                "Interest while the transfer was on its way: not charged",
            )),
            LineKind::Correction => {
                write!(text, "{}: {}", language.choose("Zurückgenommen", "Taken back"), subject())
            }
            LineKind::Cost | LineKind::Credit => text.write_str(subject()),
        }
    }

    /// That the fee will rise, or that it has, and why (note 2 to Nr. 2300 VV RVG).
    fn rise(&self, text: &mut Formatter<'_>, language: Language) -> fmt::Result {
        let input = |name: &str| self.inputs.get(name);
        let until = input(UNPAID_UNTIL).and_then(|day| day.parse().ok());
        let until = until.map(|day| language.date(day).to_string());
        match (input(RISES_BY), input(RISES_TO), until, language) {
            (Some(by), _, Some(day), Language::German) => {
                let by = language.formula(by);
                write!(text, ": {by} € mehr, wenn nicht bis {day} alles gezahlt ist")
            }
            (Some(by), _, Some(day), Language::English) => {
                write!(text, ": €{by} more unless everything is paid by {day}")
            }
            (Some(by), _, None, Language::German) => {
                let by = language.formula(by);
                write!(text, ": {by} € mehr, wenn nicht zwei Wochen nach der ersten ")?;
                text.write_str("Zahlungsaufforderung alles gezahlt ist")
            }
            (Some(by), _, None, Language::English) => {
                write!(text, ": €{by} more unless everything is paid two weeks after the ")?;
                text.write_str("first demand")
            }
            (None, Some(rate), Some(day), Language::German) => {
                let rate = language.formula(rate);
                write!(text, ": Erhöhung auf den Satz {rate}, da bis {day} nicht alles gezahlt war")
            }
            (None, Some(rate), Some(day), Language::English) => {
                write!(text, ": raised to the rate {rate}, as not everything was paid by {day}")
            }
            _ => Ok(()),
        }
    }

    fn interest_name(&self, text: &mut Formatter<'_>, language: Language) -> fmt::Result {
        let (percent, days) = (language.percent(&self.rate), days(self.days, language));
        match language {
            Language::German => write!(text, "Verzugszinsen, {percent} im Jahr, {days}"),
            Language::English => write!(text, "Default interest, {percent} a year, {days}"),
        }
    }

    /// How its amount was found; empty where it was given.
    pub fn formula(&self, language: Language) -> impl Display {
        fmt::from_fn(move |text| match &self.working {
            Working::Given => Ok(()),
            Working::Formula(formula) => text.write_str(&language.formula(formula)),
            Working::Interest { principal, year, .. } => {
                let (principal, rate) = (language.money(*principal), language.percent(&self.rate));
                write!(text, "{principal} × {rate} × {} / {year}", days(self.days, language))
            }
            Working::Covered { parts, overpaid } => {
                let named = [
                    (language.choose("Kosten", "costs"), parts.costs),
                    (language.choose("Zinsen", "interest"), parts.interest),
                    (language.choose("Hauptforderung", "main claim"), parts.principal),
                    (language.choose("zu viel gezahlt", "overpaid"), *overpaid),
                ];
                write!(text, "{}", listed(&named, language))
            }
        })
    }

    /// Whether it says of what is owed what it covered.
    pub(super) fn covers(&self) -> bool {
        let Working::Covered { parts, overpaid } = &self.working else { return false };
        let covered = [parts.costs, parts.interest, parts.principal, *overpaid];
        covered.iter().any(|amount| !amount.is_zero())
    }
}

/// Names with their amounts, those of nothing left out.
pub(super) fn listed(named: &[(&str, Money)], language: Language) -> impl Display {
    fmt::from_fn(move |text| {
        let shown = named.iter().filter(|(_, amount)| !amount.is_zero());
        for (place, (name, amount)) in shown.enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(text, "{comma}{name} {}", language.money(*amount))?;
        }
        Ok(())
    })
}

fn days(days: i64, language: Language) -> impl Display {
    let name = match days {
        1 => language.choose("Tag", "day"),
        _ => language.choose("Tage", "days"),
    };
    fmt::from_fn(move |text| write!(text, "{days} {name}"))
}

/// What an entry is for.
fn subject_text(subject: Subject, language: Language) -> &'static str {
    let (german, english) = match subject {
        Subject::Invoice => ("Hauptforderung", "Main claim"),
        Subject::PaidBefore => ("Schon an den Gläubiger gezahlt", "Paid to the creditor before"),
        Subject::CreditorCosts => ("Kosten des Gläubigers", "The creditor's costs"),
        Subject::BusinessFee => ("Inkassokosten", "Collection costs"),
        Subject::Expenses => ("Auslagenpauschale", "Expenses, flat sum"),
        Subject::ValueAddedTax => ("Umsatzsteuer auf die Kosten", "VAT on the costs"),
        Subject::ArrangementFee => {
            ("Kosten der Zahlungsvereinbarung", "Fee of the payment agreement")
        }
        Subject::BankCharge => {
            ("Bankkosten einer Rücklastschrift", "Bank charge of a returned debit")
        }
        Subject::Reminder => ("Mahnkosten", "Cost of a reminder"),
        Subject::AddressTrace => ("Kosten der Adressermittlung", "Cost of tracing an address"),
        Subject::CourtFee => ("Gerichtskosten", "Court fee"),
        Subject::Enforcement => ("Kosten der Vollstreckung", "Cost of enforcement"),
        Subject::AssetDisclosure => ("Kosten der Vermögensauskunft", "Cost of asset disclosure"),
        Subject::Bailiff => ("Kosten des Gerichtsvollziehers", "Cost of the bailiff"),
        Subject::CourtDunning => ("Kosten des Mahnbescheids", "Cost of the order for payment"),
        Subject::EnforcementOrder => {
            ("Kosten des Vollstreckungsbescheids", "Cost of the enforcement order")
        }
        Subject::SuitFee => ("Gerichtskosten der Klage", "Court fee of the suit"),
        Subject::CourtOutlays => ("Auslagen des Gerichts", "Outlays of the court"),
        Subject::FlatSum => ("Verzugspauschale", "Flat sum for late payment"),
        Subject::Goodwill => ("Gutschrift", "Credit"),
        Subject::Settlement => ("Erlass nach dem Vergleich", "Waived by the settlement"),
        Subject::Objection => ("Gutschrift nach Ihrem Einwand", "Credit after your objection"),
        Subject::Money => ("Zahlung", "Payment"),
        Subject::Mistake => ("Fehlbuchung", "Booking mistake"),
    };
    match language {
        Language::German => german,
        Language::English => english,
    }
}

impl Statement {
    /// How interest was counted.
    pub fn conventions(&self, language: Language) -> Vec<String> {
        if self.terms.default_start.is_none() {
            return Vec::new();
        }
        let year = match self.terms.day_count {
            DayCount::ActAct => language.choose(
                "Zinsen nach Tagen: jeder Tag zählt, das Jahr hat 365 oder 366 Tage (taggenau).",
                "Interest by days: every day counts, the year has 365 or 366 days (act/act).",
            ),
            DayCount::Thirty360 => language.choose(
                "Zinsen nach Monaten: der Monat hat 30 Tage, das Jahr 360 (30/360).",
                "Interest by months: the month has 30 days, the year 360 (30/360).",
            ),
            DayCount::Act365 => language.choose(
                "Zinsen nach Tagen: jeder Tag zählt, das Jahr hat 365 Tage (act/365).",
                "Interest by days: every day counts, the year has 365 days (act/365).",
            ),
        };
        let payment_day = if self.terms.payment_day_counts {
            language.choose(
                "Der Tag, an dem eine Zahlung eingeht, trägt noch Zinsen.",
                "The day on which a payment arrives still bears interest.",
            )
        } else {
            language.choose(
                "Der Tag, an dem eine Zahlung eingeht, trägt keine Zinsen mehr.",
                "The day on which a payment arrives bears no more interest.",
            )
        };
        let rounding = language.choose(
            "Gerundet wird einmal, auf die Summe der Zinsen. Zinsen tragen keine Zinsen (§ 289 BGB).",
            "Rounded once, on the sum of the interest. Interest bears no interest (§ 289 BGB).",
        );
        let transfer = language.choose(
            "Wer zahlt, was eine Aufstellung der letzten fünf Tage nannte, hat alles gezahlt.",
            "Whoever pays what a statement of the last five days named has paid everything.",
        );
        let said = [year, payment_day, rounding, transfer].map(str::to_owned);
        self.above_statutory(language).into_iter().chain(said).collect()
    }

    /// The separate hint of § 13a Abs. 1 Nr. 4 RDG.
    fn above_statutory(&self, language: Language) -> Option<String> {
        let hint = language.choose(
            "Der Zinssatz liegt über dem gesetzlichen Verzugszins. Grund:",
            "The rate of interest lies above the statutory one. Reason:",
        );
        (!self.rate_reason.is_empty()).then(|| format!("{hint} {}", self.rate_reason))
    }
}
