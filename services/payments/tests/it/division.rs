//! One transfer, several claims (§ 366 BGB); a transfer before its claim; more than is owed.

use kulanz_chassis::Role;
use kulanz_proto::events::v1::{PaymentReceived, PaymentReversed};
use kulanz_proto::payments::v1::{self, BankEntryState};
use kulanz_testkit::on_both_backends;
use kulanz_types::{CreditorId, DebtorId};

use crate::claims::Owed;
use crate::setup::Bench;
use crate::statement_file::{Line, statement};
use crate::statements::{PAYER, structured, unmatched};

impl Bench {
    fn debtor(&self) -> DebtorId {
        DebtorId::generate(self.house.seeds(), self.house.now())
    }

    fn creditor(&self) -> CreditorId {
        CreditorId::generate(self.house.seeds(), self.house.now())
    }

    /// What was booked to a claim so far.
    async fn paid(&self, owed: &Owed) -> Vec<i64> {
        let received: Vec<PaymentReceived> = self.told().await;
        let own = received.iter().filter(|payment| payment.claim_id == owed.claim_id);
        own.map(|payment| payment.amount.as_ref().unwrap().minor_units).collect()
    }

    /// The last payment counts now, as claims would tell.
    async fn last_counts(&self, version: i64) {
        let received: Vec<PaymentReceived> = self.told().await;
        self.count_payment(received.last().unwrap(), version).await;
    }

    /// Two claims of one debtor and creditor, of whom the account has paid once before.
    async fn two_claims_of_a_known_payer(&self) -> (Owed, Owed) {
        let (debtor, creditor) = (self.debtor(), self.creditor());
        let one = self.open_claim_between(debtor, creditor, "AAQ2M0X9TA", 10_000).await;
        let other = self.open_claim_between(debtor, creditor, "BBR3N1Y0VC", 20_000).await;
        let first = Line { structured: structured("AAQ2M0X9TA"), ..from_payer(1_000, "B-0") };
        self.import(&statement("S-0", &[first])).await.unwrap();
        self.last_counts(2).await;
        (one, other)
    }
}

fn from_payer(cents: i64, reference: &str) -> Line {
    Line {
        payer: PAYER.into(),
        name: "Karla Klee".into(),
        end_to_end: format!("E2E-{reference}"),
        ..Line::credit(cents, reference, "2026-11-30")
    }
}

