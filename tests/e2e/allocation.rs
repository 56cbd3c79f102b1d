//! One debtor, several claims: a transfer is divided among the claims of one creditor as the debtor said
//! or as the law says (§ 366 BGB), within each by § 367 BGB, and never across creditors.

use chrono::NaiveDate;
use kulanz_chassis::Role;
use kulanz_proto::{
    claims::v1::{Balance, ImportRow},
    payments::v1::{
        BankEntry, BankEntryState, GetTrialBalanceRequest, GetTrialBalanceResponse,
        ListUnmatchedEntriesRequest,
    },
};
use kulanz_testkit::{Backend, on_both_backends};
use kulanz_tests::{Booking, ERIKA, Row, World, calls};

/// Three invoices of one shop and one of another, all to Erika: number, cents, month of 2026 in which it
/// was made, fell due on the 18th and was reminded of on the 28th.
const OWED: [(&str, i64, i32); 3] =
    [("RE-MARCH", 10_000, 3), ("RE-APRIL", 20_000, 4), ("RE-MAY", 30_000, 5)];
const ELSEWHERE: (&str, i64, i32) = ("SW-MARCH", 15_000, 3);

/// A claim and what it is about.
#[derive(Debug, Clone)]
struct Owed {
    claim_id: String,
    case_reference: String,
    cents: i64,
    month: u32,
    /// The agency's costs of it.
    costs: i64,
}

/// Erika's claims at one agency.
struct Scene {
    world: World,
    debtor_id: String,
    creditor_id: String,
    /// Of the first creditor, oldest first.
    claims: [Owed; 3],
    /// Of the other creditor.
    foreign: Option<Owed>,
}

