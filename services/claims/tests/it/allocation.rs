//! Which claims of one debtor towards one creditor a payment covers.

use kulanz_chassis::Role;
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::types::v1::Date;
use kulanz_testkit::{Backend, House, fields, on_both_backends, reason};
use tonic::{Code, Status};

use crate::support::{cents, claim, creditor, day, euros, house, import, row, total};

/// Two claims of one person towards one creditor, and one towards another.
struct Owing {
    house: House,
    debtor_id: String,
    creditor_id: String,
    /// Due 160 days ago, from a contract of 192 days ago.
    due_first: String,
    /// Due 60 days ago, from a contract of 300 days ago.
    arose_first: String,
    elsewhere: String,
}

impl Owing {
    async fn start(backend: Backend) -> Self {
        let house = house(backend).await;
        let (creditor_id, other) = (creditor(&house).await, creditor(&house).await);
        let due_first = pb::ImportRow {
            contract_date: day(&house, 192),
            invoice_date: day(&house, 190),
            due_date: day(&house, 160),
            reminder_sent_on: day(&house, 140),
            principal: euros(10_000),
            ..row(&house, "R-DUE")
        };
        let arose_first = pb::ImportRow {
            contract_date: day(&house, 300),
            principal: euros(20_000),
            ..row(&house, "R-OLD")
        };
        let elsewhere = pb::ImportRow { principal: euros(15_000), ..row(&house, "R-ELSE") };
        let own = import(&house, &creditor_id, vec![due_first, arose_first]).await.rows;
        let others = import(&house, &other, vec![elsewhere]).await.rows;
        house.settle().await;
        assert_eq!(own[0].debtor_id, others[0].debtor_id);
        Self {
            debtor_id: own[0].debtor_id.clone(),
            due_first: own[0].claim_id.clone(),
            arose_first: own[1].claim_id.clone(),
            elsewhere: others[0].claim_id.clone(),
            creditor_id,
            house,
        }
    }

    fn payment(
        &self,
        amount: i64,
        value_date: Option<Date>,
        named: &[&str],
    ) -> pb::PreviewAllocationRequest {
        pb::PreviewAllocationRequest {
            debtor_id: self.debtor_id.clone(),
            creditor_id: self.creditor_id.clone(),
            amount: euros(amount),
            value_date,
            designated_claim_ids: named.iter().map(ToString::to_string).collect(),
        }
    }

    async fn ask(
        &self,
        asked: pb::PreviewAllocationRequest,
    ) -> Result<pb::PreviewAllocationResponse, Status> {
        let asked = self.house.ask(Role::Service, asked);
        Ok(self.house.clients().claims().preview_allocation(asked).await?.into_inner())
    }

    /// Claim, amount and paragraph of each share of a payment of today, and what is left.
    async fn divided(&self, amount: i64, named: &[&str]) -> (Vec<(String, i64, bool)>, i64) {
        let asked = self.payment(amount, day(&self.house, 0), named);
        let answer = self.ask(asked).await.unwrap();
        let share = |share: pb::ClaimShare| {
            let by_name = share.norm == "§ 366 Abs. 1 BGB: named by the debtor";
            assert!(by_name || share.norm.starts_with("§ 366 Abs. 2 BGB"), "{}", share.norm);
            (share.claim_id.clone(), cents(&share.amount), by_name)
        };
        (answer.shares.into_iter().map(share).collect(), cents(&answer.overpayment))
    }
}

on_both_backends! {
    async fn a_payment_goes_where_the_debtor_said_then_to_the_oldest_and_never_to_another_creditor(backend: Backend) {
        let owing = Owing::start(backend).await;
        let (old, due) = (owing.arose_first.clone(), owing.due_first.clone());
        assert_eq!(owing.divided(5_000, &[]).await, (vec![(old.clone(), 5_000, false)], 0));
        assert_eq!(owing.divided(5_000, &[&due]).await, (vec![(due.clone(), 5_000, true)], 0));
        let (shares, left) = owing.divided(15_000, &[&due]).await;
        let [(first, whole, true), (second, rest, false)] = shares.as_slice() else { panic!("{shares:?}") };
        assert_eq!((first, second, whole + rest, left), (&due, &old, 15_000, 0));
        // Interest of the day itself is not owed by who pays on it.
        let open = total(&claim(&owing.house, &due).await);
        assert!((open - 3..=open).contains(whole), "{whole} of {open}");
        let (shares, left) = owing.divided(90_000, &[&due, &old]).await;
        assert_eq!(shares.iter().map(|share| share.0.as_str()).collect::<Vec<_>>(), [&due, &old]);
        assert!(shares.iter().all(|share| share.2) && left > 0);
        assert_eq!(shares.iter().map(|share| share.1).sum::<i64>() + left, 90_000);
        owing.house.stop().await;
    }

    async fn what_is_not_due_on_the_day_of_the_payment_comes_last(backend: Backend) {
        let owing = Owing::start(backend).await;
        let then = owing.payment(5_000, day(&owing.house, 100), &[]);
        let shares = owing.ask(then).await.unwrap().shares;
        let paid: Vec<_> = shares.iter().map(|share| (&share.claim_id, cents(&share.amount))).collect();
        assert_eq!(paid, [(&owing.due_first, 5_000)]);
        let more = owing.payment(15_000, day(&owing.house, 100), &[]);
        let shares = owing.ask(more).await.unwrap().shares;
        assert_eq!(shares[1].claim_id, owing.arose_first);
        owing.house.stop().await;
    }

    async fn a_payment_that_cannot_be_divided_says_why(backend: Backend) {
        let owing = Owing::start(backend).await;
        let today = day(&owing.house, 0);
        let given_up = pb::WithdrawClaimRequest {
            request_id: owing.house.request_id(),
            claim_id: owing.arose_first.clone(),
            reason: "goodwill".into(),
        };
        let mut claims = owing.house.clients().claims();
        claims.withdraw_claim(owing.house.ask(Role::Admin, given_up)).await.unwrap();
        let named = |id: &str| owing.payment(5_000, today, &[id]);
        let due = owing.due_first.as_str();
        for wrong in [
            named(&owing.elsewhere),
            named(&owing.arose_first),
            named("claim_01h455vb4pex5vsknk084sn02q"),
            named("claim_1"),
            owing.payment(5_000, today, &[due, due]),
        ] {
            assert_eq!(fields(&owing.ask(wrong).await.unwrap_err()), ["designated_claim_ids"]);
        }
        let nothing = owing.payment(0, None, &[]);
        assert_eq!(fields(&owing.ask(nothing).await.unwrap_err()), ["amount", "value_date"]);
        // What is closed takes no part.
        assert_eq!(owing.divided(5_000, &[]).await.0, [(owing.due_first.clone(), 5_000, false)]);
        let nobody = pb::PreviewAllocationRequest {
            debtor_id: "debtor_01h455vb4pex5vsknk084sn02q".into(),
            ..owing.payment(5_000, today, &[])
        };
        assert_eq!(owing.ask(nobody).await.unwrap_err().code(), Code::NotFound);
        let foreign = owing.house.ask_as_other(Role::Service, owing.payment(5_000, today, &[]));
        assert_eq!(claims.preview_allocation(foreign).await.unwrap_err().code(), Code::NotFound);
        let stranger = owing.house.ask(Role::Integration, owing.payment(5_000, today, &[]));
        assert_eq!(reason(&claims.preview_allocation(stranger).await.unwrap_err()), "CALL_NOT_ALLOWED");
        owing.house.stop().await;
    }
}
