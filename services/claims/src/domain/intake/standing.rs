//! What a row bears under the creditor's terms, and what is wrong with that.

use chrono::NaiveDate;
use kulanz_law::{DefaultReason, DefaultStart, InterestRate, Percent};

use super::dates::time_bar;
use super::{Accepted, Code, Problem, Severity};
use crate::domain::limitation::{Origin, expires_at_intake};
use crate::domain::terms::{ClaimFacts, CreditorTerms, Terms};

/// So many points above the legal rate are looked at twice: courts take them for a sign that an agreement
/// is void (§ 138 BGB).
const USURIOUS: Percent = Percent::whole(12);

/// What a creditor has said once for all of its claims.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Its terms.
    pub terms: CreditorTerms,
    /// Why its contractual rate may be above the statutory one; empty for no reason.
    pub rate_reason: String,
    /// It has told the address by which it can be sued.
    pub has_address: bool,
    /// It wants what is time-barred taken in: limitation is a plea (§ 214 Abs. 1 BGB).
    pub accepts_time_barred: bool,
}

impl Standing {
    /// Refuses a row that is time-barred, or takes it in with a warning, as the creditor wants it.
    pub fn admit(&self, problems: &mut [Problem], accepted: &mut Option<Accepted>) {
        for problem in problems.iter_mut().filter(|problem| problem.code == Code::TimeBarred) {
            if self.accepts_time_barred {
                problem.severity = Severity::Warning;
            } else {
                *accepted = None;
            }
        }
    }

    /// What a claim of this row bears.
    pub fn terms_of(&self, row: &Accepted) -> Terms {
        let own = row.contractual_rate.map(InterestRate::Fixed);
        let creditor =
            CreditorTerms { contractual_rate: own.or(self.terms.contractual_rate), ..self.terms };
        let facts = ClaimFacts {
            arose: row.arose(),
            invoiced: row.invoice_date,
            due: row.due_date,
            reminder: row.reminder_date,
            consumer: row.consumer,
            consumer_loan: row.consumer_loan,
        };
        let mut terms = Terms::of(creditor, &facts);
        if let Some(first_day) = row.default_since {
            terms.default_start = Some(DefaultStart { first_day, reason: DefaultReason::Reminder });
        }
        terms
    }

    /// Why a rate above the statutory one is owed on this row; empty where nobody said.
    pub fn rate_reason<'a>(&'a self, row: &'a Accepted) -> &'a str {
        let said = row.contractual_rate_reason.as_str();
        // The creditor's reason speaks of the creditor's rate.
        if said.is_empty() && row.contractual_rate.is_none() { &self.rate_reason } else { said }
    }

    /// What is wrong with a row that bears these terms.
    pub fn check(&self, row: &Accepted, terms: &Terms, today: NaiveDate) -> Vec<Problem> {
        let address = (row.consumer && !self.has_address).then(|| {
            let message = "a consumer must be told the creditor's address (§ 13a Abs. 1 Nr. 1 RDG): \
                           state it before anybody is written to";
            Problem::new(Code::CreditorAddressMissing, "creditor.address", message)
        });
        let refused = row.creditor_costs.is_some() && terms.default_start.is_none();
        let message = "charged before default: left out (§§ 280, 286 BGB)";
        let costs =
            refused.then(|| Problem::new(Code::CostsWithoutDefault, "creditor_costs", message));
        let loan = row.consumer_loan.then(|| {
            let loan_default = terms.default_start.map(|start| start.first_day);
            let origin = Origin { due: row.due_date, loan_default };
            time_bar(expires_at_intake(origin, row.title_final_on), today)
        });
        let mut loan: Vec<Problem> = loan.flatten().into_iter().collect();
        self.admit(&mut loan, &mut None);
        let rate = self.rate(row, terms, today);
        [address, costs, loan.pop(), rate].into_iter().flatten().collect()
    }

    /// § 288 Abs. 3 BGB allows more than the statutory rate where there is a ground for it, which the
    /// debtor has to be told; of a consumer loan nothing more is owed (§ 497 Abs. 1, § 512 BGB).
    fn rate(&self, row: &Accepted, terms: &Terms, today: NaiveDate) -> Option<Problem> {
        let InterestRate::Fixed(rate) = terms.rate else { return None };
        let lawful = lowest_lawful(row, terms, today)?;
        let field = "contractual_rate";
        if rate <= lawful {
            return None;
        }
        if row.consumer_loan {
            let message =
                format!("above {lawful} %, all that a consumer loan bears in default (§ 497 BGB)");
            return Some(Problem::new(Code::InterestAboveLaw, field, message));
        }
        if self.rate_reason(row).is_empty() {
            let message = format!(
                "above the statutory {lawful} % without a reason (§ 288 BGB, § 13a Abs. 1 Nr. 4 RDG)"
            );
            return Some(Problem::new(Code::InterestAboveLaw, field, message));
        }
        (rate > lawful.plus(USURIOUS)).then(|| {
            let message = format!("more than 12 points above the statutory {lawful} % (§ 138 BGB)");
            Problem::new(Code::RateImplausible, field, message)
        })
    }
}

/// The lowest statutory rate from the beginning of default, or the due date, until today.
fn lowest_lawful(row: &Accepted, terms: &Terms, today: NaiveDate) -> Option<Percent> {
    let from = terms.default_start.map_or(row.due_date, |start| start.first_day).min(today);
    InterestRate::statutory(row.consumer, row.arose()).lowest(from, today).ok()
}

impl Accepted {
    /// When the obligation arose: the contract, else the invoice, else the due date.
    pub fn arose(&self) -> NaiveDate {
        self.contract_date.or(self.invoice_date).unwrap_or(self.due_date)
    }
}
