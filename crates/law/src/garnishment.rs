use std::sync::LazyLock;

use chrono::NaiveDate;
use kulanz_types::{Currency, Money};
use serde::{Deserialize, Serialize};

use crate::purpose::{Dated, in_force};
use crate::{AmountLine, InForce, LawError, Purpose, Refusal, Rule, table};

const TABLE: &str = "garnishment notice § 850c ZPO";

/// For how long earnings are paid at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayPeriod {
    /// A month.
    Monthly,
    /// A week.
    Weekly,
    /// A day.
    Daily,
}

impl PayPeriod {
    fn parse(text: &str) -> Option<Self> {
        match text {
            "monthly" => Some(Self::Monthly),
            "weekly" => Some(Self::Weekly),
            "daily" => Some(Self::Daily),
            _ => None,
        }
    }
}

/// For what kind of claim earnings are attached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttachmentGround {
    /// Any money claim.
    Ordinary,
    /// Maintenance (§ 850d ZPO): a court sets the amount.
    Maintenance,
    /// A wilful tort (§ 850f Abs. 2 ZPO): a court sets the amount.
    WilfulTort,
}

/// Earnings of one payout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Earnings {
    /// The day of the payout: it selects the notice.
    pub paid_on: NaiveDate,
    /// For how long they are.
    pub period: PayPeriod,
    /// After the deductions of §§ 850a, 850e Nr. 1 ZPO.
    pub net: Money,
    /// How many people are maintained by law, with own income or not (§ 850c Abs. 6 ZPO).
    pub dependants: u32,
    /// For what they are attached.
    pub ground: AttachmentGround,
}

/// What of earnings can be attached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attachable {
    /// The amount of the table.
    Amount(AmountLine),
    /// Not computable: a court sets the amount.
    SetByCourt {
        /// By which norm.
        norm: &'static str,
    },
}

/// What an account holder keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProtectedAccount {
    /// The balance protected each month (§ 899 Abs. 1 ZPO).
    pub monthly: AmountLine,
    /// The protected part of a christmas bonus (§ 850a Nr. 4 ZPO).
    pub christmas_bonus: AmountLine,
}

/// The amounts of one notice for one payout period, in cents.
#[derive(Debug, Clone, Copy)]
struct Notice {
    valid_from: NaiveDate,
    valid_to: NaiveDate,
    period: PayPeriod,
    base: i64,
    first: i64,
    each: i64,
    cap: i64,
    step: i64,
}

impl Dated for Notice {
    fn valid_from(&self) -> NaiveDate {
        self.valid_from
    }

    fn valid_to(&self) -> Option<NaiveDate> {
        Some(self.valid_to)
    }
}

static NOTICES: LazyLock<Vec<Notice>> = LazyLock::new(|| {
    // Unreadable notices leave the list empty, and an empty list refuses every payout.
    let rows = table::rows(include_str!("../data/garnishment_parameters.csv"));
    rows.map(|row| notice(&row)).collect::<Option<_>>().unwrap_or_default()
});

