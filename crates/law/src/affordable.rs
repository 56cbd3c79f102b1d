use std::sync::LazyLock;

use chrono::NaiveDate;
use kulanz_types::Money;
use serde::{Deserialize, Serialize};

use crate::garnishment::euro;
use crate::purpose::{Dated, in_force};
use crate::{AmountLine, LawError, Purpose, Refusal, Rule, table};

/// § 115 Abs. 2 ZPO: up to here half of the usable income, above it all but 300 EUR.
const HALF_UP_TO: i64 = 60_000;
const KEPT_ABOVE: i64 = 30_000;
/// § 115 Abs. 2 S. 2 ZPO: smaller instalments are not set.
const LEAST: i64 = 1_000;

/// Whose allowances count (§ 115 Abs. 1 S. 5 ZPO).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AllowanceRegion {
    /// The federal ones.
    #[default]
    Federal,
    /// The district of Fürstenfeldbruck.
    Fuerstenfeldbruck,
    /// The city of Munich.
    MunichCity,
    /// The district of Munich.
    MunichDistrict,
}

/// A household by § 115 Abs. 1 ZPO, per month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Household {
    /// The day of the decision or proposal: it selects the allowances.
    pub on: NaiveDate,
    /// Whose allowances count.
    pub region: AllowanceRegion,
    /// Net income after the items of § 82 Abs. 2 SGB XII.
    pub net: Money,
    /// Housing and heating.
    pub housing: Money,
    /// Extra needs and special burdens.
    pub burdens: Money,
    /// Whether the person works for the income.
    pub employed: bool,
    /// Whether there is a spouse or partner without own income.
    pub partner: bool,
    /// The ages of the dependants without own income, in completed years.
    pub ages: Vec<u32>,
    /// The own income of dependants with one: it lowers the allowance of each, at most to nothing.
    pub earning: Vec<(u32, Money)>,
}

/// The codified instalment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodifiedInstalment {
    /// What is usable of the income; below zero where the needs exceed it.
    pub usable: AmountLine,
    /// The monthly instalment, nothing below 10 EUR; at most 48 of them.
    pub instalment: AmountLine,
}

/// The allowances of one notice, in cents per month.
#[derive(Debug, Clone, Copy)]
struct Allowances {
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    amounts: [[i64; 4]; 6],
}

const NAMES: [&str; 6] = [
    "employment",
    "party_or_partner",
    "adult_dependant",
    "age_14_to_17",
    "age_6_to_13",
    "age_0_to_5",
];

impl Dated for Allowances {
    fn valid_from(&self) -> NaiveDate {
        self.valid_from
    }

    fn valid_to(&self) -> Option<NaiveDate> {
        self.valid_to
    }
}

static ALLOWANCES: LazyLock<Vec<Allowances>> = LazyLock::new(|| {
    // An unreadable notice leaves the list empty, and an empty list refuses every day.
    parse(include_str!("../data/instalment_allowances.csv")).unwrap_or_default()
});

fn parse(text: &'static str) -> Option<Vec<Allowances>> {
    let mut found: Vec<Allowances> = Vec::new();
    for row in table::rows(text) {
        let [from, to, name, amounts @ ..] = row.as_slice() else { return None };
        let (valid_from, valid_to) = (from.parse().ok()?, table::day(to)?);
        if found.last().is_none_or(|last| last.valid_from != valid_from) {
            found.push(Allowances { valid_from, valid_to, amounts: [[0; 4]; 6] });
        }
        let at = NAMES.iter().position(|known| known == name)?;
        let cents: Vec<i64> =
            amounts.iter().map(|amount| table::cents(amount)).collect::<Option<_>>()?;
        found.last_mut()?.amounts[at] = cents.try_into().ok()?;
    }
    Some(found)
}

impl Allowances {
    fn of(&self, name: usize, region: AllowanceRegion) -> i64 {
        let column = match region {
            AllowanceRegion::Federal => 0,
            AllowanceRegion::Fuerstenfeldbruck => 1,
            AllowanceRegion::MunichCity => 2,
            AllowanceRegion::MunichDistrict => 3,
        };
        self.amounts[name][column]
    }

    fn of_age(&self, age: u32, region: AllowanceRegion) -> i64 {
        let name = match age {
            0..=5 => 5,
            6..=13 => 4,
            14..=17 => 3,
            _ => 2,
        };
        self.of(name, region)
    }
}

