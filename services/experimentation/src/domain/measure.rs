//! What an experiment can measure on a person, from what happened since they were first given an arm.
//!
//! Clicks and opened messages are no measure: whoever is paid for attention learns to annoy.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use kulanz_policy::{Stayed, stayed};
use kulanz_statistics::{Metric, Worse};
use serde::{Deserialize, Serialize};

use super::agreement::{Agreement, Fate, News, agreements};
use super::outcome::OutcomeKind;

/// Closed list of what is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Money that came in and stayed, in units of the currency.
    RecoveredAmount,
    /// Whether any did.
    Paid,
    /// Whether a claim was paid in full, and stayed so.
    Settled,
    /// Whether instalments or a deferral were agreed on.
    Arrangement,
    /// Whether a promise or an arrangement was kept to its end, and its money stayed.
    Kept,
    /// Whether the person objected, complained, asked for silence, or was the wrong one.
    Complaint,
    /// Messages that were sent.
    Contacts,
    /// What these cost, in units of the currency.
    ContactCost,
    /// Days until the first money that stayed; all days of the horizon where none came (restricted mean).
    DaysToPayment,
    /// Money that came in and stayed, for each message that was sent: a ratio of sums over people, since people
    /// to whom nothing was sent have none of their own.
    RecoveredPerContact,
    /// The same for each unit of what messages cost.
    RecoveredPerCost,
}

use Measure::{
    Arrangement, Complaint, ContactCost, Contacts, DaysToPayment, Kept, Paid, RecoveredAmount,
    RecoveredPerContact, RecoveredPerCost, Settled,
};

/// All of them with their names in the contract.
pub const MEASURES: [(Measure, &str); 11] = [
    (RecoveredAmount, "recovered_amount"),
    (Paid, "paid"),
    (Settled, "settled"),
    (Arrangement, "arrangement"),
    (Kept, "kept"),
    (Complaint, "complaint"),
    (Contacts, "contacts"),
    (ContactCost, "contact_cost"),
    (DaysToPayment, "days_to_payment"),
    (RecoveredPerContact, "recovered_per_contact"),
    (RecoveredPerCost, "recovered_per_cost"),
];

/// What is said of a name that is none of them.
pub const UNOBSERVED: &str = "is never observed; measured are recovered_amount, paid, settled, arrangement, \
                              kept, complaint, contacts, contact_cost, days_to_payment, \
                              recovered_per_contact, recovered_per_cost";

impl Measure {
    /// The measure of this name.
    pub fn named(name: &str) -> Option<Self> {
        MEASURES.iter().find(|(_, known)| *known == name).map(|(measure, _)| *measure)
    }

    /// Its name in the contract.
    pub fn name(self) -> &'static str {
        MEASURES.iter().find(|(measure, _)| *measure == self).map_or("", |(_, name)| *name)
    }

    /// How the values of people become a figure.
    pub fn metric(self) -> Metric {
        match self {
            Paid | Settled | Arrangement | Kept | Complaint => Metric::Proportion,
            RecoveredAmount | Contacts | ContactCost | DaysToPayment => Metric::Mean,
            RecoveredPerContact | RecoveredPerCost => Metric::Ratio,
        }
    }

    /// The numerator and the denominator of a ratio.
    pub fn parts(self) -> Option<(Self, Self)> {
        match self {
            RecoveredPerContact => Some((RecoveredAmount, Contacts)),
            RecoveredPerCost => Some((RecoveredAmount, ContactCost)),
            _ => None,
        }
    }

    /// Whether it is a share of people to whom something bad was done: rare, and few are enough to end it.
    pub fn is_sign_of_harm(self) -> bool {
        self.metric() == Metric::Proportion && self.worse() == Worse::Higher
    }

    /// Which way is worse.
    pub fn worse(self) -> Worse {
        match self {
            RecoveredAmount | Paid | Settled | Arrangement | Kept | RecoveredPerContact
            | RecoveredPerCost => Worse::Lower,
            Complaint | Contacts | ContactCost | DaysToPayment => Worse::Higher,
        }
    }
}

/// Something that happened to a person.
#[derive(Debug, Clone, PartialEq)]
pub struct Happening {
    /// What.
    pub kind: OutcomeKind,
    /// When.
    pub at: DateTime<Utc>,
    /// The payment, promise or arrangement it belongs to; empty where it stands alone.
    pub about: String,
    /// The claim, if it is about one.
    pub claim_id: String,
    /// Minor units that came in, below zero where they went back.
    pub minor_units: i64,
    /// What it cost us, in units of the currency.
    pub cost: f64,
}

