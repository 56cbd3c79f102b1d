//! What people read about a plan: the cost notice of § 13a Abs. 3 RDG, reasons, what would be
//! possible instead. Plain sentences, no pressure.

use chrono::NaiveDate;
use kulanz_types::{Money, MoneyError};

use super::calculate::{Debt, Plan};
use super::offer::{Offer, OfferedPlan};

/// Language of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Language {
    /// German.
    #[default]
    German,
    /// English.
    English,
}

impl Language {
    /// From a BCP 47 tag; German unless English is asked for.
    pub fn of_tag(tag: &str) -> Self {
        if tag.to_ascii_lowercase().starts_with("en") { Self::English } else { Self::German }
    }

    /// `1.234,56 EUR` or `EUR 1,234.56`.
    pub fn money(self, money: Money) -> String {
        match self {
            Self::German => format!("{} {}", money.to_grouped('.', ','), money.currency()),
            Self::English => format!("{} {}", money.currency(), money.to_grouped(',', '.')),
        }
    }

    /// `05.03.2026` or `5 March 2026`.
    pub fn date(self, date: NaiveDate) -> String {
        match self {
            Self::German => date.format("%d.%m.%Y").to_string(),
            Self::English => date.format("%-d %B %Y").to_string(),
        }
    }
}

/// The notice of what each option costs, shown by itself before anything is agreed (§ 13a Abs. 3 RDG).
pub fn cost_notice(
    debt: &Debt,
    plans: &[OfferedPlan],
    language: Language,
) -> Result<String, MoneyError> {
    let now = debt.open.costs.checked_add(debt.open.interest)?.checked_add(debt.open.principal)?;
    let (now, day) = (language.money(now), language.date(debt.as_of));
    let mut lines = match language {
        Language::German => vec![
            "Was die Vereinbarung kostet (§ 13a Abs. 3 RDG)".to_owned(),
            format!("Heute, am {day}, sind {now} offen. Zahlen Sie sofort, kommt nichts hinzu."),
            "Für die Vereinbarung selbst berechnen wir keine Gebühr: 0,00 EUR.".to_owned(),
            "Bis zur letzten Zahlung laufen die gesetzlichen Zinsen auf die offene Hauptforderung \
             weiter:"
                .to_owned(),
        ],
        Language::English => vec![
            "What the arrangement costs (section 13a (3) RDG)".to_owned(),
            format!("Today, {day}, {now} is open. If you pay at once, nothing is added."),
            "We charge no fee for the arrangement itself: EUR 0.00.".to_owned(),
            "Until the last payment, statutory interest on the open principal goes on:".to_owned(),
        ],
    };
    lines.extend(plans.iter().zip('a'..).map(|(plan, letter)| option_line(plan, letter, language)));
    let assumed = plans.iter().filter_map(|offered| offered.plan.provisional_from).min();
    lines.extend(assumed.map(|from| provisional_line(from, language)));
    Ok(lines.join("\n"))
}

fn option_line(offered: &OfferedPlan, letter: char, language: Language) -> String {
    let plan = &offered.plan;
    let count = plan.dues.len();
    let total = language.money(plan.total);
    let interest = language.money(plan.added_interest);
    let last = plan.dues.last().map(|due| language.date(due.due_on)).unwrap_or_default();
    match language {
        Language::German => format!(
            "{letter}) {count} Zahlung(en) bis {last}: zusätzliche Zinsen {interest}, zusammen {total}."
        ),
        Language::English => {
            format!(
                "{letter}) {count} payment(s) until {last}: additional interest {interest}, {total} in all."
            )
        }
    }
}

fn provisional_line(from: NaiveDate, language: Language) -> String {
    let from = language.date(from);
    match language {
        Language::German => format!(
            "Der Basiszinssatz ab dem {from} steht noch nicht fest. Gerechnet ist mit dem heutigen."
        ),
        Language::English => {
            format!("The base rate from {from} is not known yet. Today's is used.")
        }
    }
}

/// Why a plan looks as it does.
pub fn reasons(plan: &Plan, language: Language) -> Vec<String> {
    let first = plan.dues.first().map(|due| due.period_interest);
    let covered = plan.dues.first().map(|due| due.amount);
    let interest = first.map(|amount| language.money(amount)).unwrap_or_default();
    let amount = covered.map(|amount| language.money(amount)).unwrap_or_default();
    let added = language.money(plan.added_interest);
    match language {
        Language::German => vec![
            format!("Die erste Zahlung von {amount} liegt über den Zinsen bis dahin ({interest})."),
            format!("Gegenüber einer Zahlung heute kommen {added} Zinsen hinzu, sonst nichts."),
        ],
        Language::English => vec![
            format!("The first payment of {amount} exceeds the interest until then ({interest})."),
            format!("Compared with paying today, {added} of interest is added, nothing else."),
        ],
    }
}

/// What would be possible where the wish was not; empty where it was.
pub fn counterfactual(offer: &Offer, language: Language) -> String {
    let lowest = offer.lowest_instalment.map(|lowest| language.money(lowest));
    let lowest = lowest.map(|lowest| match language {
        Language::German => format!("Ab {lowest} im Monat können wir sofort zustimmen."),
        Language::English => format!("From {lowest} a month we can agree at once."),
    });
    let latest = offer.latest_date.map(|latest| language.date(latest));
    let latest = latest.map(|latest| match language {
        Language::German => format!("Die erste Zahlung kann spätestens am {latest} sein."),
        Language::English => format!("The first payment may be on {latest} at the latest."),
    });
    lowest.into_iter().chain(latest).collect::<Vec<_>>().join(" ")
}

/// Why nothing is offered, and what else helps.
pub fn refusal(debt: &Debt, language: Language) -> Result<String, MoneyError> {
    let open = debt.open.costs.checked_add(debt.open.interest)?.checked_add(debt.open.principal)?;
    Ok(match (open.is_positive(), language) {
        (false, Language::German) => "Es ist nichts offen.".to_owned(),
        (false, Language::English) => "Nothing is open.".to_owned(),
        (true, Language::German) => {
            "Das können wir nicht sofort zusagen. Wählen Sie eine spätere Zahlung oder sprechen Sie \
             mit uns: Ein Mensch prüft Ihren Wunsch."
                .to_owned()
        }
        (true, Language::English) => {
            "We cannot agree to this at once. Choose a later payment or talk to us: a person will \
             look at your wish."
                .to_owned()
        }
    })
}
