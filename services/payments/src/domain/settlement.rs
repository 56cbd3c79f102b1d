//! Less than all, and it is over: the debtor pays a part by a day, and the rest is waived once it is there
//! (§§ 397, 779 BGB). Within what the creditor allows it is agreed at once; below, nobody here may.

use chrono::{Days, NaiveDate};
use kulanz_types::calendar::banking_day_on_or_after;
use kulanz_types::{Money, MoneyError};

use super::plan::Language;

/// Days until the payment where no day is wished.
const USUAL_DAYS: u64 = 14;
/// The latest day that may be wished, in days from today.
const MOST_DAYS: u64 = 45;

/// What the creditor allows, as claims answers for an amount on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Authority {
    /// Whether the amount asked about may be agreed.
    pub allowed: bool,
    /// The least that may be agreed; none where nothing below the full amount may.
    pub floor: Option<Money>,
    /// What is open on the day.
    pub open: Money,
}

/// When it is to be paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayBy {
    /// The day: a banking day.
    pub day: NaiveDate,
    /// The latest one that may be wished, where a later one was.
    pub latest: Option<NaiveDate>,
}

impl PayBy {
    /// The wished day where it is near enough, else the usual one.
    pub fn of(wish: Option<NaiveDate>, today: NaiveDate) -> Self {
        let after = |days| today.checked_add_days(Days::new(days)).unwrap_or(today);
        let latest = after(MOST_DAYS);
        let granted = wish.filter(|day| (today..=latest).contains(day));
        let refused = wish.is_some() && granted.is_none();
        let day = banking_day_on_or_after(granted.unwrap_or_else(|| after(USUAL_DAYS)));
        Self { day, latest: refused.then_some(latest) }
    }
}

/// What is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settlement {
    /// What is to be paid.
    pub amount: Money,
    /// What is waived once it is there.
    pub waived: Money,
    /// When it is to be paid.
    pub pay_by: PayBy,
    /// Whether another amount was wished than is offered.
    pub is_other: bool,
}

/// Why nothing is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoSettlement {
    /// Nothing is open.
    NothingOpen,
    /// The creditor allows nothing below the full amount.
    NotAllowed,
    /// What was wished is not less than what is open.
    NothingToWaive,
}

/// The wished amount where the creditor allows it, else the least that they do.
pub fn offer(
    authority: &Authority,
    wish: Option<Money>,
    pay_by: PayBy,
) -> Result<Result<Settlement, NoSettlement>, MoneyError> {
    let open = authority.open;
    if !open.is_positive() {
        return Ok(Err(NoSettlement::NothingOpen));
    }
    let below = |amount: &Money| {
        amount.currency() == open.currency() && amount.minor_units() < open.minor_units()
    };
    if wish.is_some_and(|wish| !below(&wish)) {
        return Ok(Err(NoSettlement::NothingToWaive));
    }
    let wished = wish.filter(|_| authority.allowed);
    let floor = authority.floor.filter(|floor| floor.is_positive() && below(floor));
    let Some(amount) = wished.or(floor) else { return Ok(Err(NoSettlement::NotAllowed)) };
    let waived = open.checked_sub(amount)?;
    let is_other = wish.is_some_and(|wish| wish != amount);
    Ok(Ok(Settlement { amount, waived, pay_by, is_other }))
}

impl Settlement {
    /// What it costs, shown by itself before anything is agreed (§ 13a Abs. 3 RDG).
    pub fn cost_notice(&self, open: Money, language: Language) -> String {
        let [open, amount, waived] =
            [open, self.amount, self.waived].map(|money| language.money(money));
        let day = language.date(self.pay_by.day);
        match language {
            Language::German => format!(
                "Was der Vergleich kostet (§ 13a Abs. 3 RDG)\n\
                 Am {day} werden {open} offen sein. Sie zahlen {amount} bis zum {day}.\n\
                 Für den Vergleich selbst berechnen wir keine Gebühr: 0,00 EUR.\n\
                 Ist das Geld bis dahin da, sind die übrigen {waived} erlassen (§ 397 BGB). Ist es \
                 nicht da, gilt der Vergleich nicht: Der volle Betrag bleibt offen, und was Sie gezahlt \
                 haben, wird angerechnet."
            ),
            Language::English => format!(
                "What the settlement costs (section 13a (3) RDG)\n\
                 On {day}, {open} will be open. You pay {amount} by {day}.\n\
                 We charge no fee for the settlement itself: EUR 0.00.\n\
                 If the money is there by then, the remaining {waived} is waived (section 397 BGB). If \
                 it is not, the settlement does not apply: the full amount stays open, and what you \
                 paid counts towards it."
            ),
        }
    }

