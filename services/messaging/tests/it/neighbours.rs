//! Claims, payments and experimentation as the tests play them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use kulanz_proto::claims::v1 as claims;
use kulanz_proto::experimentation::v1 as experimentation;
use kulanz_proto::payments::v1 as payments;
use kulanz_proto::types::v1::{Date, Money, PostalAddress};
use kulanz_testkit::Stub;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tonic::Status;

/// What the neighbours know and answer.
pub struct World {
    pub debtor: claims::Debtor,
    pub creditor: claims::Creditor,
    pub tenant: claims::Tenant,
    /// Rule ids that `CheckOutreach` answers; empty for "allowed".
    pub blocks: Vec<String>,
    /// `CheckOutreach` gives no answer.
    pub mute: bool,
    /// How long `CheckOutreach` takes, in machine time.
    pub slow: Duration,
    /// How often `CheckOutreach` was asked.
    pub checks: usize,
    /// The addresses about which it was asked.
    pub addresses: Vec<String>,
    /// Level by factor that is decided; nothing for the null action.
    pub decided: Option<BTreeMap<String, String>>,
    /// Where a question to experimentation waits for its answer, if the test wants it to.
    pub gate: Option<Gate>,
    /// What was asked of experimentation.
    pub questions: Vec<experimentation::DecideRequest>,
    /// The challenge that claims knows.
    pub challenge: Option<claims::Challenge>,
    /// Whether each contact asked about would go to a representative.
    pub to_representatives: Vec<bool>,
}

/// Holds an answer back until the test opens it.
#[derive(Clone)]
pub struct Gate {
    reached: Arc<watch::Sender<bool>>,
    open: Arc<watch::Sender<bool>>,
}

impl Gate {
    pub fn closed() -> Self {
        Self { reached: Arc::default(), open: Arc::default() }
    }

    /// Until someone waits at it.
    pub async fn reached(&self) {
        self.reached.subscribe().wait_for(|reached| *reached).await.unwrap();
    }

    pub fn open(&self) {
        self.open.send_replace(true);
    }

    /// Stubs answer without awaiting: the thread is given away while this one waits.
    fn pass(&self) {
        self.reached.send_replace(true);
        let mut open = self.open.subscribe();
        let opened = async move { open.wait_for(|open| *open).await.map(drop) };
        tokio::task::block_in_place(|| Handle::current().block_on(opened)).unwrap();
    }
}

/// The neighbours, shared with the test.
#[derive(Clone)]
pub struct Neighbours(Arc<Mutex<World>>);

pub fn euros(minor_units: i64) -> Money {
    Money { currency_code: "EUR".to_owned(), minor_units }
}

fn date(year: i32, month: i32, day: i32) -> Date {
    Date { year, month, day }
}

fn address(street: &str) -> PostalAddress {
    PostalAddress {
        street: street.to_owned(),
        postcode: "50667".to_owned(),
        city: "Köln".to_owned(),
        ..PostalAddress::default()
    }
}

/// An invented person with one claim.
pub fn debtor(debtor_id: &str, claim_id: &str, creditor_id: &str) -> claims::Debtor {
    let person = claims::Person {
        given_name: "Erika".to_owned(),
        family_name: "Beispiel".to_owned(),
        ..claims::Person::default()
    };
    let email = claims::ContactPoint {
        kind: claims::ContactPointKind::Email.into(),
        value: "erika@example.org".to_owned(),
        usable: true,
        note: String::new(),
    };
    let claim = claims::ClaimSummary {
        claim_id: claim_id.to_owned(),
        creditor_id: creditor_id.to_owned(),
        state: claims::ClaimState::Open.into(),
        balance: Some(claims::Balance { total: Some(euros(28_392)), ..claims::Balance::default() }),
        creditor_name: "Stadtwerke Beispiel GmbH".to_owned(),
        reference: "R-2026-17".to_owned(),
        ..claims::ClaimSummary::default()
    };
    claims::Debtor {
        debtor_id: debtor_id.to_owned(),
        party: Some(claims::debtor::Party::Person(person)),
        address: Some(address("Lindenweg 4")),
        contact_points: vec![email],
        state: claims::DebtorState::Active.into(),
        language: "de".to_owned(),
        version: 1,
        claims: vec![claim],
        ..claims::Debtor::default()
    }
}

