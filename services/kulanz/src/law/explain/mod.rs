//! `kulanz law explain`: one claim, everything the law makes of it, with norm and formula.

mod account;
mod text;
mod words;

#[cfg(test)]
mod tests;

use chrono::{Datelike, NaiveDate};
use kulanz_law::{
    Acknowledges, AmountLine, CostClaim, CostTerms, DefaultFacts, DefaultStart, FeeRate,
    FlatSumFacts, InterestYear, LawError, LimitationEvent, LimitationFacts, LimitationStart,
    LimitationTimeline, Mark, Parts, RateBasis, RateFacts, Refusal, claimable_costs, flat_sum,
    limitation, limitation_of_interest, start_of_default, total_of,
};
use kulanz_types::calendar::State;
use kulanz_types::{Currency, Money};
use serde::Serialize;

pub use account::PaymentCovers;
pub use text::render;

use super::args::{ArgumentError, ExplainArgs};

/// A claim as given.
#[derive(Debug, Clone)]
pub struct Claim {
    principal: Money,
    arose: NaiveDate,
    business: bool,
    default: DefaultFacts,
    payments: Vec<(NaiveDate, Money)>,
    order: Option<Order>,
    as_of: NaiveDate,
}

#[derive(Debug, Clone, Copy)]
struct Order {
    on: NaiveDate,
    rate: FeeRate,
    contested: bool,
    difficult: bool,
    vat: bool,
    charged: Option<Money>,
}

/// What is wrong, and with which argument.
#[derive(Debug, thiserror::Error)]
pub enum ExplainError {
    /// An argument that does not fit the others.
    #[error("{argument}: {error}")]
    Argument {
        /// The argument.
        argument: &'static str,
        /// What is wrong with it.
        error: ArgumentError,
    },
    /// The calculator refuses an argument.
    #[error("{argument}: {error}")]
    Refused {
        /// The argument.
        argument: &'static str,
        /// Why.
        error: LawError,
    },
}

/// When default began.
#[derive(Debug, Clone, Serialize)]
pub struct Beginning {
    /// The first day that bears interest.
    #[serde(flatten)]
    pub start: DefaultStart,
    /// The norm.
    pub norm: &'static str,
    /// How far the rule was verified.
    pub mark: Mark,
}

/// Everything the law makes of a claim on a day.
#[derive(Debug, Clone, Serialize)]
pub struct Explanation {
    /// The day.
    pub as_of: NaiveDate,
    /// The main claim.
    pub principal: Money,
    /// When default began; none while nothing has put the debtor there.
    pub default: Option<Beginning>,
    /// Interest by segment.
    pub interest: Vec<AmountLine>,
    /// Costs, and the flat sum that is credited on them.
    pub costs: Vec<AmountLine>,
    /// Why there are no collection costs although an order was given.
    pub costs_refused: Option<String>,
    /// What each payment covered.
    pub payments: Vec<PaymentCovers>,
    /// What is open.
    pub open: Parts,
    /// All of it.
    pub total: Money,
    /// What was paid beyond it: it belongs to the payer.
    pub overpaid: Money,
    /// When the main claim is barred.
    pub limitation: LimitationTimeline,
    /// When the interest of each year is barred.
    pub interest_limitation: Vec<InterestYear>,
    /// The first day whose base rate is not announced yet: from there everything is provisional.
    pub provisional_from: Option<NaiveDate>,
}

impl Claim {
    /// The claim that the arguments describe, on `today` where they name no day.
    pub fn from_args(args: &ExplainArgs, today: NaiveDate) -> Result<Self, ExplainError> {
        let money = |argument, amount: &super::args::Decimal| {
            let found = amount.in_currency(args.currency);
            let found = found.and_then(|amount| {
                if amount.is_positive() { Ok(amount) } else { Err(ArgumentError::Zero) }
            });
            found.map_err(|error| ExplainError::Argument { argument, error })
        };
        let mut payments = Vec::new();
        for payment in &args.payments {
            payments.push((payment.date, money("--payment", &payment.amount)?));
        }
        payments.sort_by_key(|(date, _)| *date);
        let charged = args.charged.as_ref().map(|amount| {
            let error = |error| ExplainError::Argument { argument: "--charged", error };
            amount.in_currency(args.currency).map_err(error)
        });
        let charged = charged.transpose()?;
        Ok(Self {
            principal: money("--principal", &args.principal)?,
            arose: args.arose.unwrap_or(args.due).min(args.due),
            business: args.business,
            default: DefaultFacts {
                due: args.due,
                due_by_calendar: args.calendar_due,
                reminder: args.reminder,
                reminder_deadline: args.reminder_deadline,
                refusal: None,
                served: None,
                invoice_received: args.invoice,
                consumer: !args.business,
                warned: args.warned,
                state: State::Nationwide,
            },
            payments,
            order: args.ordered.map(|on| Order {
                on,
                rate: args.rate_2300,
                contested: args.contested,
                difficult: args.difficult,
                vat: args.vat,
                charged,
            }),
            as_of: args.as_of.unwrap_or(today),
        })
    }
}

