//! Who may take part, by what the caller knows of the person.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::decimal::decimal;

/// How an attribute is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    /// One of the values.
    In,
    /// None of the values.
    NotIn,
    /// At least the value.
    AtLeast,
    /// Below the value.
    Below,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Condition {
    /// What is compared.
    pub attribute: String,
    /// How.
    pub operator: Operator,
    /// With what.
    pub values: Vec<String>,
}

impl Condition {
    /// The field that is wrong and what is expected there.
    pub fn flaw(&self) -> Option<(&'static str, &'static str)> {
        if self.attribute.is_empty() {
            return Some(("attribute", "must not be empty"));
        }
        match self.operator {
            Operator::In | Operator::NotIn => {
                self.values.is_empty().then_some(("values", "at least one is needed"))
            }
            Operator::AtLeast | Operator::Below => {
                let sound = matches!(self.values.as_slice(), [value] if decimal(value).is_some());
                (!sound).then_some(("values", "exactly one decimal number is needed"))
            }
        }
    }

    /// Whether it holds. Of what is not known nothing holds, and neither does of text that would have to be
    /// a number.
    pub fn holds(&self, attributes: &BTreeMap<String, String>) -> bool {
        let Some(known) = attributes.get(&self.attribute) else { return false };
        let bound = || self.values.first().and_then(|value| decimal(value));
        match self.operator {
            Operator::In => self.values.contains(known),
            Operator::NotIn => !self.values.contains(known),
            Operator::AtLeast => decimal(known).zip(bound()).is_some_and(|(is, least)| is >= least),
            Operator::Below => decimal(known).zip(bound()).is_some_and(|(is, bound)| is < bound),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn condition(operator: Operator, values: &[&str]) -> Condition {
        let values = values.iter().map(ToString::to_string).collect();
        Condition { attribute: "balance".to_owned(), operator, values }
    }

    fn holds(operator: Operator, values: &[&str], known: &str) -> bool {
        let attributes = [("balance".to_owned(), known.to_owned())].into();
        condition(operator, values).holds(&attributes)
    }

    #[test]
    fn each_operator_compares_as_it_says() {
        assert!(holds(Operator::In, &["10", "20"], "20") && !holds(Operator::In, &["10"], "20"));
        assert!(holds(Operator::NotIn, &["10"], "20") && !holds(Operator::NotIn, &["20"], "20"));
        assert!(holds(Operator::AtLeast, &["9.5"], "9.5"));
        assert!(!holds(Operator::AtLeast, &["10"], "9"), "numbers, not text");
        assert!(holds(Operator::Below, &["10"], "9") && !holds(Operator::Below, &["10"], "10"));
    }

    #[test]
    fn of_what_is_not_known_or_is_no_number_nothing_holds() {
        for operator in [Operator::In, Operator::NotIn, Operator::AtLeast, Operator::Below] {
            assert!(!condition(operator, &["10"]).holds(&BTreeMap::new()), "{operator:?}");
        }
        for known in ["much", "NaN", ""] {
            assert!(!holds(Operator::AtLeast, &["0"], known));
            assert!(!holds(Operator::Below, &["9"], known));
        }
    }

    #[test]
    fn a_malformed_condition_names_its_field() {
        let field = |operator, values: &[&str]| condition(operator, values).flaw().map(|it| it.0);
        assert_eq!(field(Operator::In, &[]), Some("values"));
        assert_eq!(field(Operator::Below, &["1", "2"]), Some("values"));
        assert_eq!(field(Operator::AtLeast, &["NaN"]), Some("values"));
        assert_eq!(field(Operator::AtLeast, &["-1.5"]), None);
        let nameless = Condition { attribute: String::new(), ..condition(Operator::In, &["a"]) };
        assert_eq!(nameless.flaw().map(|it| it.0), Some("attribute"));
    }
}
