//! What people and their creditor do, as calls of the services.

use std::collections::{BTreeSet, HashMap};

use anyhow::Context;
use chrono::{DateTime, NaiveDate, Utc};
use kulanz_proto::claims::v1::import_claims_request::Part as ImportPart;
use kulanz_proto::claims::v1::import_claims_response::Part as ImportAnswer;
use kulanz_proto::claims::v1::{
    ChallengeState, DisputeReason, DisputeState, ImportClaimsRequest, ImportFinish, ImportHeader,
    NumberedRow, OpenDisputeRequest, RecallClaimRequest, ReportWrongPersonRequest,
    ResolveChallengeRequest, ResolveDisputeRequest, RowResult, WrongPersonReason,
    report_wrong_person_request::Subject,
};
use kulanz_proto::messaging::v1::{
    ContactPreferences, PauseContactRequest, ReceiptKind, ReportReceiptRequest,
    SetContactPreferencesRequest,
};
use kulanz_proto::payments::v1::import_bank_statement_request::Part as BankPart;
use kulanz_proto::payments::v1::payment_option::Method;
use kulanz_proto::payments::v1::quote_arrangement_request::Wish;
use kulanz_proto::payments::v1::{
    AcceptArrangementRequest, ArrangementKind, BankStatementFormat, BankStatementHeader,
    ConfirmCostNoticeRequest, ImportBankStatementRequest, ListPaymentOptionsRequest,
    MakePromiseRequest, QuoteArrangementRequest,
};
use kulanz_proto::types::v1::{Channel, Money};
use kulanz_simulator::behaviour::Event;
use kulanz_simulator::calendar::{Calendar, Day};
use kulanz_simulator::population::Person;
use kulanz_simulator::space::level;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use super::Refusals;
use super::bank::{self, Transfer};
use super::house::Agency;
use super::rows;
use super::sink::{self, Contact};

/// A mailbox that does not exist (RFC 3463).
const NO_MAILBOX: &str = "5.1.1";
/// The agency's account, as the sample has it.
const IBAN: &str = "DE02120300000000202051";
/// Bytes of a bank statement in one piece.
const CHUNK: usize = 60_000;
/// A promise lies at most so many days ahead.
const PROMISE_DAYS: i64 = 30;

/// What the services know a person by, and what is under way with her.
#[derive(Debug, Clone, Default)]
struct File {
    claim_id: String,
    debtor_id: String,
    reference: String,
    dispute_id: String,
    challenge_id: String,
    refused: Vec<Channel>,
    contacts: u32,
}

/// The people's files, and the calls that change them.
pub(super) struct Deeds<'a> {
    pub agency: &'a Agency,
    /// What services did not do.
    pub refusals: Refusals,
    files: Vec<File>,
    places: HashMap<String, usize>,
    read_until: DateTime<Utc>,
    transfers: Vec<Transfer>,
}

impl<'a> Deeds<'a> {
    /// Files of so many people whose claims have not come in.
    pub fn new(agency: &'a Agency, people: usize) -> Self {
        Self {
            agency,
            refusals: Refusals::new(),
            files: vec![File::default(); people],
            places: HashMap::new(),
            read_until: agency.now(),
            transfers: Vec::new(),
        }
    }

    /// The creditor hands claims over.
    pub async fn hand_over(&mut self, people: &[&Person], today: NaiveDate) -> anyhow::Result<()> {
        if people.is_empty() {
            return Ok(());
        }
        let header = ImportHeader {
            request_id: self.agency.request_id(),
            creditor_id: self.agency.creditor.to_string(),
            source_name: format!("{today}.csv"),
            dry_run: false,
            schema_version: 1,
        };
        let row = |person: &&Person| NumberedRow {
            row_number: i64::from(person.number) + 1,
            row: Some(rows::row(person, today)),
        };
        let parts: Vec<_> = std::iter::once(ImportPart::Header(header))
            .chain(people.iter().map(row).map(ImportPart::Row))
            .chain([ImportPart::Finish(ImportFinish {})])
            .map(|part| ImportClaimsRequest { part: Some(part) })
            .collect();
        let session = &self.agency.session;
        let request = session.request(tokio_stream::iter(parts));
        let mut answers = session.clients.claims().import_claims(request).await?.into_inner();
        while let Some(answer) = answers.message().await? {
            if let Some(ImportAnswer::RowResult(result)) = answer.part {
                self.open(&result)?;
            }
        }
        Ok(())
    }

