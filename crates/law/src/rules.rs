use std::sync::LazyLock;

use chrono::NaiveDate;
use serde::Serialize;

use crate::table;

/// How far a rule was compared with the text of its norm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Compared with the text or the official notice.
    Verified,
    /// Common knowledge, not compared with its text.
    Unverified,
    /// Open or contested: the calculator takes the reading that favours the debtor.
    Uncertain,
}

/// One version of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct RuleSet {
    /// The rule.
    pub id: Rule,
    /// The norm, as a statement cites it.
    pub norm: &'static str,
    /// The first day for which this version holds; none where it was always so.
    pub valid_from: Option<NaiveDate>,
    /// The last day; none until the law changes it.
    pub valid_to: Option<NaiveDate>,
    /// How far it was verified.
    pub mark: Mark,
}

macro_rules! rules {
    ($($variant:ident = $name:literal: $doc:literal),+ $(,)?) => {
        /// A rule that the calculator applies, by the name that results carry.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum Rule {
            $(#[doc = $doc] #[serde(rename = $name)] $variant),+
        }

        impl Rule {
            /// Every rule.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The name in results and in the table of rule sets.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),+ }
            }
        }
    };
}

rules! {
    BaseRate = "base_rate": "The base rate of each half-year.",
    DefaultInterest = "default_interest": "Five points over base.",
    BusinessInterest = "business_interest": "Nine points over base, eight for older obligations.",
    PendingSuitInterest = "pending_suit_interest": "Interest while a suit is pending.",
    MortgageInterest = "mortgage_interest": "Two and a half points, mortgage consumer loans.",
    CourtCostInterest = "court_cost_interest": "Five points on assessed court costs.",
    CivilInterest = "civil_interest": "Four per cent.",
    CommercialInterest = "commercial_interest": "Five per cent between merchants.",
    CommercialDueInterest = "commercial_due_interest": "Five per cent between merchants from the due date.",
    ContractInterest = "contract_interest": "The contract's rate.",
    DayCount = "day_count": "How many days make a year.",
    PaymentDay = "payment_day": "Whether the day of credit bears interest.",
    DefaultCalendarDay = "default_calendar_day": "Default after a calendar day.",
    DefaultReminder = "default_reminder": "Default by a reminder.",
    DefaultThirtyDays = "default_thirty_days": "Default thirty days after due date and invoice.",
    DefaultRefusal = "default_refusal": "Default by final refusal.",
    DefaultSuit = "default_suit": "Default by a suit or payment order served.",
    DefaultReminderDeadline = "default_reminder_deadline": "Default by a reminder that sets a deadline.",
    FlatSum = "flat_sum": "Forty euro from a business in default.",
    ClaimableCosts = "claimable_costs": "What the client was charged caps the costs.",
    AgencyAndLawyer = "agency_and_lawyer": "Agency and lawyer count once.",
    BusinessFee = "business_fee": "The fee of out-of-court collection.",
    FurtherClients = "further_clients": "The increase for further clients.",
    AgreementFee = "agreement_fee": "The fee of a payment agreement.",
    Expenses = "expenses": "The flat sum for expenses.",
    ValueAddedTax = "value_added_tax": "VAT on fees where it is a loss.",
    TwoWeeks = "two_weeks": "The two weeks of the simple case.",
    DunningFee = "dunning_fee": "The fee of court dunning.",
    DunningCredit = "dunning_credit": "Half the business fee credited on that of court dunning.",
    EnforcementOrderFee = "enforcement_order_fee": "The fee of the enforcement order.",
    EnforcementFee = "enforcement_fee": "The fee of enforcement.",
    CourtFee = "court_fee": "The court's fee for dunning.",
    SuitFee = "suit_fee": "The court's fee of a suit.",
    BailiffFee = "bailiff_fee": "A bailiff's fixed fee.",
    Designation = "designation": "The debtor's word which claim is paid.",
    Ranking = "ranking": "Which claim is paid without it.",
    PartsOrder = "parts_order": "Costs, interest, principal.",
    PartsOrderAgreed = "parts_order_agreed": "Another order that the creditor accepted.",
    PartsOrderLoan = "parts_order_loan": "Costs, amount owed, interest: consumer loans.",
    OrdinaryLimitation = "ordinary_limitation": "Three years from the end of the year.",
    MaximumLimitation = "maximum_limitation": "Ten years whatever was known.",
    TitleLimitation = "title_limitation": "Thirty years from finality.",
    TitleInterestLimitation = "title_interest_limitation": "Three years for interest after the title.",
    LoanInterestLimitation = "loan_interest_limitation": "Thirty years for it with consumer loans.",
    SideClaimLimitation = "side_claim_limitation": "Side claims fall with the main claim.",
    Restart = "restart": "The period begins anew.",
    RestartUndone = "restart_undone": "An enforcement act lifted or refused restarts nothing.",
    AcknowledgementUnclear = "acknowledgement_unclear": "Whether a payment acknowledges is open.",
    Negotiation = "negotiation": "Negotiations suspend.",
    Deferral = "deferral": "An agreed deferral suspends.",
    LegalPursuit = "legal_pursuit": "A suit suspends.",
    CollectiveAction = "collective_action": "A collective action suspends.",
    CourtDunning = "court_dunning": "A payment order suspends.",
    CourtDunningLapse = "court_dunning_lapse": "A payment order lapses.",
    CourtDunningRejected = "court_dunning_rejected": "A suit within a month keeps a rejected application's day.",
    CapacityFloor = "capacity_floor": "Six months after capacity or representation.",
    EstateFloor = "estate_floor": "Six months after acceptance of the estate.",
    LoanSuspension = "loan_suspension": "Consumer loans are suspended from default to the title.",
    LastTimelyFiling = "last_timely_filing": "A filing on the next working day is in time.",
    Garnishment = "garnishment": "What of earnings can be attached.",
    ProtectedAccount = "protected_account": "The protected balance of an account.",
    ChristmasBonus = "christmas_bonus": "The protected part of a christmas bonus.",
    Instalment115 = "instalment_115": "The codified instalment.",
    Proposal = "proposal": "The instalment that a person can afford.",
}