/// Explains a claim.
pub fn explain(claim: &Claim) -> Result<Explanation, ExplainError> {
    let start = start_of_default(&claim.default);
    let (costs, costs_refused) = costs(claim, start)?;
    let account = account::Account::run(claim, start, &costs)
        .map_err(|error| ExplainError::Refused { argument: "--as-of", error })?;
    let (limitation, interest_limitation) = barred(claim, start)?;
    let costs = costs.into_iter().map(|(_, line)| line).collect();
    let found = Explanation {
        as_of: claim.as_of,
        principal: claim.principal,
        default: start.map(|start| Beginning {
            start,
            norm: start.reason.norm(),
            mark: start.reason.rule().mark(),
        }),
        provisional_from: account.interest.iter().find_map(|line| line.provisional_from),
        interest: account.interest,
        costs,
        costs_refused,
        payments: account.payments,
        open: account.open,
        total: account.total,
        overpaid: account.overpaid,
        limitation,
        interest_limitation,
    };
    Ok(found)
}

/// The rate that the law gives.
fn rate_facts(claim: &Claim) -> RateFacts {
    let basis = if claim.business { RateBasis::BusinessDefault } else { RateBasis::Default };
    RateFacts { basis, consumer: !claim.business, arose: claim.arose, performed: None }
}

type DatedLines = Vec<(NaiveDate, AmountLine)>;

/// The costs with the days on which they arise, and why there are none in spite of an order.
fn costs(
    claim: &Claim,
    start: Option<DefaultStart>,
) -> Result<(DatedLines, Option<String>), ExplainError> {
    let mut refused = None;
    let mut lines: DatedLines = Vec::new();
    if let Some(order) = claim.order.filter(|order| order.on <= claim.as_of) {
        match order_costs(claim, order, start) {
            Ok(found) => lines.extend(found.into_iter().map(|line| (order.on, line))),
            Err(LawError::Refused(reason @ Refusal::CostsWithoutDefault)) => {
                refused = Some(reason.to_string());
            }
            Err(error) => {
                let argument = match error {
                    LawError::NoTable { .. } | LawError::Provisional { .. } => "--ordered",
                    _ => "--rate-2300",
                };
                return Err(ExplainError::Refused { argument, error });
            }
        }
    }
    let running = start.filter(|start| start.first_day <= claim.as_of);
    if let Some(start) = running.filter(|_| claim.business) {
        flat(claim, start, &mut lines)
            .map_err(|error| ExplainError::Refused { argument: "--business", error })?;
    }
    Ok((lines, refused))
}

fn order_costs(
    claim: &Claim,
    order: Order,
    start: Option<DefaultStart>,
) -> Result<Vec<AmountLine>, LawError> {
    if claim.principal.currency() != Currency::EUR {
        return Err(Refusal::NotEuro.into());
    }
    let terms = CostTerms {
        contested: order.contested,
        difficult: order.difficult,
        deducts_input_tax: !order.vat,
        charged: order.charged,
        ..CostTerms::uncontested(claim.principal, order.on, order.rate)
    };
    let facts = CostClaim {
        default_start: start,
        principal: claim.principal,
        expenses_charged: false,
        asks_vat: order.vat,
    };
    claimable_costs(&terms, &facts)
}

/// The flat sum, less what of the costs it covers. A claim in another currency or from before the reform has
/// none.
fn flat(claim: &Claim, start: DefaultStart, lines: &mut DatedLines) -> Result<(), LawError> {
    let zero = Money::zero(claim.principal.currency());
    let plain: Vec<AmountLine> = lines.iter().map(|(_, line)| line.clone()).collect();
    let costs = total_of(zero, &plain)?;
    let facts = FlatSumFacts { consumer: false, arose: claim.arose, default_from: start.first_day };
    let sum = match flat_sum(&facts, costs) {
        Ok(sum) => sum,
        Err(LawError::NoTable { .. } | LawError::Refused(Refusal::NotEuro)) => return Ok(()),
        Err(error) => return Err(error),
    };
    let credited = costs.checked_sub(sum.further_costs.amount)?;
    if let (Some((on, _)), true) = (lines.first().cloned(), credited.is_positive()) {
        let credit = AmountLine {
            amount: credited.checked_neg()?,
            formula: format!("−min({}, 40.00)", costs.to_decimal()),
            ..sum.further_costs
        };
        lines.push((on, credit));
    }
    lines.insert(0, (start.first_day, sum.flat));
    Ok(())
}

/// A part payment acknowledges the debt (§ 212 Abs. 1 Nr. 1 BGB).
fn barred(
    claim: &Claim,
    start: Option<DefaultStart>,
) -> Result<(LimitationTimeline, Vec<InterestYear>), ExplainError> {
    let events = claim
        .payments
        .iter()
        .filter(|(on, _)| *on <= claim.as_of)
        .map(|(on, _)| LimitationEvent::Acknowledgement {
            on: *on,
            acknowledges: Acknowledges::Yes,
        })
        .collect();
    let due = claim.default.due;
    let start_of_period = LimitationStart::Ordinary { arose: due, known: due };
    let facts = LimitationFacts { start: start_of_period, events, state: State::Nationwide };
    let refused = |error| ExplainError::Refused { argument: "--due", error };
    let main = limitation(&facts).map_err(refused)?;
    let years = match start.filter(|start| start.first_day <= claim.as_of) {
        Some(start) => {
            let years = start.first_day.year()..=claim.as_of.year();
            limitation_of_interest(&facts, years, false).map_err(refused)?
        }
        None => Vec::new(),
    };
    Ok((main, years))
}