fn notice(row: &[&'static str]) -> Option<Notice> {
    let [from, to, period, base, first, each, cap, step] = row else { return None };
    Some(Notice {
        valid_from: from.parse().ok()?,
        valid_to: to.parse().ok()?,
        period: PayPeriod::parse(period)?,
        base: table::cents(base)?,
        first: table::cents(first)?,
        each: table::cents(each)?,
        cap: table::cents(cap)?,
        step: table::cents(step).filter(|cents| *cents > 0)?,
    })
}

fn notice_on(
    date: NaiveDate,
    period: PayPeriod,
    purpose: Purpose,
) -> Result<InForce<Notice>, LawError> {
    let rows: Vec<Notice> =
        NOTICES.iter().filter(|notice| notice.period == period).copied().collect();
    let found = in_force(&rows, TABLE, date, purpose)?;
    Ok(InForce {
        value: *found.value,
        valid_from: found.valid_from,
        valid_to: found.valid_to,
        provisional_from: found.provisional_from,
    })
}

/// What of a payout can be attached by the table of § 850c ZPO.
pub fn attachable(earnings: &Earnings, purpose: Purpose) -> Result<Attachable, LawError> {
    match earnings.ground {
        AttachmentGround::Maintenance => {
            return Ok(Attachable::SetByCourt { norm: "§ 850d Abs. 1 S. 2 ZPO" });
        }
        AttachmentGround::WilfulTort => {
            return Ok(Attachable::SetByCourt { norm: "§ 850f Abs. 2 ZPO" });
        }
        AttachmentGround::Ordinary => {}
    }
    let net = euro(earnings.net)?;
    let found = notice_on(earnings.paid_on, earnings.period, purpose)?;
    let (amount, formula) = found.value.attach(net, earnings.dependants);
    let rule = Rule::Garnishment;
    let mut line = AmountLine::new(rule, earnings.paid_on, Money::eur(amount), formula)
        .input("net", earnings.net.to_decimal())
        .input("dependants", earnings.dependants)
        .input("paid_on", earnings.paid_on);
    line.version = found.valid_from.to_string();
    line.provisional_from = found.provisional_from;
    Ok(Attachable::Amount(line))
}

impl Notice {
    /// The attachable cents and how they were found.
    fn attach(&self, net: i64, dependants: u32) -> (i64, String) {
        let further = i64::from(dependants.saturating_sub(1).min(4));
        let one = i64::from(dependants > 0);
        let free = self.base + self.first * one + self.each * further;
        let relevant = net.min(self.cap) / self.step * self.step;
        let tenths = 7 - 2 * one - further;
        let above_cap = (net - self.cap).max(0);
        // Half up: a tenth of a cent times at most seven.
        let share = ((relevant - free).max(0) * tenths + 5) / 10;
        let shown = |cents| Money::eur(cents).to_decimal();
        let mut formula = format!("max(0, {} − {}) × {tenths} / 10", shown(relevant), shown(free));
        if above_cap > 0 {
            formula = format!("{formula} + {} − {}", shown(net), shown(self.cap));
        }
        (share.saturating_add(above_cap), formula)
    }
}

/// What the holder of a protected account keeps on a day: the base amount rounded up to full ten euro, and
/// half of it of a christmas bonus.
pub fn protected_account(date: NaiveDate, purpose: Purpose) -> Result<ProtectedAccount, LawError> {
    let found = notice_on(date, PayPeriod::Monthly, purpose)?;
    let base = found.value.base;
    let rounded = (base + 999) / 1_000 * 1_000;
    let line = |rule, cents, formula| {
        let mut line = AmountLine::new(rule, date, Money::eur(cents), formula)
            .input("base", Money::eur(base).to_decimal());
        line.version = found.valid_from.to_string();
        line.provisional_from = found.provisional_from;
        line
    };
    let shown = |cents| Money::eur(cents).to_decimal();
    let monthly = format!("⌈{} / 10⌉ × 10", shown(base));
    let half = format!("{} / 2", shown(rounded));
    Ok(ProtectedAccount {
        monthly: line(Rule::ProtectedAccount, rounded, monthly),
        christmas_bonus: line(Rule::ChristmasBonus, rounded / 2, half),
    })
}

/// The cents of an amount in euro that is not negative.
pub(crate) fn euro(amount: Money) -> Result<i64, LawError> {
    if amount.currency() != Currency::EUR {
        return Err(Refusal::NotEuro.into());
    }
    if amount.is_negative() {
        return Err(Refusal::NegativeAmount.into());
    }
    Ok(amount.minor_units())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn earnings(day: &str, period: PayPeriod, net: i64, dependants: u32) -> Earnings {
        Earnings {
            paid_on: day.parse().unwrap(),
            period,
            net: Money::eur(net),
            dependants,
            ground: AttachmentGround::Ordinary,
        }
    }

    fn cents(earnings: &Earnings) -> i64 {
        let Attachable::Amount(line) = attachable(earnings, Purpose::Posting).unwrap() else {
            panic!("no amount");
        };
        line.amount.minor_units()
    }

    macro_rules! printed {
        ($($year:literal),+) => {
            [$(
                (concat!($year, "-07-01"), PayPeriod::Monthly,
                    include_str!(concat!("../data/garnishment/", $year, "_monthly.csv"))),
                (concat!($year, "-07-01"), PayPeriod::Weekly,
                    include_str!(concat!("../data/garnishment/", $year, "_weekly.csv"))),
                (concat!($year, "-07-01"), PayPeriod::Daily,
                    include_str!(concat!("../data/garnishment/", $year, "_daily.csv"))),
            )+]
        };
    }

    #[test]
    fn the_formula_gives_every_cell_of_the_eighteen_printed_tables_at_both_bounds() {
        let mut cells = 0;
        for (day, period, text) in printed!("2021", "2022", "2023", "2024", "2025", "2026") {
            for row in table::rows(text) {
                for (dependants, cell) in row[2..].iter().enumerate() {
                    let expected = table::cents(cell).unwrap();
                    for bound in [row[0], row[1]] {
                        let net = table::cents(bound).unwrap();
                        let of = earnings(day, period, net, u32::try_from(dependants).unwrap());
                        assert_eq!(cents(&of), expected, "{day} {period:?} {bound} {dependants}");
                        cells += 1;
                    }
                }
            }
        }
        assert!(cells > 60_000, "{cells}");
    }

    #[test]
    fn the_notice_in_force_decides_and_the_last_one_is_only_a_forecast() {
        assert_eq!(cents(&earnings("2026-06-30", PayPeriod::Monthly, 200_000, 0)), 31_150);
        assert_eq!(cents(&earnings("2026-07-01", PayPeriod::Monthly, 200_000, 0)), 28_882);
        let next = earnings("2027-07-01", PayPeriod::Monthly, 200_000, 0);
        let from = "2027-07-01".parse().unwrap();
        let refused = attachable(&next, Purpose::Posting);
        assert_eq!(refused, Err(LawError::Provisional { table: TABLE, from }));
        let Ok(Attachable::Amount(line)) = attachable(&next, Purpose::Projection) else {
            panic!("no amount");
        };
        assert_eq!((line.amount, line.provisional_from), (Money::eur(28_882), Some(from)));
        let old = earnings("2021-06-30", PayPeriod::Monthly, 200_000, 0);
        assert!(matches!(attachable(&old, Purpose::Projection), Err(LawError::NoTable { .. })));
    }

    #[test]
    fn maintenance_and_wilful_tort_are_for_a_court() {
        for (ground, norm) in [
            (AttachmentGround::Maintenance, "§ 850d Abs. 1 S. 2 ZPO"),
            (AttachmentGround::WilfulTort, "§ 850f Abs. 2 ZPO"),
        ] {
            let of = Earnings { ground, ..earnings("2026-07-01", PayPeriod::Monthly, 200_000, 0) };
            assert_eq!(attachable(&of, Purpose::Posting), Ok(Attachable::SetByCourt { norm }));
        }
    }

    #[test]
    fn a_protected_account_keeps_the_base_rounded_up() {
        let found = protected_account("2024-12-24".parse().unwrap(), Purpose::Posting).unwrap();
        assert_eq!(found.monthly.amount, Money::eur(150_000));
        assert_eq!(found.christmas_bonus.amount, Money::eur(75_000));
    }

    proptest! {
        #[test]
        fn more_earnings_never_leave_less_and_more_dependants_never_leave_more_to_attach(
            net in 0i64..1_000_000, more in 0i64..100_000, dependants in 0u32..9, year in 2021..=2026,
            kind in 0usize..3,
        ) {
            let period = [PayPeriod::Monthly, PayPeriod::Weekly, PayPeriod::Daily][kind];
            let day = format!("{year}-09-15");
            let of = |net, dependants| cents(&earnings(&day, period, net, dependants));
            let attached = of(net, dependants);
            prop_assert!((0..=net).contains(&attached));
            prop_assert!(attached <= of(net + more, dependants));
            prop_assert!(attached >= of(net, dependants + 1));
            prop_assert_eq!(of(net, 5), of(net, 5 + dependants));
        }

        #[test]
        fn everything_above_the_cap_is_attached(net in 500_000i64..2_000_000, dependants in 0u32..9) {
            let of = |net| cents(&earnings("2026-09-15", PayPeriod::Monthly, net, dependants));
            prop_assert_eq!(of(net + 1_234) - of(net), 1_234);
        }
    }
}