fn row((reference, cents, month): (&'static str, i64, i32)) -> ImportRow {
    Row { reference, cents, due: (2026, month, 18), ..ERIKA }.to_import()
}

impl Scene {
    async fn of_one_creditor(backend: Backend) -> Self {
        let world = World::open(backend).await;
        let creditor_id = world.creditor_id.clone();
        let results = world.import(OWED.map(row).to_vec()).await;
        world.house.settle().await;
        let debtor_id = results[0].debtor_id.clone();
        assert!(results.iter().all(|one| one.debtor_id == debtor_id), "{results:?}");
        let mut claims = Vec::new();
        for (result, owed) in results.iter().zip(OWED) {
            claims.push(known(&world, &result.claim_id, owed).await);
        }
        let claims = claims.try_into().unwrap();
        Self { world, debtor_id, creditor_id, claims, foreign: None }
    }

    async fn of_two_creditors(backend: Backend) -> Self {
        let mut scene = Self::of_one_creditor(backend).await;
        let other = scene.world.second_creditor().await;
        let results = scene.world.import_for(&other, vec![row(ELSEWHERE)]).await;
        scene.world.house.settle().await;
        assert_eq!(results[0].debtor_id, scene.debtor_id, "one person within one tenant");
        scene.foreign = Some(known(&scene.world, &results[0].claim_id, ELSEWHERE).await);
        scene
    }

    fn foreign(&self) -> &Owed {
        self.foreign.as_ref().unwrap()
    }

    /// The bank tells of these movements of today, and everything that follows is done.
    async fn book(&self, statement: &str, bookings: &[Booking]) {
        calls::import_statement(&self.world, statement, bookings).await;
        self.world.house.settle().await;
    }

    fn today(&self) -> NaiveDate {
        calls::today(&self.world)
    }

    fn transfer(&self, number: u32, cents: i64, text: &str) -> Booking {
        Booking { text: text.into(), ..Booking::transfer(number, cents, self.today(), "") }
    }

    async fn balance(&self, owed: &Owed) -> (i64, i64, i64) {
        let claim = calls::claim(&self.world, &owed.claim_id).await;
        let Balance { costs, interest, principal, .. } = claim.balance.unwrap();
        let [costs, interest, principal] =
            [costs, interest, principal].map(|part| part.unwrap().minor_units);
        (costs, interest, principal)
    }

    async fn balances(&self) -> Vec<(i64, i64, i64)> {
        let mut all = Vec::new();
        for owed in self.claims.iter().chain(&self.foreign) {
            all.push(self.balance(owed).await);
        }
        all
    }

    /// The ledger, which balances whenever it is looked at.
    async fn ledger(&self) -> GetTrialBalanceResponse {
        let request = self.world.ask(Role::Admin, GetTrialBalanceRequest::default());
        let mut payments = self.world.house.clients().payments();
        let trial = payments.get_trial_balance(request).await.unwrap().into_inner();
        assert_eq!(trial.total_debit, trial.total_credit, "the ledger is out of balance");
        trial
    }

    /// What an account of the ledger holds, debits less credits.
    async fn account(&self, name: &str) -> i64 {
        let trial = self.ledger().await;
        let part = format!("{name}/");
        let named = |account: &str| account == name || account.starts_with(&part);
        let named = trial.accounts.iter().filter(|line| named(&line.account));
        named.map(|line| line.balance.as_ref().unwrap().minor_units).sum()
    }

    async fn unmatched(&self) -> Vec<BankEntry> {
        let request = self.world.ask(Role::Agent, ListUnmatchedEntriesRequest::default());
        let mut payments = self.world.house.clients().payments();
        payments.list_unmatched_entries(request).await.unwrap().into_inner().entries
    }
}

async fn known(world: &World, claim_id: &str, (_, cents, month): (&str, i64, i32)) -> Owed {
    let claim = calls::claim(world, claim_id).await;
    let costs = claim.balance.unwrap().costs.unwrap().minor_units;
    assert!(costs > 0);
    let (case_reference, month) = (claim.case_reference, u32::try_from(month).unwrap());
    Owed { claim_id: claim_id.into(), case_reference, cents, month, costs }
}

/// Interest on `cents` from the day after the reminder through `last`, exact, in numerators over
/// 100 × 100 × 365: five points above the base rates of 2026, 1.27 and 1.52 per cent (§§ 247, 286, 288
/// Abs. 1 BGB).
fn exact_interest(cents: i64, first: NaiveDate, last: NaiveDate) -> i64 {
    let half = NaiveDate::from_ymd_opt(2026, 7, 1).unwrap();
    let days = |from: NaiveDate, to: NaiveDate| (to - from).num_days().max(0);
    let end = last.succ_opt().unwrap();
    cents * (days(first, half.min(end)) * 627 + days(first.max(half), end) * 652)
}

fn rounded(numerator: i64) -> i64 {
    (numerator + 3_650_000 / 2) / 3_650_000
}

impl Owed {
    fn default_start(&self) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, self.month, 29).unwrap()
    }

    /// What a payment of `day` finds open: the day of the payment bears no interest on what is paid.
    fn open_on(&self, day: NaiveDate) -> i64 {
        let before = day.pred_opt().unwrap();
        self.costs + rounded(exact_interest(self.cents, self.default_start(), before)) + self.cents
    }

    /// Costs, interest and principal at the end of `day`, on which `paid` came in: costs, then interest, then
    /// principal (§ 367 Abs. 1 BGB).
    fn left_after(&self, paid: i64, day: NaiveDate) -> (i64, i64, i64) {
        let accrued = exact_interest(self.cents, self.default_start(), day.pred_opt().unwrap());
        let to_costs = paid.min(self.costs);
        let to_interest = (paid - to_costs).min(rounded(accrued));
        let principal = self.cents - (paid - to_costs - to_interest);
        let accrued = rounded(accrued + exact_interest(principal, day, day));
        let interest = if principal == 0 { 0 } else { accrued - to_interest };
        (self.costs - to_costs, interest, principal)
    }
}