static SETS: LazyLock<Vec<RuleSet>> =
    // Unreadable rows leave the list empty, and every amount then carries the mark `uncertain`.
    LazyLock::new(|| parse(include_str!("../data/rule_sets.csv")).unwrap_or_default());

fn parse(text: &'static str) -> Option<Vec<RuleSet>> {
    table::lines(text)
        .map(|line| {
            // The norm comes last and may hold commas.
            let row: Vec<&'static str> = line.splitn(5, ',').collect();
            let [name, from, to, mark, norm] = row.as_slice() else { return None };
            Some(RuleSet {
                id: Rule::ALL.iter().copied().find(|rule| rule.name() == *name)?,
                norm,
                valid_from: table::day(from)?,
                valid_to: table::day(to)?,
                mark: match *mark {
                    "verified" => Mark::Verified,
                    "unverified" => Mark::Unverified,
                    "uncertain" => Mark::Uncertain,
                    _ => return None,
                },
            })
        })
        .collect()
}

/// Every version of every rule, in the order of the table.
pub fn rule_sets() -> &'static [RuleSet] {
    &SETS
}

impl RuleSet {
    /// The version's name: the day from which it holds, `always` where it has no such day.
    pub fn version(&self) -> String {
        self.valid_from.map_or_else(|| "always".to_owned(), |day| day.to_string())
    }
}

impl Rule {
    /// The version for an anchor day: the one that holds then, else the last that began before it.
    pub fn on(self, date: NaiveDate) -> Option<&'static RuleSet> {
        SETS.iter()
            .filter(|set| set.id == self && set.valid_from.is_none_or(|from| from <= date))
            .max_by_key(|set| set.valid_from)
    }

    /// The norm of the newest version.
    pub fn norm(self) -> &'static str {
        self.newest().map_or("", |set| set.norm)
    }

    /// The mark of the newest version.
    pub fn mark(self) -> Mark {
        self.newest().map_or(Mark::Uncertain, |set| set.mark)
    }

    fn newest(self) -> Option<&'static RuleSet> {
        SETS.iter().filter(|set| set.id == self).max_by_key(|set| set.valid_from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_version_and_versions_follow_each_other() {
        for rule in Rule::ALL {
            let versions: Vec<_> = rule_sets().iter().filter(|set| set.id == *rule).collect();
            assert!(!versions.is_empty(), "{}", rule.name());
            for pair in versions.windows(2) {
                let next = pair[0].valid_to.and_then(|last| last.succ_opt());
                assert_eq!(next, pair[1].valid_from, "{}", rule.name());
            }
        }
    }

    #[test]
    fn the_version_follows_the_anchor_day() {
        let mark = |day: &str| Rule::BusinessInterest.on(day.parse().unwrap()).unwrap().mark;
        assert_eq!(mark("2014-07-28"), Mark::Unverified);
        assert_eq!(mark("2014-07-29"), Mark::Verified);
        assert!(Rule::FlatSum.on("2014-07-28".parse().unwrap()).is_none());
    }
}
