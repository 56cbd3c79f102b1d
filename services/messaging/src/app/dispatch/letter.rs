//! Writes a message with the statement of the moment.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use kulanz_proto::claims::v1::{Challenge, Debtor, Tenant, debtor::Party};
use kulanz_proto::payments::v1::{PaymentOption, payment_option::Method};
use kulanz_types::{ClaimId, Iban, Money, TenantId, berlin_date};

use super::super::Messaging;
use super::super::notice::{Source, first_notice};
use super::super::refresh::lines;
use super::answer;
use crate::domain::answer::CHALLENGE;
use crate::domain::authenticity::AuthenticityCode;
use crate::domain::blocks::{Language, Library};
use crate::domain::compose::{
    Agency, ClaimFacts, ComposeError, Composed, Draft, Recipient, Transfer, compose,
};
use crate::domain::format;
use crate::domain::legal_pack::FirstNotice;
use crate::domain::lint::{Required, Severity, Text, lint};
use crate::domain::message::MessageClass;
use crate::domain::rule::Rule;
use crate::error::Error;
use crate::store::messages::{Body, Message};

/// A message in words.
pub struct Written {
    /// The words.
    pub composed: Composed,
    /// Its authenticity code.
    pub code: AuthenticityCode,
    /// Where it goes, if somebody else than the person reads it.
    elsewhere: Option<String>,
    recipient: String,
    sender: String,
}

impl Written {
    /// The body with the address it goes to: the one given, unless somebody else than the person reads it.
    pub fn into_body(self, address: &str) -> Body {
        Body {
            subject: self.composed.subject,
            text: self.composed.text,
            html: self.composed.html,
            address: self.elsewhere.unwrap_or_else(|| address.to_owned()),
            recipient: self.recipient,
            sender: self.sender,
        }
    }
}

/// Why a message could not be written.
pub enum Unwritten {
    /// A rule refuses it, for good.
    Refused(String),
    /// Something failed; trying again may help.
    Error(Error),
}

impl<E: Into<Error>> From<E> for Unwritten {
    fn from(error: E) -> Self {
        match error.into() {
            Error::Compose(ComposeError::NoticeIncomplete(missing)) => Self::Refused(
                missing.first().map_or(Rule::LegalPackIncomplete.id(), |one| one.rule).to_owned(),
            ),
            Error::Compose(error) => Self::Refused(format!("content.{error}")),
            other => Self::Error(other),
        }
    }
}

/// Everything that others know and the message says.
pub(super) struct Sources {
    pub(super) tenant: Tenant,
    pub(super) debtor: Debtor,
    /// The challenge that the message is about, if it is about one.
    pub(super) challenge: Option<Challenge>,
    claims: Vec<(ClaimId, Source)>,
    options: Vec<PaymentOption>,
    link: String,
}

impl Messaging {
    /// Composes and lints a message; refuses rather than send something wrong.
    pub async fn write(&self, tenant: TenantId, message: &Message) -> Result<Written, Unwritten> {
        let sources = self.sources(tenant, message).await?;
        let Some(sources) = sources else {
            return Err(Unwritten::Refused(Rule::Silenced.id().to_owned()));
        };
        let library = self.library_of(tenant).await?;
        let code = message.code.as_deref().and_then(AuthenticityCode::parse).unwrap_or_else(|| {
            let serial = self.store.seeds().bytes();
            AuthenticityCode::sign(&tenant.to_string(), serial, &self.code_key)
        });
        let written = self.put_into_words(&library, message, &sources, code)?;
        Ok(written)
    }

    /// The blocks of the house and those that the tenant approved.
    pub async fn library_of(&self, tenant: TenantId) -> Result<Arc<Library>, Error> {
        let work = self.store.begin(tenant).await?;
        let own = crate::store::blocks::approved(&work).await?;
        drop(work);
        if own.is_empty() {
            return Ok(Arc::clone(&self.library));
        }
        let mut library = (*self.library).clone();
        for block in own {
            let language = Language::of(&block.language);
            library.add(language, super::super::blocks::to_library(&block)?)?;
        }
        Ok(Arc::new(library))
    }

    async fn sources(&self, tenant: TenantId, message: &Message) -> Result<Option<Sources>, Error> {
        let Some(debtor) = self.debtor(tenant, message.debtor).await? else { return Ok(None) };
        let agency = self.tenant(tenant).await?;
        let mut claims = Vec::with_capacity(message.claims.len());
        for claim in &message.claims {
            let statement = self.statement(tenant, *claim, message.language).await?;
            let creditor = self.creditor(tenant, statement.creditor_id.clone()).await?;
            claims.push((*claim, (statement, creditor)));
        }
        let challenge = match message.facts.get(CHALLENGE) {
            Some(id) => self.challenge(tenant, id).await?,
            None => None,
        };
        // Nobody is asked to pay by an answer to a challenge.
        let options = match challenge {
            Some(_) => Vec::new(),
            None => self.payment_options(tenant, &message.claims).await?,
        };
        let link = self.access_link(tenant, message.id, message.debtor, message.created_at).await?;
        Ok(Some(Sources { tenant: agency, debtor, challenge, claims, options, link }))
    }