    fn open(&mut self, result: &RowResult) -> anyhow::Result<()> {
        if result.claim_id.is_empty() {
            let why = result.problems.first().map_or("", |problem| problem.field.as_str());
            self.refused("ImportClaims", why);
            return Ok(());
        }
        let place = usize::try_from(result.row_number - 1)?;
        let file = self.files.get_mut(place).context("claims answers a row that was not sent")?;
        file.claim_id.clone_from(&result.claim_id);
        file.debtor_id.clone_from(&result.debtor_id);
        self.places.insert(result.debtor_id.clone(), place);
        Ok(())
    }

    /// Contacts that arrived since the last time, in the order of people.
    pub async fn arrived(&mut self, calendar: &Calendar, day: Day) -> anyhow::Result<Vec<Contact>> {
        let until = self.agency.now();
        let received = sink::received(&self.agency.inbox, self.read_until, until).await?;
        self.read_until = until;
        let mut contacts = Vec::new();
        for message in received {
            // Answers about a plan or a promise are no contacts of their own.
            if message.class == "answer" || message.decision_id.is_none() {
                *self.refusals.entry(format!("received {}", message.class)).or_default() += 1;
                continue;
            }
            let place = self.places.get(&message.debtor_id).copied();
            let place = place.context("a message reached somebody unknown")?;
            self.files[place].contacts += 1;
            let action = sink::action(&message.treatment, calendar, day)?;
            contacts.push(Contact { place, message_id: message.message_id, action });
        }
        contacts.sort_by_key(|contact| contact.place);
        Ok(contacts)
    }

    /// Contacts that somebody had so far.
    pub fn contacted(&self, place: usize) -> u32 {
        self.files[place].contacts
    }

    /// Carries what a person did to the services. Whether it is to be counted now: money counts when
    /// claims has booked it, and what a service refuses has not happened.
    pub async fn carry(
        &mut self,
        place: usize,
        event: Event,
        contact: Option<&Contact>,
        calendar: &Calendar,
    ) -> anyhow::Result<bool> {
        let done = match event {
            Event::Paid { cents, .. } => {
                let reference = self.reference(place).await?;
                self.transfers.push(Transfer { place, cents, reference });
                return Ok(false);
            }
            Event::Settled | Event::InstalmentMissed => return Ok(false),
            Event::PlanBroken | Event::PromiseBroken => return Ok(true),
            Event::PlanAgreed { instalment_cents, first, .. } => {
                self.agree(place, instalment_cents, calendar.date(first)).await
            }
            Event::Promised { due } => self.promise(place, calendar.date(due)).await,
            Event::Disputed { .. } => self.dispute(place).await,
            Event::Withdrawn => return self.decide_dispute(place, true).await.map(|()| true),
            Event::WrongPerson { .. } => self.wrong_person(place).await,
            Event::Bounced { .. } => self.receipt(contact, ReceiptKind::Failed, NO_MAILBOX).await,
            Event::Complained => self.receipt(contact, ReceiptKind::Complained, "").await,
            Event::OptedOut { channel } => {
                self.files[place].refused.push(wire_channel(channel));
                self.prefer(place).await
            }
        };
        self.told(event_name(event), done)
    }

    /// A refusal is noted; anything that is none ends the simulation.
    fn told(&mut self, call: &str, done: Result<(), Status>) -> anyhow::Result<bool> {
        let Err(status) = done else { return Ok(true) };
        let reason = status.get_details_error_info().map(|info| info.reason);
        let foreseen = status.code() == Code::FailedPrecondition;
        anyhow::ensure!(foreseen, "{call}: {status}");
        self.refused(call, reason.as_deref().unwrap_or("refused"));
        Ok(false)
    }

    fn refused(&mut self, call: &str, reason: &str) {
        *self.refusals.entry(format!("{call} {reason}")).or_default() += 1;
    }

    async fn reference(&mut self, place: usize) -> anyhow::Result<String> {
        if self.files[place].reference.is_empty() {
            let claim_ids = vec![self.files[place].claim_id.clone()];
            let session = &self.agency.session;
            let request = session.request(ListPaymentOptionsRequest { claim_ids });
            let reply = session.clients.payments().list_payment_options(request).await?;
            let mut methods = reply.into_inner().options.into_iter().filter_map(|one| one.method);
            let transfer = methods.next().map(|Method::BankTransfer(transfer)| transfer);
            let transfer = transfer.context("a claim without a way to pay it")?;
            self.files[place].reference = transfer.reference;
        }
        Ok(self.files[place].reference.clone())
    }