/// One value of each measure that is no ratio.
pub type Values = BTreeMap<Measure, f64>;

/// The time in which what happens to a person counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first time that an arm was given.
    pub exposed_at: DateTime<Utc>,
    /// How long from then.
    pub horizon: TimeDelta,
}

impl Window {
    /// When nothing counts any more.
    pub fn end(self) -> DateTime<Utc> {
        self.exposed_at + self.horizon
    }

    fn contains(self, at: DateTime<Utc>) -> bool {
        self.exposed_at <= at && at < self.end()
    }
}

/// What all that happened to a person comes to, in whatever order it became known.
///
/// Only what began within the window counts. Money that goes back later counts as if it had never come: a
/// returned direct debit is no success, however late it returns.
pub fn measured(history: &[Happening], window: Window) -> Values {
    let within = |kinds: &[OutcomeKind]| {
        let kinds = kinds.to_vec();
        history.iter().filter(move |it| kinds.contains(&it.kind) && window.contains(it.at))
    };
    let any = |kinds: &[OutcomeKind]| f64::from(u8::from(within(kinds).next().is_some()));
    let money = money(history, window);
    let recovered: i128 = money.iter().map(|payment| i128::from(payment.minor_units)).sum();
    let harm = [OutcomeKind::Complaint, OutcomeKind::Dispute, OutcomeKind::WrongPerson];
    let sent = within(&[OutcomeKind::Sent]);
    let contacts = u32::try_from(sent.clone().count()).unwrap_or(u32::MAX);
    [
        (RecoveredAmount, units(recovered)),
        (Paid, f64::from(u8::from(recovered > 0))),
        (Settled, f64::from(u8::from(settled(history, window)))),
        (Arrangement, any(&[OutcomeKind::Arrangement])),
        (Kept, f64::from(u8::from(kept(history, window)))),
        (Complaint, any(&harm)),
        (Contacts, f64::from(contacts)),
        (ContactCost, sent.map(|it| it.cost).sum()),
        (DaysToPayment, days_to_payment(&money, window)),
    ]
    .into()
}

/// The payments that came within the window, each with what stayed of it.
fn money(history: &[Happening], window: Window) -> Vec<Stayed<'_, DateTime<Utc>>> {
    let movements =
        history.iter().filter_map(|it| it.kind.movement(it.at, &it.about, it.minor_units));
    let mut payments = stayed(movements);
    payments.retain(|payment| window.contains(payment.at));
    payments
}

/// Whether a promise or an arrangement was kept within the window, and was not broken by a return since.
fn kept(history: &[Happening], window: Window) -> bool {
    let news =
        history.iter().map(|it| News { at: it.at, kind: it.kind, about: &it.about, dues: &[] });
    let kept = |it: &Agreement<'_>| {
        it.fate == Fate::Kept && it.kept_at.is_some_and(|at| window.contains(at))
    };
    agreements(news).iter().any(kept)
}

fn settled(history: &[Happening], window: Window) -> bool {
    let undone = |settled: &Happening| {
        history.iter().any(|it| {
            it.kind == OutcomeKind::Reversal
                && it.claim_id == settled.claim_id
                && it.at >= settled.at
        })
    };
    let mut all = history.iter().filter(|it| it.kind == OutcomeKind::Settled);
    all.any(|it| window.contains(it.at) && !undone(it))
}

/// The end of the horizon where no money stayed.
fn days_to_payment(money: &[Stayed<'_, DateTime<Utc>>], window: Window) -> f64 {
    let first =
        money.iter().filter(|payment| payment.minor_units > 0).map(|payment| payment.at).min();
    let waited = first.map_or(window.horizon, |at| at - window.exposed_at);
    seconds(waited) / 86_400.0
}

#[expect(clippy::cast_precision_loss, reason = "no horizon has 2^53 seconds")]
fn seconds(time: TimeDelta) -> f64 {
    time.num_seconds() as f64
}

#[expect(clippy::cast_precision_loss, reason = "amounts below 90 trillion are exact")]
fn units(minor_units: i128) -> f64 {
    minor_units as f64 / 100.0
}

#[cfg(test)]
mod tests;