impl World {
    pub fn new(debtor: claims::Debtor, creditor_id: &str) -> Self {
        Self {
            debtor,
            creditor: claims::Creditor {
                creditor_id: creditor_id.to_owned(),
                name: "Stadtwerke Beispiel GmbH".to_owned(),
                address: Some(address("Am Markt 1")),
                deducts_input_vat: true,
                ..claims::Creditor::default()
            },
            tenant: claims::Tenant {
                agency_name: "Muster Inkasso GmbH".to_owned(),
                address: Some(address("Hafenstraße 12")),
                register_number: "RDG 3712".to_owned(),
                supervisory_authority: "Bundesamt für Justiz, 53094 Bonn".to_owned(),
                contact_phone: "+4922112345".to_owned(),
                portal_base_url: "https://kulanz.example".to_owned(),
                ..claims::Tenant::default()
            },
            blocks: Vec::new(),
            mute: false,
            slow: Duration::ZERO,
            checks: 0,
            addresses: Vec::new(),
            decided: Some(treatment("email")),
            gate: None,
            questions: Vec::new(),
            challenge: None,
            to_representatives: Vec::new(),
        }
    }

    fn statement(&self, claim_id: &str) -> claims::Statement {
        let line = |kind: claims::StatementLineKind, text: &str, norm: &str, minor| {
            claims::StatementLine {
                kind: kind.into(),
                text: text.to_owned(),
                norm: norm.to_owned(),
                amount: Some(euros(minor)),
                from: Some(date(2026, 9, 4)),
                to: Some(date(2026, 11, 15)),
                days: 73,
                rate: "6.27".to_owned(),
                ..claims::StatementLine::default()
            }
        };
        let kinds = (
            claims::StatementLineKind::Principal,
            claims::StatementLineKind::Interest,
            claims::StatementLineKind::Cost,
        );
        claims::Statement {
            claim_id: claim_id.to_owned(),
            creditor_id: self.creditor.creditor_id.clone(),
            creditor_name: self.creditor.name.clone(),
            debtor_id: self.debtor.debtor_id.clone(),
            reference: "R-2026-17".to_owned(),
            lines: vec![
                line(kinds.0, "Rechnung", "§ 433 Abs. 2 BGB", 24_990),
                line(kinds.1, "Zinsen", "§ 288 Abs. 1 BGB", 312),
                line(kinds.2, "Geschäftsgebühr", "Nr. 2300 VV RVG", 3_090),
            ],
            totals: Some(claims::Balance {
                total: Some(euros(28_392)),
                ..claims::Balance::default()
            }),
            contract: Some(claims::Contract {
                subject: "Stromlieferung".to_owned(),
                date: Some(date(2026, 8, 3)),
            }),
            ..claims::Statement::default()
        }
    }

    fn check(&mut self, asked: &claims::CheckOutreachRequest) -> claims::CheckOutreachResponse {
        let block = |rule: &String| claims::OutreachBlock {
            claim_id: String::new(),
            rule_id: rule.clone(),
            reason: String::new(),
        };
        let verdict = |check: &claims::OutreachCheck| {
            let stand = self.blocks.iter().filter(|_| !check.to_representative);
            let blocks: Vec<_> = stand.map(block).collect();
            claims::OutreachVerdict {
                debtor_id: check.debtor_id.clone(),
                allowed: blocks.is_empty(),
                blocks,
            }
        };
        let verdicts = asked.checks.iter().map(verdict).collect();
        self.to_representatives.extend(asked.checks.iter().map(|check| check.to_representative));
        self.addresses.extend(asked.checks.iter().map(|check| check.address.clone()));
        claims::CheckOutreachResponse { verdicts, as_of: None }
    }

    fn decide(&mut self, asked: experimentation::DecideRequest) -> experimentation::DecideResponse {
        use experimentation::decision::Action;
        let action = match &self.decided {
            Some(levels) => {
                Action::Factored(experimentation::FactoredAction { levels: levels.clone() })
            }
            None => Action::NullAction(experimentation::NullAction::default()),
        };
        let decision = experimentation::Decision {
            decision_id: asked.decision_id.clone(),
            debtor_id: asked.debtor_id.clone(),
            action: Some(action),
            joint_propensity: 0.5,
            ..experimentation::Decision::default()
        };
        self.questions.push(asked);
        experimentation::DecideResponse { decision: Some(decision) }
    }
}

/// A plain treatment on a channel, early in the week and in the morning.
pub fn treatment(channel: &str) -> BTreeMap<String, String> {
    [
        ("channel", channel),
        ("tone", "friendly"),
        ("motive", "help_offer"),
        ("slot", "early_week_morning"),
        ("offer", "choice"),
        ("salutation", "sie"),
    ]
    .into_iter()
    .map(|(factor, level)| (factor.to_owned(), level.to_owned()))
    .collect()
}