    /// The bank tells what came in on a day.
    pub async fn hand_in_money(&mut self, today: NaiveDate) -> anyhow::Result<()> {
        let transfers = std::mem::take(&mut self.transfers);
        if transfers.is_empty() {
            return Ok(());
        }
        let header = BankStatementHeader {
            request_id: self.agency.request_id(),
            format: BankStatementFormat::Camt053.into(),
            source: format!("{today}.xml"),
        };
        let file = bank::statement(IBAN, today, &transfers).into_bytes();
        let parts: Vec<_> = std::iter::once(BankPart::Header(header))
            .chain(file.chunks(CHUNK).map(|chunk| BankPart::Chunk(chunk.to_vec())))
            .map(|part| ImportBankStatementRequest { part: Some(part) })
            .collect();
        let session = &self.agency.session;
        let request = session.request(tokio_stream::iter(parts));
        let reply = session.clients.payments().import_bank_statement(request).await?.into_inner();
        for _ in 0..reply.unmatched_count {
            self.refused("ImportBankStatement", "unmatched");
        }
        Ok(())
    }

    async fn agree(
        &self,
        place: usize,
        instalment_cents: i64,
        first: NaiveDate,
    ) -> Result<(), Status> {
        let session = &self.agency.session;
        let mut payments = session.clients.payments();
        let request = QuoteArrangementRequest {
            request_id: self.agency.request_id(),
            claim_id: self.files[place].claim_id.clone(),
            kind: ArrangementKind::Instalments.into(),
            wish: Some(Wish::DesiredRate(euros(instalment_cents))),
            first_date: Some(first.into()),
            ..QuoteArrangementRequest::default()
        };
        let reply = payments.quote_arrangement(session.request(request)).await?.into_inner();
        let quote = reply.quote.unwrap_or_default();
        let Some(option) = quote.options.first() else {
            return Err(Status::failed_precondition("no instalments are offered"));
        };
        let request = ConfirmCostNoticeRequest {
            request_id: self.agency.request_id(),
            quote_id: quote.quote_id.clone(),
            shown_on: "portal".to_owned(),
            cost_notice_hash: quote.cost_notice_hash.clone(),
        };
        payments.confirm_cost_notice(session.request(request)).await?;
        let request = AcceptArrangementRequest {
            request_id: self.agency.request_id(),
            quote_id: quote.quote_id,
            option_id: option.option_id.clone(),
        };
        payments.accept_arrangement(session.request(request)).await?;
        Ok(())
    }

    async fn promise(&self, place: usize, due: NaiveDate) -> Result<(), Status> {
        let today = kulanz_types::berlin_date(self.agency.now());
        let latest = today + chrono::TimeDelta::days(PROMISE_DAYS);
        let request = MakePromiseRequest {
            request_id: self.agency.request_id(),
            claim_id: self.files[place].claim_id.clone(),
            amount: None,
            promised_date: Some(due.min(latest).into()),
        };
        let session = &self.agency.session;
        session.clients.payments().make_promise(session.request(request)).await?;
        Ok(())
    }

    async fn dispute(&mut self, place: usize) -> Result<(), Status> {
        let request = OpenDisputeRequest {
            request_id: self.agency.request_id(),
            claim_id: self.files[place].claim_id.clone(),
            reason: DisputeReason::NotOrdered.into(),
            ..OpenDisputeRequest::default()
        };
        let session = &self.agency.session;
        let reply = session.clients.claims().open_dispute(session.request(request)).await?;
        let dispute = reply.into_inner().dispute.unwrap_or_default();
        self.files[place].dispute_id = dispute.dispute_id;
        Ok(())
    }

    /// The agency decides a dispute.
    pub async fn decide_dispute(&mut self, place: usize, rightly: bool) -> anyhow::Result<()> {
        let dispute_id = std::mem::take(&mut self.files[place].dispute_id);
        if dispute_id.is_empty() {
            return Ok(());
        }
        let outcome = if rightly { DisputeState::Upheld } else { DisputeState::Rejected };
        let request = ResolveDisputeRequest {
            request_id: self.agency.request_id(),
            dispute_id,
            outcome: outcome.into(),
            resolution: "Wir haben Ihren Einwand geprüft.".to_owned(),
            credit: None,
        };
        let session = &self.agency.session;
        let done = session.clients.claims().resolve_dispute(session.request(request)).await;
        self.told("ResolveDispute", done.map(|_| ())).map(|_| ())
    }