    fn put_into_words(
        &self,
        library: &Library,
        message: &Message,
        sources: &Sources,
        code: AuthenticityCode,
    ) -> Result<Written, Unwritten> {
        let claims = claim_facts(sources)?;
        let told = answer::told(message, sources)?;
        let nothing_open = claims.iter().all(|claim| !claim.amount.is_positive());
        if told.is_none() && nothing_open {
            return Err(Unwritten::Refused(Rule::Silenced.id().to_owned()));
        }
        let agency = agency(&sources.tenant);
        let representative = told.as_ref().and_then(|told| told.representative.clone());
        let elsewhere = representative.as_ref().map(|reader| reader.address.join("\n"));
        let recipient = representative.unwrap_or_else(|| recipient(&sources.debtor));
        let notice = notice(message, sources)?;
        let mut values = values(message);
        values.extend(told.iter().flat_map(|told| told.values.clone()));
        let draft = Draft {
            treatment: message.treatment,
            language: message.language,
            class: message.class,
            topic: message.topic,
            recipient: &recipient,
            agency: &agency,
            claims: &claims,
            link: &sources.link,
            code: &code,
            notice: notice.as_ref(),
            challenge: told.as_ref().map(|told| &told.answer),
            values,
            date: berlin_date(self.now()),
            seed: seed(message),
        };
        let composed = compose(library, &draft).map_err(Error::from)?;
        if let Some(rule) = refusal(&draft, &composed) {
            return Err(Unwritten::Refused(rule.to_owned()));
        }
        let (recipient, sender) = (recipient.name, agency.name);
        Ok(Written { composed, code, elsewhere, recipient, sender })
    }
}

/// The first rule with which the linter refuses a composed message.
pub fn refusal(draft: &Draft<'_>, composed: &Composed) -> Option<&'static str> {
    let text = Text {
        subject: &composed.subject,
        text: &composed.text,
        own_words: &composed.own_words,
        channel: draft.treatment.channel,
        language: draft.language,
        salutation: Some(draft.treatment.salutation),
        persuasive: draft.class == MessageClass::Outreach,
    };
    let findings = lint(&text, Some(&Required::of(draft)));
    findings.into_iter().find(|one| one.severity == Severity::Blocking).map(|one| one.rule)
}

fn notice(message: &Message, sources: &Sources) -> Result<Option<FirstNotice>, Error> {
    if message.class != MessageClass::FirstNotice {
        return Ok(None);
    }
    let claims: Vec<Source> = sources.claims.iter().map(|(_, source)| source.clone()).collect();
    first_notice(&sources.tenant, &claims).map(Some)
}

fn claim_facts(sources: &Sources) -> Result<Vec<ClaimFacts>, Error> {
    let claims = sources.claims.iter().map(|(claim, (statement, creditor))| {
        let total = statement.totals.as_ref().and_then(|totals| totals.total.as_ref());
        let total = total.ok_or(Error::Answer("claims"))?;
        Ok(ClaimFacts {
            creditor: creditor.name.clone(),
            reference: statement.reference.clone(),
            amount: Money::try_from(total).map_err(|_| Error::Answer("claims"))?,
            transfer: transfer(&sources.options, *claim),
        })
    });
    claims.collect()
}

fn transfer(options: &[PaymentOption], claim: ClaimId) -> Option<Transfer> {
    let claim = claim.to_string();
    let option = options.iter().find(|option| option.claim_id == claim)?;
    let Some(Method::BankTransfer(transfer)) = &option.method else { return None };
    let iban: Iban = transfer.iban.parse().ok()?;
    Some(Transfer {
        holder: transfer.holder.clone(),
        iban: iban.spaced(),
        reference: transfer.reference.clone(),
    })
}

/// The person as a letter addresses her.
pub fn recipient(debtor: &Debtor) -> Recipient {
    let name = match &debtor.party {
        Some(Party::Person(person)) => {
            let parts = [&person.title, &person.given_name, &person.family_name];
            let parts: Vec<&str> =
                parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
            parts.join(" ")
        }
        Some(Party::Company(company)) => company.company_name.clone(),
        None => String::new(),
    };
    Recipient { name, address: debtor.address.as_ref().map(lines).unwrap_or_default() }
}

/// The agency as its messages name it.
pub fn agency(tenant: &Tenant) -> Agency {
    let phone = !tenant.contact_phone.is_empty();
    let contact = if phone { &tenant.contact_phone } else { &tenant.contact_email };
    Agency {
        name: tenant.agency_name.clone(),
        address: tenant.address.as_ref().map(lines).unwrap_or_default(),
        contact: contact.clone(),
        register_number: tenant.register_number.clone(),
        verify_page: format!("{}/verify", tenant.portal_base_url),
    }
}

/// The message's facts as its reader reads them.
fn values(message: &Message) -> BTreeMap<&'static str, String> {
    ["promised_on", "due_on", "consequence_date"]
        .into_iter()
        .filter_map(|name| {
            let day: NaiveDate = message.facts.get(name)?.parse().ok()?;
            Some((name, format::date(day, message.language)))
        })
        .collect()
}

/// Chooses among alternative blocks: spread over messages, fixed for one.
fn seed(message: &Message) -> u64 {
    let bytes = message.id.uuid().into_bytes();
    bytes.iter().skip(8).fold(0, |seed, byte| (seed << 8) | u64::from(*byte))
}