/// The instalment of § 115 Abs. 1, 2 ZPO: half of the usable income rounded down to full euro, above 600 EUR
/// all but 300 EUR, nothing below 10 EUR.
pub fn codified_instalment(
    household: &Household,
    purpose: Purpose,
) -> Result<CodifiedInstalment, LawError> {
    let found = in_force(&ALLOWANCES, "allowances § 115 ZPO", household.on, purpose)?;
    let deductions = deductions(household, found.value)?;
    let net = euro(household.net)?;
    let usable = deductions.iter().try_fold(net, |rest, (_, cents)| rest.checked_sub(*cents));
    let usable = usable.ok_or(LawError::from(Refusal::AmountOutOfRange))?;
    let line = |cents, formula| {
        let rule = Rule::Instalment115;
        let mut line = AmountLine::new(rule, household.on, Money::eur(cents), formula);
        line.version = found.valid_from.to_string();
        line.provisional_from = found.provisional_from;
        line
    };
    let shown = |cents| Money::eur(cents).to_decimal();
    let mut formula = shown(net);
    for (_, cents) in &deductions {
        formula = format!("{formula} − {}", shown(*cents));
    }
    let mut usable_line = line(usable, formula).input("net", shown(net));
    for (name, cents) in &deductions {
        usable_line = usable_line.input(name, shown(*cents));
    }
    let (rate, formula) = rate(usable);
    let instalment = line(rate, formula).input("usable", shown(usable));
    Ok(CodifiedInstalment { usable: usable_line, instalment })
}

/// The instalment of a usable income in cents, and how it was found.
fn rate(usable: i64) -> (i64, String) {
    let shown = Money::eur(usable).to_decimal();
    let (rate, formula) = if usable > HALF_UP_TO {
        ((usable - KEPT_ABOVE) / 100 * 100, format!("⌊{shown} − 300⌋"))
    } else {
        (usable.max(0) / 200 * 100, format!("⌊{shown} / 2⌋"))
    };
    if rate < LEAST { (0, format!("{formula} < 10")) } else { (rate, formula) }
}

fn deductions(
    household: &Household,
    allowances: &Allowances,
) -> Result<Vec<(&'static str, i64)>, LawError> {
    let region = household.region;
    let mut found = vec![("party", allowances.of(1, region))];
    if household.employed {
        found.push(("employment", allowances.of(0, region)));
    }
    if household.partner {
        found.push(("partner", allowances.of(1, region)));
    }
    for age in &household.ages {
        found.push(("dependant", allowances.of_age(*age, region)));
    }
    for (age, income) in &household.earning {
        let left = allowances.of_age(*age, region) - euro(*income)?;
        found.push(("dependant", left.max(0)));
    }
    found.push(("housing", euro(household.housing)?));
    found.push(("burdens", euro(household.burdens)?));
    found.retain(|(name, cents)| *cents != 0 || *name == "housing");
    Ok(found)
}

/// What a household has left by its own figures, per month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Surplus {
    /// What comes in.
    pub income: Money,
    /// What goes out each month.
    pub fixed: Money,
    /// What goes out once a year.
    pub yearly: Money,
    /// What stays untouched.
    pub buffer: Money,
}

impl Surplus {
    /// `income − fixed − yearly / 12 − buffer`, rounded down, never below nothing.
    pub fn amount(&self) -> Result<Money, LawError> {
        let (income, fixed) = (i128::from(euro(self.income)?), i128::from(euro(self.fixed)?));
        let (yearly, buffer) = (i128::from(euro(self.yearly)?), i128::from(euro(self.buffer)?));
        let left = (12 * (income - fixed - buffer) - yearly).div_euclid(12).max(0);
        i64::try_from(left).map(Money::eur).map_err(|_| Refusal::AmountOutOfRange.into())
    }
}

/// An instalment that can be afforded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The lesser of codified instalment and surplus, rounded down to the step.
    pub instalment: AmountLine,
    /// What could be attached instead, for the person to see.
    pub attachable: Money,
    /// Enforcement would yield nothing.
    pub nothing_attachable: bool,
}

