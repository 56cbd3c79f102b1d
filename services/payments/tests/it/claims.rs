//! A stand-in for claims: says what is owed, as the test wrote it down, and nothing else.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use chrono::NaiveDate;
use kulanz_proto::claims::v1::{
    Balance, CheckSettlementRequest, CheckSettlementResponse, ClaimShare, ClaimState,
    CollectionAccount, GetStatementRequest, GetStatementResponse, GetTenantRequest,
    GetTenantResponse, PreviewAllocationRequest, PreviewAllocationResponse, Statement,
    StatementLine, StatementLineKind, Tenant,
};
use kulanz_testkit::Stub;
use kulanz_types::Money;
use tonic::Status;

/// What is owed on a claim.
#[derive(Debug, Clone)]
pub struct Owed {
    pub claim_id: String,
    pub debtor_id: String,
    pub creditor_id: String,
    pub case_reference: String,
    pub state: ClaimState,
    pub principal: i64,
    pub interest: i64,
    pub costs: i64,
    pub credits: i64,
    pub rate: &'static str,
    /// The least for which the creditor lets it be settled.
    pub floor: Option<i64>,
}

/// What the stand-in answers from.
#[derive(Clone, Default)]
pub struct Claims {
    owed: Arc<Mutex<HashMap<String, Owed>>>,
    today: Arc<Mutex<NaiveDate>>,
    asked: Arc<AtomicUsize>,
}

/// The collection account of every tenant of the test.
pub const IBAN: &str = "DE02120300000000202051";

impl Claims {
    /// Writes down what is owed.
    pub fn owe(&self, owed: Owed) {
        self.owed.lock().unwrap().insert(owed.claim_id.clone(), owed);
    }

    /// Changes what is owed.
    pub fn change(&self, claim_id: &str, change: impl FnOnce(&mut Owed)) {
        change(self.owed.lock().unwrap().get_mut(claim_id).unwrap());
    }

    /// The day of which statements speak.
    pub fn set_today(&self, today: NaiveDate) {
        *self.today.lock().unwrap() = today;
    }

    /// Serves it until the test ends.
    pub async fn serve(&self) -> SocketAddr {
        let claims = self.clone();
        Stub::default()
            .on(
                "/kulanz.claims.v1.ClaimsService/GetStatement",
                move |asked: GetStatementRequest| {
                    let owed = claims.owed.lock().unwrap();
                    let owed = owed.get(&asked.claim_id);
                    let owed = owed.ok_or_else(|| Status::not_found("no such claim"))?;
                    Ok(GetStatementResponse { statement: Some(claims.statement(owed)) })
                },
            )
            .on("/kulanz.claims.v1.ClaimsService/GetTenant", |_: GetTenantRequest| {
                let collection_account = Some(CollectionAccount {
                    holder: "Muster Inkasso GmbH".to_owned(),
                    iban: IBAN.to_owned(),
                    bic: String::new(),
                });
                let tenant = Some(Tenant { collection_account, ..Default::default() });
                Ok(GetTenantResponse { tenant })
            })
            .on("/kulanz.claims.v1.ClaimsService/CheckSettlement", {
                let claims = self.clone();
                move |asked: CheckSettlementRequest| {
                    let owed = claims.owed.lock().unwrap();
                    let owed = owed.get(&asked.claim_id);
                    let owed = owed.ok_or_else(|| Status::not_found("no such claim"))?;
                    let amount = asked.amount.as_ref().unwrap().minor_units;
                    let open = owed.principal + owed.interest + owed.costs;
                    Ok(CheckSettlementResponse {
                        allowed: amount >= owed.floor.unwrap_or(open),
                        floor: owed.floor.map(|floor| Money::eur(floor).into()),
                        open_total: Some(Money::eur(open).into()),
                        rule_id: String::new(),
                    })
                }
            })
            .on("/kulanz.claims.v1.ClaimsService/PreviewAllocation", {
                let claims = self.clone();
                move |asked: PreviewAllocationRequest| Ok(claims.divide(&asked))
            })
            .serve()
            .await
    }

    /// Named claims first, then the others in the order in which they were opened.
    fn divide(&self, asked: &PreviewAllocationRequest) -> PreviewAllocationResponse {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let owed = self.owed.lock().unwrap();
        let mut of_both: Vec<_> = owed
            .values()
            .filter(|owed| {
                (&owed.debtor_id, &owed.creditor_id) == (&asked.debtor_id, &asked.creditor_id)
            })
            .collect();
        let named = |owed: &Owed| {
            let mut designated = asked.designated_claim_ids.iter();
            designated.position(|claim| *claim == owed.claim_id).unwrap_or(usize::MAX)
        };
        of_both.sort_by_key(|owed| (named(owed), owed.case_reference.clone()));
        let mut left = asked.amount.as_ref().unwrap().minor_units;
        let mut shares = Vec::new();
        for owed in of_both {
            let share = (owed.principal + owed.interest + owed.costs).min(left);
            left -= share;
            if share > 0 {
                let (claim_id, norm) = (owed.claim_id.clone(), "§ 366 BGB".to_owned());
                shares.push(ClaimShare { claim_id, amount: Some(Money::eur(share).into()), norm });
            }
        }
        PreviewAllocationResponse { shares, overpayment: Some(Money::eur(left).into()) }
    }

    /// How often it was asked to divide a payment.
    pub fn times_divided(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn statement(&self, owed: &Owed) -> Statement {
        let money = |cents: i64| Some(Money::eur(cents).into());
        let today = *self.today.lock().unwrap();
        let line = StatementLine {
            kind: StatementLineKind::Interest.into(),
            amount: money(owed.interest),
            from: Some(today.into()),
            to: Some(today.into()),
            rate: owed.rate.to_owned(),
            ..Default::default()
        };
        Statement {
            claim_id: owed.claim_id.clone(),
            creditor_id: owed.creditor_id.clone(),
            debtor_id: owed.debtor_id.clone(),
            case_reference: owed.case_reference.clone(),
            as_of: Some(today.into()),
            lines: vec![line],
            totals: Some(Balance {
                principal: money(owed.principal),
                interest: money(owed.interest),
                costs: money(owed.costs),
                credits: money(owed.credits),
                total: money(owed.principal + owed.interest + owed.costs),
            }),
            state: owed.state.into(),
            ..Default::default()
        }
    }
}