    async fn wrong_person(&mut self, place: usize) -> Result<(), Status> {
        let request = ReportWrongPersonRequest {
            request_id: self.agency.request_id(),
            subject: Some(Subject::DebtorId(self.files[place].debtor_id.clone())),
            reason: WrongPersonReason::NotMe.into(),
            explanation: String::new(),
        };
        let session = &self.agency.session;
        let reply = session.clients.claims().report_wrong_person(session.request(request)).await?;
        self.files[place].challenge_id = reply.into_inner().challenge_id;
        Ok(())
    }

    /// The right person was found.
    pub async fn found(&mut self, place: usize) -> anyhow::Result<()> {
        let challenge_id = std::mem::take(&mut self.files[place].challenge_id);
        if challenge_id.is_empty() {
            return Ok(());
        }
        let request = ResolveChallengeRequest {
            request_id: self.agency.request_id(),
            challenge_id,
            outcome: ChallengeState::Rejected.into(),
            resolution: "Wir haben die richtige Anschrift ermittelt.".to_owned(),
            reason: "address found".to_owned(),
            credit: None,
        };
        let session = &self.agency.session;
        let done = session.clients.claims().resolve_challenge(session.request(request)).await;
        self.told("ResolveChallenge", done.map(|_| ())).map(|_| ())
    }

    async fn receipt(
        &self,
        contact: Option<&Contact>,
        kind: ReceiptKind,
        code: &str,
    ) -> Result<(), Status> {
        let Some(contact) = contact else { return Ok(()) };
        let mut request = ReportReceiptRequest {
            request_id: self.agency.request_id(),
            message_id: contact.message_id.clone(),
            kind: kind.into(),
            occurred_at: None,
            provider_code: code.to_owned(),
            signature: String::new(),
        };
        let signed = kulanz_messaging::api::receipt::sign(
            &self.agency.receipt_key,
            self.agency.tenant,
            &request,
        );
        request.signature = signed.unwrap_or_default();
        self.agency.session.clients.messaging().report_receipt(request).await?;
        Ok(())
    }

    async fn prefer(&self, place: usize) -> Result<(), Status> {
        let file = &self.files[place];
        let refused: BTreeSet<i32> = file.refused.iter().map(|channel| (*channel).into()).collect();
        let preferences = ContactPreferences {
            debtor_id: file.debtor_id.clone(),
            refused_channels: refused.into_iter().collect(),
            ..ContactPreferences::default()
        };
        let request = SetContactPreferencesRequest {
            request_id: self.agency.request_id(),
            preferences: Some(preferences),
        };
        let session = &self.agency.session;
        session.clients.messaging().set_contact_preferences(session.request(request)).await?;
        Ok(())
    }

    /// The agency has used up its contacts with a person.
    pub async fn leave_alone(&mut self, place: usize, until: NaiveDate) -> anyhow::Result<()> {
        let request = PauseContactRequest {
            request_id: self.agency.request_id(),
            debtor_id: self.files[place].debtor_id.clone(),
            paused_until: Some(until.into()),
        };
        let session = &self.agency.session;
        let done = session.clients.messaging().pause_contact(session.request(request)).await;
        self.told("PauseContact", done.map(|_| ())).map(|_| ())
    }

    /// The time that a claim is followed is over.
    pub async fn give_back(&mut self, place: usize) -> anyhow::Result<()> {
        let request = RecallClaimRequest {
            request_id: self.agency.request_id(),
            claim_id: self.files[place].claim_id.clone(),
            reason: "time is up".to_owned(),
            arrangement_taken_over: true,
        };
        let session = &self.agency.session;
        let done = session.clients.claims().recall_claim(session.request(request)).await;
        self.told("RecallClaim", done.map(|_| ())).map(|_| ())
    }
}

const fn event_name(event: Event) -> &'static str {
    match event {
        Event::PlanAgreed { .. } => "AcceptArrangement",
        Event::Promised { .. } => "MakePromise",
        Event::Disputed { .. } => "OpenDispute",
        Event::WrongPerson { .. } => "ReportWrongPerson",
        Event::OptedOut { .. } => "SetContactPreferences",
        _ => "ReportReceipt",
    }
}

fn euros(cents: i64) -> Money {
    Money { currency_code: "EUR".to_owned(), minor_units: cents }
}

const fn wire_channel(channel: u8) -> Channel {
    match channel {
        level::EMAIL => Channel::Email,
        level::SMS => Channel::Sms,
        level::LETTER => Channel::Letter,
        level::WHATSAPP => Channel::Whatsapp,
        _ => Channel::Portal,
    }
}