/// Proposes an instalment: `min(codified, surplus)`, rounded down to full `step` cents (500 or 1,000).
pub fn propose(
    on: NaiveDate,
    attachable: Money,
    codified: Money,
    surplus: Money,
    step: i64,
) -> Result<Proposal, LawError> {
    if step <= 0 {
        return Err(Refusal::NegativeAmount.into());
    }
    let (by_law, by_household) = (euro(codified)?, euro(surplus)?);
    let cents = by_law.min(by_household) / step * step;
    let shown = Money::eur(step).to_decimal();
    let formula =
        format!("⌊min({}, {}) / {shown}⌋ × {shown}", codified.to_decimal(), surplus.to_decimal());
    Ok(Proposal {
        instalment: AmountLine::new(Rule::Proposal, on, Money::eur(cents), formula),
        nothing_attachable: euro(attachable)? == 0,
        attachable,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn household(net: i64, ages: &[u32]) -> Household {
        Household {
            on: "2026-05-04".parse().unwrap(),
            region: AllowanceRegion::Federal,
            net: Money::eur(net),
            housing: Money::eur(60_000),
            burdens: Money::eur(0),
            employed: true,
            partner: false,
            ages: ages.to_vec(),
            earning: Vec::new(),
        }
    }

    fn found(household: &Household) -> (i64, i64) {
        let found = codified_instalment(household, Purpose::Posting).unwrap();
        (found.usable.amount.minor_units(), found.instalment.amount.minor_units())
    }

    #[test]
    fn half_of_the_usable_income_is_rounded_down_to_full_euro() {
        // 2,000.00 - 619 - 282 - 600 = 499.00
        assert_eq!(found(&household(200_000, &[])), (49_900, 24_900));
        // 600.01 - 300 = 300.01
        assert_eq!(found(&household(210_101, &[])), (60_001, 30_000));
        assert_eq!(found(&household(151_999, &[])), (1_899, 0));
        // Half of 20.00 is the least that is paid at all.
        assert_eq!(found(&household(152_099, &[])), (1_999, 0));
        assert_eq!(found(&household(152_100, &[])), (2_000, 1_000));
        assert_eq!(found(&household(100_000, &[])), (-50_100, 0));
    }

    #[test]
    fn age_bands_are_in_completed_years() {
        let of = |age| 49_900 - found(&household(200_000, &[age])).0;
        assert_eq!(of(5), 39_300);
        assert_eq!((of(6), of(13)), (42_900, 42_900));
        assert_eq!((of(14), of(17)), (51_800, 51_800));
        assert_eq!(of(18), 49_600);
    }

    #[test]
    fn a_dependants_own_income_lowers_the_allowance_and_regions_have_their_own() {
        let earning = Household {
            earning: vec![(16, Money::eur(40_000)), (19, Money::eur(90_000))],
            ..household(200_000, &[])
        };
        assert_eq!(found(&earning).0, 49_900 - 11_800);
        let munich = Household { region: AllowanceRegion::MunichCity, ..household(200_000, &[]) };
        // 2,000 - 650 - 296 - 600
        assert_eq!(found(&munich).0, 45_400);
    }

    #[test]
    fn a_day_after_the_notice_is_a_forecast() {
        let next = Household { on: "2027-01-04".parse().unwrap(), ..household(200_000, &[]) };
        assert!(matches!(
            codified_instalment(&next, Purpose::Posting),
            Err(LawError::Provisional { .. })
        ));
        let found = codified_instalment(&next, Purpose::Projection).unwrap();
        assert_eq!(found.instalment.provisional_from, "2027-01-01".parse().ok());
        let before = Household { on: "2025-12-31".parse().unwrap(), ..household(200_000, &[]) };
        assert!(matches!(
            codified_instalment(&before, Purpose::Projection),
            Err(LawError::NoTable { .. })
        ));
    }

    #[test]
    fn a_proposal_is_the_lesser_of_law_and_household() {
        let eur = Money::eur;
        let surplus = Surplus {
            income: eur(200_000),
            fixed: eur(150_000),
            yearly: eur(120_000),
            buffer: eur(20_000),
        };
        assert_eq!(surplus.amount(), Ok(eur(20_000)));
        let day = "2026-05-04".parse().unwrap();
        let proposal = propose(day, eur(0), eur(24_900), eur(19_999), 500).unwrap();
        assert_eq!(proposal.instalment.amount, eur(19_500));
        assert!(proposal.nothing_attachable);
    }

    proptest! {
        #[test]
        fn more_income_never_means_a_smaller_instalment_and_a_child_never_a_larger_one(
            net in 0i64..1_000_000, more in 0i64..100_000, age in 0u32..25,
        ) {
            let rate = |net, ages: &[u32]| found(&household(net, ages)).1;
            prop_assert!(rate(net, &[]) <= rate(net + more, &[]));
            prop_assert!(rate(net, &[age]) <= rate(net, &[]));
            prop_assert!(rate(net, &[]) % 100 == 0);
        }
    }
}
