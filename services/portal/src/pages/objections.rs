//! What the person has objected to: where it stands, what is asked of whom until when, and our answer.

use std::collections::HashMap;

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use kulanz_proto::claims::v1::{
    Challenge, ChallengeKind, ChallengeState, Claim, EvidenceFile, EvidenceSlot,
    GetChallengeRequest, ListChallengesRequest, Question,
};

use super::claim::claims_of;
use super::quote::berlin_day;
use super::{report, wrong_person};
use crate::answer::{Page, page, see_other, with_session};
use crate::error::{PortalError, is_about_input};
use crate::format::{date, file_size, money};
use crate::language::Language;
use crate::session::{Notice, Session};
use crate::texts::{Objections, Reports};
use crate::visit::Debtor;

/// Older objections are to be had from the agency.
const CHALLENGES_MAX: i32 = 100;

/// An objection as a page shows it.
pub(super) struct ObjectionView {
    challenge_id: String,
    title: &'static str,
    /// The reason that was chosen; empty where there was nothing to choose.
    said: &'static str,
    /// Whose claim it is, and its reference.
    claims: Vec<(String, String)>,
    raised_on: String,
    state_text: &'static str,
    answer_by: String,
    late: bool,
    /// Empty until decided, like the answer.
    decided_on: String,
    answer: Vec<String>,
}

impl ObjectionView {
    fn of(challenge: &Challenge, names: &Names, language: Language) -> Self {
        let text = Objections::of(language);
        let day =
            |at: Option<&prost_types::Timestamp>| date(at.and_then(berlin_day).as_ref(), language);
        Self {
            challenge_id: challenge.challenge_id.clone(),
            title: title(challenge.kind(), text),
            said: said(challenge, Reports::of(language)),
            claims: challenge.claim_ids.iter().filter_map(|id| names.get(id).cloned()).collect(),
            raised_on: day(challenge.opened_at.as_ref()),
            state_text: state_text(challenge.state(), text),
            answer_by: date(challenge.answer_by.as_ref(), language),
            late: challenge.overdue,
            decided_on: day(challenge.decided_at.as_ref()),
            answer: paragraphs(&challenge.resolution),
        }
    }
}