on_both_backends! {
    async fn a_payment_that_names_no_claim_is_divided_as_the_law_says(backend: Backend) {
        let bench = Bench::start(backend).await;
        let (one, other) = bench.two_claims_of_a_known_payer().await;
        let reply = bench.import(&statement("S-1", &[from_payer(15_000, "B-1")])).await.unwrap();
        assert_eq!((reply.matched_count, reply.unmatched_count), (0, 1));
        assert_eq!(bench.paid(&one).await, [1_000, 9_000]);
        assert_eq!(bench.paid(&other).await, [6_000]);
        assert!(unmatched(&bench).await.is_empty());
        assert_eq!(bench.balance("suspense").await, 0);
        assert_eq!(bench.balance("due_to_creditor").await, -16_000);
        let ids: Vec<PaymentReceived> = bench.told().await;
        let ids: std::collections::BTreeSet<_> = ids.iter().map(|payment| &payment.payment_id).collect();
        assert_eq!(ids.len(), 3, "each share is a payment of its own");
    }

    async fn the_claims_that_a_transfer_names_are_paid_first_and_in_its_order(backend: Backend) {
        let bench = Bench::start(backend).await;
        let (debtor, creditor) = (bench.debtor(), bench.creditor());
        let one = bench.open_claim_between(debtor, creditor, "AAQ2M0X9TA", 10_000).await;
        let other = bench.open_claim_between(debtor, creditor, "BBR3N1Y0VC", 20_000).await;
        let third = bench.open_claim_between(debtor, creditor, "CCR3N1Y0VC", 20_000).await;
        let text = "Az. CCR3N-1Y0VC und BBR3N1Y0VC".to_owned();
        let line = Line { text, ..Line::credit(25_000, "B-1", "2026-11-30") };
        bench.import(&statement("S-1", &[line])).await.unwrap();
        assert_eq!(bench.paid(&third).await, [20_000]);
        assert_eq!(bench.paid(&other).await, [5_000]);
        assert!(bench.paid(&one).await.is_empty());
    }

    async fn money_is_never_divided_across_creditors(backend: Backend) {
        let bench = Bench::start(backend).await;
        let debtor = bench.debtor();
        let one = bench.open_claim_of(debtor, "AAQ2M0X9TA", 10_000).await;
        let other = bench.open_claim_of(debtor, "BBR3N1Y0VC", 20_000).await;
        let text = "AAQ2M0X9TA BBR3N1Y0VC".to_owned();
        let line = Line { text, ..Line::credit(15_000, "B-1", "2026-11-30") };
        bench.import(&statement("S-1", &[line])).await.unwrap();
        bench.advance(2).await;
        assert!(bench.paid(&one).await.is_empty() && bench.paid(&other).await.is_empty());
        assert_eq!(unmatched(&bench).await.len(), 1);
        assert_eq!(bench.balance("suspense").await, -15_000);
        assert_eq!(bench.claims.times_divided(), 0);
    }

    async fn what_exceeds_all_claims_stays_the_payers_and_a_return_undoes_every_share(backend: Backend) {
        let bench = Bench::start(backend).await;
        let (one, other) = bench.two_claims_of_a_known_payer().await;
        bench.import(&statement("S-1", &[from_payer(50_000, "B-1")])).await.unwrap();
        assert_eq!((bench.paid(&one).await, bench.paid(&other).await), (vec![1_000, 9_000], vec![20_000]));
        assert_eq!(bench.balance("refunds_payable").await, -21_000);
        assert_eq!(bench.balance("due_to_creditor").await, -30_000);

        let back = Line { cents: -50_250, returned: "MD06".into(), reference: "B-2".into(), ..from_payer(0, "B-1") };
        let file = statement("S-2", &[back]);
        // The bank charges 2.50 for it.
        let file = file.replace("<RltdPties>", "<AmtDtls><InstdAmt><Amt Ccy=\"EUR\">500.00</Amt></InstdAmt></AmtDtls><RltdPties>");
        let reply = bench.import(&file).await.unwrap();
        assert_eq!(reply.returned_count, 1);
        let reversed: Vec<PaymentReversed> = bench.told().await;
        let mut amounts: Vec<_> = reversed.iter().map(|back| back.amount.as_ref().unwrap().minor_units).collect();
        amounts.sort_unstable();
        assert_eq!(amounts, [9_000, 20_000]);
        assert_eq!(bench.balance("refunds_payable").await, 0);
        assert_eq!(bench.balance("due_to_creditor").await, -1_000);
        assert_eq!(bench.balance("bank_charges").await, 250);
        assert_eq!(bench.balance("suspense").await, 0);
    }

    async fn a_second_payment_is_divided_once_claims_counts_the_first(backend: Backend) {
        let bench = Bench::start(backend).await;
        let (one, other) = bench.two_claims_of_a_known_payer().await;
        let named = Line { structured: structured("AAQ2M0X9TA"), ..from_payer(8_999, "B-1") };
        bench.import(&statement("S-1", &[named, from_payer(2_500, "B-2")])).await.unwrap();
        assert_eq!(bench.claims.times_divided(), 0, "what claims would answer is of yesterday");
        assert_eq!(unmatched(&bench).await.len(), 1);
        bench.last_counts(3).await;
        assert_eq!(bench.claims.times_divided(), 1);
        assert_eq!(bench.paid(&one).await, [1_000, 8_999, 1]);
        assert_eq!(bench.paid(&other).await, [2_499]);
    }

    async fn a_claim_paid_beyond_what_is_owed_owes_the_rest_to_its_payer(backend: Backend) {
        let bench = Bench::start(backend).await;
        let owed = bench.open_claim("AAQ2M0X9TA", 10_000).await;
        let line = Line { structured: structured("AAQ2M0X9TA"), ..from_payer(12_500, "B-1") };
        bench.import(&statement("S-1", std::slice::from_ref(&line))).await.unwrap();
        bench.last_counts(2).await;
        assert_eq!(bench.balance("refunds_payable").await, -2_500);
        assert_eq!(bench.balance("due_to_creditor").await, -10_000);
        // The same news again, and news from before, change nothing.
        let received: Vec<PaymentReceived> = bench.told().await;
        bench.tell_balance(&received[0], "PAYMENT", 2).await;
        bench.tell_balance(&received[0], "PAYMENT", 1).await;
        assert_eq!(bench.balance("refunds_payable").await, -2_500);

        let back = Line { cents: -12_500, returned: "MD06".into(), reference: "B-2".into(), structured: String::new(), ..line };
        bench.import(&statement("S-2", &[back])).await.unwrap();
        bench.claims.change(&owed.claim_id, |owed| owed.principal = 10_000);
        bench.tell_balance(&received[0], "REVERSAL", 3).await;
        assert_eq!(bench.balance("refunds_payable").await, 0);
        assert_eq!(bench.balance("due_to_creditor").await, 0);
    }

    async fn a_transfer_that_comes_before_its_claim_finds_it_by_itself(backend: Backend) {
        let bench = Bench::start(backend).await;
        let (debtor, creditor) = (bench.debtor(), bench.creditor());
        let early = [
            Line { structured: structured("AAQ2M0X9TA"), ..Line::credit(1_000, "B-1", "2026-11-30") },
            Line { text: "Rate zu bbr3n-1y0vc".into(), ..Line::credit(2_000, "B-2", "2026-11-30") },
            Line { text: "Spende".into(), ..Line::credit(3_000, "B-3", "2026-11-30") },
        ];
        let reply = bench.import(&statement("S-1", &early)).await.unwrap();
        assert_eq!(reply.unmatched_count, 3);
        let one = bench.open_claim_between(debtor, creditor, "AAQ2M0X9TA", 10_000).await;
        let other = bench.open_claim_between(debtor, creditor, "BBR3N1Y0VC", 20_000).await;
        assert_eq!((bench.paid(&one).await, bench.paid(&other).await), (vec![1_000], vec![2_000]));
        assert_eq!(unmatched(&bench).await.len(), 1);
        assert_eq!(bench.balance("suspense").await, -3_000);
        let clues = "SELECT COUNT(*) AS n FROM bank_entry_clue c JOIN bank_entry e ON e.tenant_id = c.tenant_id \
                     AND e.bank_entry_id = c.bank_entry_id WHERE c.tenant_id = $1 AND e.state <> $2";
        assert_eq!(bench.house.count("payments", clues, "unmatched").await, 0);
    }

    async fn a_person_may_decide_before_claims_has_answered(backend: Backend) {
        let bench = Bench::start(backend).await;
        let (_, other) = bench.two_claims_of_a_known_payer().await;
        let named = Line { structured: structured("AAQ2M0X9TA"), ..from_payer(500, "B-1") };
        bench.import(&statement("S-1", &[named, from_payer(2_500, "B-2")])).await.unwrap();
        let request = v1::MatchEntryRequest {
            request_id: bench.house.request_id(),
            bank_entry_id: unmatched(&bench).await[0].bank_entry_id.clone(),
            claim_id: other.claim_id.clone(),
        };
        let matched = bench.client().match_entry(bench.house.ask(Role::Agent, request)).await.unwrap();
        assert_eq!(matched.into_inner().entry.unwrap().state(), BankEntryState::Matched);
        bench.last_counts(3).await;
        bench.advance(1).await;
        assert_eq!(bench.paid(&other).await, [2_500]);
        assert_eq!(bench.claims.times_divided(), 0);
    }
}