on_both_backends! {
    async fn the_claims_that_a_transfer_names_are_paid_in_its_order(backend: Backend) {
        let scene = Scene::of_two_creditors(backend).await;
        let [march, april, may] = &scene.claims;
        let foreign = scene.balance(scene.foreign()).await;
        let today = scene.today();
        // The newest is named first and paid in full, the middle one gets what is left.
        let paid = may.open_on(today) + 5_000;
        let text = format!("{} und {}", may.case_reference, april.case_reference);
        scene.book("S-1", &[scene.transfer(1, paid, &text)]).await;
        assert_eq!(scene.balance(may).await, (0, 0, 0));
        assert_eq!(scene.balance(april).await, april.left_after(5_000, today));
        assert_eq!(scene.balance(march).await, march.left_after(0, today));
        assert_eq!(scene.balance(scene.foreign()).await, foreign);
        assert!(scene.unmatched().await.is_empty());
        let creditor = format!("due_to_creditor/{}", scene.creditor_id);
        assert_eq!((scene.account(&creditor).await, scene.account("suspense").await), (-paid, 0));
        scene.world.house.stop().await;
    }

    async fn a_transfer_that_names_none_goes_to_the_oldest_first(backend: Backend) {
        let scene = Scene::of_one_creditor(backend).await;
        let [march, april, may] = &scene.claims;
        let today = scene.today();
        // The account becomes known by a payment that names its claim.
        scene.book("S-1", &[scene.transfer(1, 1_000, &may.case_reference)]).await;
        let paid = march.open_on(today) + 7_500;
        scene.book("S-2", &[scene.transfer(2, paid, "Danke")]).await;
        assert_eq!(scene.balance(march).await, (0, 0, 0));
        assert_eq!(scene.balance(april).await, april.left_after(7_500, today));
        assert_eq!(scene.balance(may).await, may.left_after(1_000, today));
        assert!(scene.unmatched().await.is_empty());
        assert_eq!(scene.account("due_to_creditor").await, -(paid + 1_000));
        scene.world.house.stop().await;
    }

    async fn a_transfer_that_names_none_of_two_creditors_waits_for_a_person(backend: Backend) {
        let scene = Scene::of_two_creditors(backend).await;
        let [_, _, may] = &scene.claims;
        scene.book("S-1", &[scene.transfer(1, 1_000, &may.case_reference)]).await;
        let before = scene.balances().await;
        scene.book("S-2", &[scene.transfer(2, 12_345, "Danke")]).await;
        let text = format!("{} {}", may.case_reference, scene.foreign().case_reference);
        scene.book("S-3", &[scene.transfer(3, 6_789, &text)]).await;
        assert_eq!(scene.balances().await, before);
        let waiting = scene.unmatched().await;
        assert_eq!(waiting.len(), 2, "{waiting:?}");
        assert!(waiting.iter().all(|entry| entry.state() == BankEntryState::Unmatched));
        assert_eq!(scene.account("suspense").await, -(12_345 + 6_789));
        assert_eq!(scene.account("due_to_creditor").await, -1_000);
        scene.world.house.stop().await;
    }

    async fn a_return_takes_every_share_back(backend: Backend) {
        let scene = Scene::of_two_creditors(backend).await;
        let [_, april, may] = &scene.claims;
        let before = scene.balances().await;
        let paid = may.open_on(scene.today()) + 5_000;
        let text = format!("{} und {}", may.case_reference, april.case_reference);
        scene.book("S-1", &[scene.transfer(1, paid, &text)]).await;
        assert_eq!(scene.account("due_to_creditor").await, -paid);
        let back = Booking { return_reason: "AC04".into(), ..scene.transfer(2, -paid, &text) };
        scene.book("S-2", &[back]).await;
        assert_eq!(scene.balances().await, before);
        assert!(scene.unmatched().await.is_empty());
        let books = [scene.account("due_to_creditor").await, scene.account("suspense").await];
        assert_eq!(books, [0, 0]);
        scene.world.house.stop().await;
    }
}