fn title(kind: ChallengeKind, text: &'static Objections) -> &'static str {
    match kind {
        ChallengeKind::Dispute | ChallengeKind::Unspecified => text.dispute,
        ChallengeKind::WrongPerson => text.wrong_person,
        ChallengeKind::AlreadyPaid => text.already_paid,
        ChallengeKind::IdentityTheft => text.identity_theft,
    }
}

/// What was chosen, in the words of the form in which it was.
fn said(challenge: &Challenge, text: &'static Reports) -> &'static str {
    let about_claim = report::reasons(text).into_iter();
    let about_person = wrong_person::reasons(text).into_iter();
    let about_claim = about_claim.filter(|(_, reason, _)| *reason == challenge.dispute_reason());
    let about_person = about_person.filter(|(_, reason, _)| *reason == challenge.person_reason());
    let found =
        about_claim.map(|(.., words)| words).chain(about_person.map(|(.., words)| words)).next();
    found.unwrap_or_default()
}

fn state_text(state: ChallengeState, text: &'static Objections) -> &'static str {
    match state {
        ChallengeState::Received | ChallengeState::Unspecified => text.received,
        ChallengeState::EvidenceWanted => text.evidence_wanted,
        ChallengeState::WithCreditor => text.with_creditor,
        ChallengeState::ToDecide => text.to_decide,
        ChallengeState::Upheld => text.upheld,
        ChallengeState::PartlyUpheld => text.partly_upheld,
        ChallengeState::Rejected => text.rejected,
    }
}

fn paragraphs(text: &str) -> Vec<String> {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

/// Creditor and reference of claims, by their ids.
type Names = HashMap<String, (String, String)>;

fn names(claims: &[Claim]) -> Names {
    let name = |claim: &Claim| (claim.creditor_name.clone(), claim.reference.clone());
    claims.iter().map(|claim| (claim.claim_id.clone(), name(claim))).collect()
}

#[derive(Template)]
#[template(path = "objections.html")]
struct ObjectionsPage {
    page: Page,
    text: &'static Objections,
    objections: Vec<ObjectionView>,
}

/// Everything that was raised, newest first.
pub(super) async fn list(debtor: Debtor) -> Result<Response, PortalError> {
    if debtor.debtor.preferences_only {
        return Ok(see_other("/preferences"));
    }
    let request = ListChallengesRequest {
        page_size: CHALLENGES_MAX,
        debtor_id: debtor.debtor.debtor_id.clone(),
        ..ListChallengesRequest::default()
    };
    let mut client = debtor.clients().claims();
    let (found, claims) =
        tokio::join!(client.list_challenges(debtor.outgoing(request)), claims_of(&debtor));
    let (found, names) = (found?.into_inner().challenges, names(&claims?));
    let language = debtor.language();
    let text = Objections::of(language);
    let view = |challenge| ObjectionView::of(challenge, &names, language);
    let objections = found.iter().rev().map(view).collect();
    let frame = Page::of_debtor(&debtor, text.list_title).back("/overview");
    page(&ObjectionsPage { page: frame, text, objections })
}

/// A place for files, with what has come.
pub(super) struct SlotView {
    pub(super) slot: String,
    wanted: String,
    /// True if it was asked for and has not come.
    pub(super) missing: bool,
    /// By when it is wanted; empty where no day was named.
    wanted_by: String,
    files: Vec<(String, String)>,
}

impl SlotView {
    fn of(slot: &EvidenceSlot, language: Language) -> Self {
        Self {
            slot: slot.slot.clone(),
            wanted: slot.wanted.clone(),
            missing: missing(slot),
            wanted_by: date(slot.wanted_by.as_ref(), language),
            files: slot.files.iter().map(|file| file_view(file, language)).collect(),
        }
    }
}

/// What came before it was asked for does not answer the request.
fn missing(slot: &EvidenceSlot) -> bool {
    let instant = |at: &prost_types::Timestamp| (at.seconds, at.nanos);
    let since = |file: &EvidenceFile, asked: &prost_types::Timestamp| {
        file.uploaded_at.as_ref().is_some_and(|at| instant(at) >= instant(asked))
    };
    let asked = slot.requested_at.as_ref();
    asked.is_some_and(|asked| !slot.files.iter().any(|file| since(file, asked)))
}

/// Name, and size with the day on which it came.
fn file_view(file: &EvidenceFile, language: Language) -> (String, String) {
    let came = date(file.uploaded_at.as_ref().and_then(berlin_day).as_ref(), language);
    let text = Objections::of(language);
    let size = file_size(file.size, language);
    (file.file_name.clone(), format!("{size}, {} {came}", text.came_on))
}

/// What the creditor owes us: a text and the day; true if that has passed.
fn awaited(question: &Question, language: Language) -> (&'static str, String) {
    let text = Objections::of(language);
    let words = if question.overdue { text.creditor_late } else { text.creditors_answer };
    (words, date(question.answer_by.as_ref(), language))
}

/// One objection.
#[derive(Template)]
#[template(path = "objection.html")]
pub(super) struct ObjectionPage {
    pub(super) page: Page,
    pub(super) text: &'static Objections,
    objection: ObjectionView,
    words: Vec<String>,
    paid_on: String,
    paid_amount: String,
    awaited: Vec<(&'static str, String)>,
    slots: Vec<SlotView>,
    /// The slot that is chosen in the form.
    pub(super) chosen: String,
    uploaded: bool,
    pub(super) problem: &'static str,
}

impl ObjectionPage {
    /// The page of an objection of this debtor: someone else's does not exist.
    pub(super) async fn fetch(debtor: &Debtor, challenge_id: &str) -> Result<Self, PortalError> {
        let (challenge, claims) = tokio::join!(challenge(debtor, challenge_id), claims_of(debtor));
        let (challenge, names) = (challenge?, names(&claims?));
        let language = debtor.language();
        let text = Objections::of(language);
        let objection = ObjectionView::of(&challenge, &names, language);
        let open = challenge.questions.iter().filter(|question| question.answered_at.is_none());
        let slots: Vec<SlotView> =
            challenge.evidence.iter().map(|slot| SlotView::of(slot, language)).collect();
        let chosen = slots.iter().find(|slot| slot.missing).or(slots.first());
        Ok(Self {
            page: Page::of_debtor(debtor, objection.title).back("/objections"),
            text,
            words: paragraphs(&challenge.explanation),
            paid_on: date(challenge.paid_on.as_ref(), language),
            paid_amount: money(challenge.paid_amount.as_ref(), language),
            awaited: open.map(|question| awaited(question, language)).collect(),
            chosen: chosen.map(|slot| slot.slot.clone()).unwrap_or_default(),
            slots,
            objection,
            uploaded: debtor.visit.session.notice == Some(Notice::Uploaded),
            problem: "",
        })
    }

    /// Whether something is wanted of the person by a day.
    fn is_awaited(&self) -> bool {
        self.slots.iter().any(|slot| slot.missing && !slot.wanted_by.is_empty())
    }

    fn has_files(&self) -> bool {
        self.slots.iter().any(|slot| !slot.files.is_empty())
    }
}

async fn challenge(debtor: &Debtor, challenge_id: &str) -> Result<Challenge, PortalError> {
    let request = GetChallengeRequest { challenge_id: challenge_id.to_owned() };
    match debtor.clients().claims().get_challenge(debtor.outgoing(request)).await {
        Ok(answer) => answer.into_inner().challenge.ok_or(PortalError::NotFound),
        Err(status) if is_about_input(&status) => Err(PortalError::NotFound),
        Err(status) => Err(status.into()),
    }
}

/// One objection, with all that belongs to it.
pub(super) async fn show(
    debtor: Debtor,
    Path(challenge_id): Path<String>,
) -> Result<Response, PortalError> {
    let answer = ObjectionPage::fetch(&debtor, &challenge_id).await?;
    // Said once: the next visit starts without it.
    let session = Session { notice: None, ..debtor.visit.session.clone() };
    Ok(with_session(&debtor.visit, &session, page(&answer)?))
}