impl Neighbours {
    pub fn new(world: World) -> Self {
        Self(Arc::new(Mutex::new(world)))
    }

    pub fn world(&self) -> MutexGuard<'_, World> {
        self.0.lock().unwrap()
    }

    /// One server that plays all three.
    pub async fn serve(&self) -> SocketAddr {
        let (people, house, creditors, accounts) =
            (self.clone(), self.clone(), self.clone(), self.clone());
        let (links, last_word, options, decider) =
            (self.clone(), self.clone(), self.clone(), self.clone());
        let challenges = self.clone();
        let claims = "/kulanz.claims.v1.ClaimsService";
        Stub::default()
            .on(&format!("{claims}/GetChallenge"), move |_: claims::GetChallengeRequest| {
                match challenges.world().challenge.clone() {
                    None => Err(Status::not_found("no such challenge")),
                    challenge => Ok(claims::GetChallengeResponse { challenge }),
                }
            })
            .on(&format!("{claims}/BatchGetDebtors"), move |asked| Ok(people.debtors(&asked)))
            .on(&format!("{claims}/GetTenant"), move |_: claims::GetTenantRequest| {
                Ok(claims::GetTenantResponse { tenant: Some(house.world().tenant.clone()) })
            })
            .on(&format!("{claims}/GetCreditor"), move |_: claims::GetCreditorRequest| {
                let creditor = Some(creditors.world().creditor.clone());
                Ok(claims::GetCreditorResponse { creditor })
            })
            .on(&format!("{claims}/GetStatement"), move |asked: claims::GetStatementRequest| {
                let statement = Some(accounts.world().statement(&asked.claim_id));
                Ok(claims::GetStatementResponse { statement })
            })
            .on(&format!("{claims}/CreateAccessLink"), move |asked| Ok(links.link(&asked)))
            .on(&format!("{claims}/CheckOutreach"), move |asked| last_word.checked(&asked))
            .on(
                "/kulanz.payments.v1.PaymentsService/ListPaymentOptions",
                move |asked: payments::ListPaymentOptionsRequest| Ok(options.options(&asked)),
            )
            .on(
                "/kulanz.experimentation.v1.ExperimentationService/Decide",
                move |asked: experimentation::DecideRequest| Ok(decider.decided(asked)),
            )
            .serve()
            .await
    }

    fn debtors(&self, asked: &claims::BatchGetDebtorsRequest) -> claims::BatchGetDebtorsResponse {
        let debtor = self.world().debtor.clone();
        let known = asked.debtor_ids.contains(&debtor.debtor_id);
        claims::BatchGetDebtorsResponse {
            debtors: known.then_some(debtor).into_iter().collect(),
            missing_debtor_ids: Vec::new(),
        }
    }

    fn decided(&self, asked: experimentation::DecideRequest) -> experimentation::DecideResponse {
        let gate = self.world().gate.clone();
        if let Some(gate) = gate {
            gate.pass();
        }
        self.world().decide(asked)
    }

    fn link(&self, asked: &claims::CreateAccessLinkRequest) -> claims::CreateAccessLinkResponse {
        let url = format!("{}/l/{}", self.world().tenant.portal_base_url, &asked.request_id[..8]);
        let link = claims::AccessLink { url, ..claims::AccessLink::default() };
        claims::CreateAccessLinkResponse { link: Some(link) }
    }

    fn checked(
        &self,
        asked: &claims::CheckOutreachRequest,
    ) -> Result<claims::CheckOutreachResponse, Status> {
        let slow = self.world().slow;
        // The only way to be slow in machine time, which no virtual clock stands in for.
        std::thread::sleep(slow);
        let mut world = self.world();
        world.checks += 1;
        if world.mute {
            return Err(Status::unavailable("claims does not answer"));
        }
        Ok(world.check(asked))
    }

    fn options(
        &self,
        asked: &payments::ListPaymentOptionsRequest,
    ) -> payments::ListPaymentOptionsResponse {
        let option = |claim_id: &String| payments::PaymentOption {
            claim_id: claim_id.clone(),
            amount: Some(euros(28_392)),
            method: Some(payments::payment_option::Method::BankTransfer(payments::BankTransfer {
                holder: self.world().tenant.agency_name.clone(),
                iban: "DE89370400440532013000".to_owned(),
                reference: "RF04INK2026000123".to_owned(),
                amount: Some(euros(28_392)),
                ..payments::BankTransfer::default()
            })),
        };
        payments::ListPaymentOptionsResponse {
            options: asked.claim_ids.iter().map(option).collect(),
        }
    }
}
