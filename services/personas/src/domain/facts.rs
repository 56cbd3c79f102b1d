//! From what the creditor delivered to features.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::registry::{Value, Values};

/// A debtor as far as features go: no name, no address.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts {
    /// A company and not a person.
    pub company: bool,
    /// Whether an e-mail address is known.
    pub email_present: bool,
    /// Whether a mobile number is known.
    pub mobile_present: bool,
    /// The open claims.
    pub claims: Vec<ClaimFacts>,
    /// What else came with the portfolio, under the names of the import mapping.
    pub intake: BTreeMap<String, String>,
}

/// One open claim.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClaimFacts {
    /// Open principal in minor units of a currency with two decimals; `None` in another currency,
    /// since amounts of different currencies must not be added up.
    pub principal_minor: Option<i64>,
    /// When it fell due.
    pub due_on: Option<NaiveDate>,
    /// Whether the debtor disputes it.
    pub disputed: bool,
    /// Whether the creditor has reminded of it.
    pub reminded: bool,
}

/// The features of a debtor on a day; what is not known is left out.
pub fn features(facts: &Facts, today: NaiveDate) -> Values {
    let mut values = Values::new();
    let mut put = |name: &str, value: Option<Value>| {
        values.extend(value.map(|value| (name.to_owned(), value)));
    };
    put("debtor_kind", Some(category(if facts.company { "company" } else { "consumer" })));
    put("email_present", Some(yes_or_no(facts.email_present)));
    put("mobile_present", Some(yes_or_no(facts.mobile_present)));
    put(
        "orders_12m",
        intake(facts, "orders_12m").and_then(|text| text.parse().ok()).map(Value::Number),
    );
    put("payment_method", intake(facts, "payment_method").map(payment_method));
    put("customer_tenure", days_since(intake(facts, "customer_since").and_then(date), today));
    if !facts.claims.is_empty() {
        put("open_amount", open_amount(&facts.claims));
        put("claim_count", Some(count(facts.claims.len())));
        put(
            "oldest_claim_age",
            days_since(facts.claims.iter().filter_map(|claim| claim.due_on).min(), today),
        );
        put("disputed", Some(disputed(&facts.claims)));
        put(
            "reminder_count",
            Some(count(facts.claims.iter().filter(|claim| claim.reminded).count())),
        );
    }
    values
}

fn intake<'a>(facts: &'a Facts, name: &str) -> Option<&'a str> {
    facts.intake.get(name).map(|text| text.trim()).filter(|text| !text.is_empty())
}

fn category(name: &str) -> Value {
    Value::Category(name.to_owned())
}

fn yes_or_no(yes: bool) -> Value {
    category(if yes { "yes" } else { "no" })
}

fn disputed(claims: &[ClaimFacts]) -> Value {
    let disputed = claims.iter().filter(|claim| claim.disputed).count();
    category(match disputed {
        0 => "no",
        some if some < claims.len() => "some",
        _ => "all",
    })
}

fn count(count: usize) -> Value {
    Value::Number(f64::from(u32::try_from(count).unwrap_or(u32::MAX)))
}

fn open_amount(claims: &[ClaimFacts]) -> Option<Value> {
    let total =
        claims.iter().try_fold(0_i64, |sum, claim| sum.checked_add(claim.principal_minor?))?;
    // Whole euros are enough for a band, and fit a float exactly.
    i32::try_from(total / 100).ok().map(|euros| Value::Number(f64::from(euros)))
}

fn days_since(day: Option<NaiveDate>, today: NaiveDate) -> Option<Value> {
    let days = i32::try_from((today - day?).num_days()).ok()?;
    Some(Value::Number(f64::from(days.max(0))))
}

/// ISO 8601, or the German way to write a day.
fn date(text: &str) -> Option<NaiveDate> {
    ["%Y-%m-%d", "%d.%m.%Y"].iter().find_map(|format| NaiveDate::parse_from_str(text, format).ok())
}

/// The creditor's own word for a way to pay, in German or English.
fn payment_method(text: &str) -> Value {
    let lower = text.to_lowercase();
    category(match lower.as_str() {
        "rechnung" | "invoice" | "kauf auf rechnung" | "open account" => "invoice",
        "lastschrift" | "sepa" | "direct debit" | "direct_debit" | "sepa-lastschrift" => {
            "direct_debit"
        }
        "paypal" | "kreditkarte" | "credit card" | "credit_card" | "card" | "klarna" => {
            "card_or_wallet"
        }
        "ratenkauf" | "raten" | "instalments" | "installments" => "instalments",
        _ => "other",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        date(text).unwrap()
    }

    fn claim(minor: i64, due: &str) -> ClaimFacts {
        ClaimFacts { principal_minor: Some(minor), due_on: Some(day(due)), ..ClaimFacts::default() }
    }

    #[test]
    fn the_features_of_a_debtor_are_those_of_all_open_claims() {
        let facts = Facts {
            email_present: true,
            claims: vec![claim(1_599, "2024-12-01"), claim(5_039, "2026-01-01")],
            intake: [
                ("orders_12m", "3"),
                ("payment_method", "Lastschrift"),
                ("customer_since", "15.05.2019"),
            ]
            .map(|(name, text)| (name.to_owned(), text.to_owned()))
            .into(),
            ..Facts::default()
        };
        let values = features(&facts, day("2026-11-16"));
        assert_eq!(values["open_amount"], Value::Number(66.0));
        assert_eq!(values["claim_count"], Value::Number(2.0));
        assert_eq!(values["oldest_claim_age"], Value::Number(715.0));
        assert_eq!(values["payment_method"], category("direct_debit"));
        assert_eq!(values["customer_tenure"], Value::Number(2_742.0));
        assert_eq!(values["orders_12m"], Value::Number(3.0));
    }

    #[test]
    fn what_is_unknown_or_unreadable_is_left_out() {
        let intake = [
            ("orders_12m".to_owned(), "viele".to_owned()),
            ("customer_since".to_owned(), " ".to_owned()),
        ];
        let values =
            features(&Facts { intake: intake.into(), ..Facts::default() }, day("2026-11-16"));
        assert_eq!(
            values.keys().collect::<Vec<_>>(),
            ["debtor_kind", "email_present", "mobile_present"]
        );
    }

    #[test]
    fn amounts_of_different_currencies_are_not_added_up() {
        let other = ClaimFacts { due_on: Some(day("2026-01-01")), ..ClaimFacts::default() };
        let facts = Facts { claims: vec![claim(1_000, "2026-01-01"), other], ..Facts::default() };
        assert!(!features(&facts, day("2026-11-16")).contains_key("open_amount"));
    }
}