    /// Why it looks as it does.
    pub fn reasons(&self, language: Language) -> Vec<String> {
        let (amount, waived) = (language.money(self.amount), language.money(self.waived));
        let day = language.date(self.pay_by.day);
        vec![match language {
            Language::German => {
                format!("Mit {amount} bis zum {day} ist die Sache erledigt; {waived} entfallen.")
            }
            Language::English => {
                format!("With {amount} by {day} the matter is closed; {waived} falls away.")
            }
        }]
    }

    /// What would be possible where the wish was not; empty where it was.
    pub fn counterfactual(&self, language: Language) -> String {
        let amount = self.is_other.then(|| language.money(self.amount));
        let amount = amount.map(|amount| match language {
            Language::German => format!("Ab {amount} dürfen wir sofort zustimmen."),
            Language::English => format!("From {amount} we may agree at once."),
        });
        let latest = self.pay_by.latest.map(|latest| language.date(latest));
        let latest = latest.map(|latest| match language {
            Language::German => format!("Die Zahlung kann spätestens am {latest} sein."),
            Language::English => format!("The payment may be on {latest} at the latest."),
        });
        amount.into_iter().chain(latest).collect::<Vec<_>>().join(" ")
    }
}

impl NoSettlement {
    /// Why nothing is offered, and what else helps.
    pub fn text(self, language: Language) -> &'static str {
        match (self, language) {
            (Self::NothingOpen, Language::German) => "Es ist nichts offen.",
            (Self::NothingOpen, Language::English) => "Nothing is open.",
            (Self::NotAllowed, Language::German) => {
                "Weniger als den vollen Betrag lässt der Gläubiger hier nicht zu. Raten oder ein späterer \
                 Tag sind möglich: Darüber können wir sofort eine Vereinbarung treffen."
            }
            (Self::NotAllowed, Language::English) => {
                "The creditor allows nothing below the full amount here. Instalments or a later day are \
                 possible: about these we can agree at once."
            }
            (Self::NothingToWaive, Language::German) => {
                "Ihr Vorschlag liegt nicht unter dem, was offen ist. Zahlen Sie den offenen Betrag, und \
                 die Sache ist erledigt: Einen Vergleich brauchen Sie dafür nicht."
            }
            (Self::NothingToWaive, Language::English) => {
                "Your proposal is not below what is open. Pay the open amount and the matter is closed: \
                 you need no settlement for it."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn pay_by() -> PayBy {
        PayBy::of(None, day("2026-03-02"))
    }

    fn authority(allowed: bool, floor: Option<i64>) -> Authority {
        Authority { allowed, floor: floor.map(Money::eur), open: Money::eur(10_000) }
    }

    #[test]
    fn what_the_creditor_does_not_allow_is_answered_with_the_least_that_they_do() {
        let found = offer(&authority(false, Some(7_000)), Some(Money::eur(5_000)), pay_by());
        let found = found.unwrap().unwrap();
        assert_eq!((found.amount, found.waived), (Money::eur(7_000), Money::eur(3_000)));
        assert_eq!(
            found.counterfactual(Language::German),
            "Ab 70,00 EUR dürfen wir sofort zustimmen."
        );
    }

    #[test]
    fn without_authority_nothing_is_offered() {
        let refused = |wish| offer(&authority(true, None), wish, pay_by()).unwrap().unwrap_err();
        assert_eq!(refused(None), NoSettlement::NotAllowed);
        assert_eq!(refused(Some(Money::eur(10_000))), NoSettlement::NothingToWaive);
    }

    #[test]
    fn a_day_too_far_is_answered_with_the_latest() {
        let found = PayBy::of(Some(day("2026-06-01")), day("2026-03-02"));
        assert_eq!((found.day, found.latest), (day("2026-03-16"), Some(day("2026-04-16"))));
    }

    proptest! {
        #[test]
        fn nothing_below_the_floor_is_ever_offered(
            wish in proptest::option::of(1..20_000_i64), floor in proptest::option::of(1..20_000_i64),
        ) {
            let allowed = wish.zip(floor).is_some_and(|(wish, floor)| wish >= floor);
            let wish = wish.map(Money::eur);
            if let Ok(found) = offer(&authority(allowed, floor), wish, pay_by()).unwrap() {
                prop_assert!(floor.is_some_and(|floor| found.amount.minor_units() >= floor));
                prop_assert_eq!(found.amount.minor_units() + found.waived.minor_units(), 10_000);
                prop_assert!(found.waived.is_positive());
            }
        }
    }
}
