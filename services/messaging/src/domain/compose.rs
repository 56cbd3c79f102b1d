//! From a treatment and the facts of the moment to the words that a person reads.

mod challenge;
mod frame;

pub use frame::escape;

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kulanz_types::{Money, MoneyError};

use super::answer::ChallengeAnswer;
use super::authenticity::AuthenticityCode;
use super::blocks::{Language, Library, Part, fill};
use super::catalogue::{Channel, Treatment};
use super::legal_pack::{FirstNotice, Missing};
use super::message::MessageClass;
use super::{format, gsm7};

/// What a service message is about; a message without a topic follows its tone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// An instalment is due soon.
    InstalmentDue,
    /// An instalment did not arrive.
    InstalmentMissed,
    /// A promised payment did not arrive.
    PromiseBroken,
    /// A promise was noted.
    PromiseMade,
    /// The person looked at the statement several times: instalments may help.
    InstalmentsProposed,
    /// What the person said against a claim has arrived.
    ChallengeReceived,
    /// What the person said against a claim was decided.
    ChallengeAnswered,
}

impl Topic {
    /// Every topic.
    pub const ALL: [Self; 7] = [
        Self::InstalmentDue,
        Self::InstalmentMissed,
        Self::PromiseBroken,
        Self::PromiseMade,
        Self::InstalmentsProposed,
        Self::ChallengeReceived,
        Self::ChallengeAnswered,
    ];

    /// Whether it answers what the person said against a claim: it has its own form, and no silence about
    /// the claim calls it back.
    pub const fn is_about_a_challenge(self) -> bool {
        matches!(self, Self::ChallengeReceived | Self::ChallengeAnswered)
    }

    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::InstalmentDue => "instalment_due",
            Self::InstalmentMissed => "instalment_missed",
            Self::PromiseBroken => "promise_broken",
            Self::PromiseMade => "promise_made",
            Self::InstalmentsProposed => "instalments_proposed",
            Self::ChallengeReceived => "challenge_received",
            Self::ChallengeAnswered => "challenge_answered",
        }
    }

    /// The topic of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }
}

/// Who reads the message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    /// Full name.
    pub name: String,
    /// Lines of the postal address below the name.
    pub address: Vec<String>,
}

/// Who writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agency {
    /// Registered name.
    pub name: String,
    /// Lines of the postal address.
    pub address: Vec<String>,
    /// Phone number or e-mail address where a person answers.
    pub contact: String,
    /// Number in the register of legal services.
    pub register_number: String,
    /// Page on which a code can be checked.
    pub verify_page: String,
}

/// One claim as the message names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimFacts {
    /// Name of the creditor.
    pub creditor: String,
    /// The creditor's reference.
    pub reference: String,
    /// What is open now.
    pub amount: Money,
    /// Where to transfer it to, when a transfer is possible.
    pub transfer: Option<Transfer>,
}

/// A bank transfer that is booked to the claim by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// Holder of the account.
    pub holder: String,
    /// IBAN in groups of four.
    pub iban: String,
    /// ISO 11649 reference.
    pub reference: String,
}

/// Everything a message is made of.
#[derive(Debug, Clone)]
pub struct Draft<'a> {
    /// The chosen treatment.
    pub treatment: Treatment,
    /// Language of the reader.
    pub language: Language,
    /// Why it is sent.
    pub class: MessageClass,
    /// What it is about, for service messages.
    pub topic: Option<Topic>,
    /// Who reads it.
    pub recipient: &'a Recipient,
    /// Who writes it.
    pub agency: &'a Agency,
    /// The claims, at least one.
    pub claims: &'a [ClaimFacts],
    /// Link to the portal.
    pub link: &'a str,
    /// Proof that it is genuine.
    pub code: &'a AuthenticityCode,
    /// The statements of § 13a Abs. 1 RDG, in a first notice.
    pub notice: Option<&'a FirstNotice>,
    /// What it says about a challenge, where it is about one.
    pub challenge: Option<&'a ChallengeAnswer>,
    /// Further values, for example `promised_on`.
    pub values: BTreeMap<&'static str, String>,
    /// Day on which it is written.
    pub date: NaiveDate,
    /// Chooses among alternative blocks.
    pub seed: u64,
}

/// Evidence: which block in which version was used.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BlockUse {
    /// Key of the block.
    pub key: String,
    /// Its version.
    pub version: u32,
}

/// A composed message.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Composed {
    /// Subject line; empty for pointers.
    pub subject: String,
    /// Plain text.
    pub text: String,
    /// HTML of e-mails and letters; empty for pointers.
    pub html: String,
    /// The part of the text whose wording is ours: without the statements required by law.
    pub own_words: String,
    /// Blocks used, in order.
    pub blocks: Vec<BlockUse>,
    /// Parts of a short message.
    pub sms_parts: Option<u32>,
}

/// Why a message cannot be composed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ComposeError {
    /// No block stands for a part.
    #[error("no block for {0:?}")]
    NoBlock(Part),
    /// A placeholder has no value.
    #[error("placeholder {placeholder} of block {block} has no value")]
    Undefined {
        /// Key of the block.
        block: String,
        /// Name of the placeholder.
        placeholder: String,
    },
    /// A first notice lacks statements (§ 13a Abs. 1 RDG).
    #[error("first notice is incomplete")]
    NoticeIncomplete(Vec<Missing>),
    /// There is no claim to write about.
    #[error("no claim")]
    NoClaim,
    /// Amounts cannot be added.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// A part of the message in words.
struct Section {
    part: Part,
    text: String,
}

/// Composes a message; refuses rather than leave a gap.
pub fn compose(library: &Library, draft: &Draft<'_>) -> Result<Composed, ComposeError> {
    let mut writer = Writer { library, values: values(draft)?, draft, blocks: Vec::new() };
    match draft.treatment.channel {
        Channel::Email | Channel::Letter => writer.full(),
        Channel::Sms | Channel::Whatsapp | Channel::PortalPush => writer.pointer(),
    }
}

fn values(draft: &Draft<'_>) -> Result<BTreeMap<&'static str, String>, ComposeError> {
    let first = draft.claims.first().ok_or(ComposeError::NoClaim)?;
    let total = Money::sum(first.amount.currency(), draft.claims.iter().map(|claim| claim.amount))?;
    let mut values = draft.values.clone();
    values.extend([
        ("person", draft.recipient.name.clone()),
        ("agency", draft.agency.name.clone()),
        ("contact", draft.agency.contact.clone()),
        ("verify_page", draft.agency.verify_page.clone()),
        ("creditors", creditors(draft)),
        ("total", format::amount(total, draft.language)),
        ("file", first.reference.clone()),
        ("link", draft.link.to_owned()),
        ("code", draft.code.to_string()),
    ]);
    Ok(values)
}

/// The creditors' names, each once: `A, B und C`.
fn creditors(draft: &Draft<'_>) -> String {
    let mut names: Vec<&str> = Vec::new();
    for claim in draft.claims {
        if !names.contains(&claim.creditor.as_str()) {
            names.push(&claim.creditor);
        }
    }
    let and = match draft.language {
        Language::De => "und",
        Language::En => "and",
    };
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, others)) => format!("{} {and} {last}", others.join(", ")),
        None => String::new(),
    }
}

struct Writer<'a> {
    library: &'a Library,
    draft: &'a Draft<'a>,
    values: BTreeMap<&'static str, String>,
    blocks: Vec<BlockUse>,
}

impl Writer<'_> {
    fn write(&mut self, part: Part, level: &str) -> Result<Section, ComposeError> {
        let draft = self.draft;
        let block = self
            .library
            .pick(draft.language, part, level, draft.treatment.salutation, draft.seed)
            .ok_or(ComposeError::NoBlock(part))?;
        let text =
            fill(block.text(draft.treatment.salutation), &self.values).map_err(|placeholder| {
                ComposeError::Undefined { block: block.key.clone(), placeholder }
            })?;
        let used = BlockUse { key: block.key.clone(), version: block.version };
        if !self.blocks.contains(&used) {
            self.blocks.push(used);
        }
        Ok(Section { part, text })
    }

    fn pointer(&mut self) -> Result<Composed, ComposeError> {
        let treatment = self.draft.treatment;
        let mut words = vec![self.write(Part::Pointer, treatment.tone.level())?.text];
        let motive = treatment.motive.level();
        if treatment.is_persuasive() {
            words.push(self.write(Part::PointerMotive, motive)?.text);
        }
        words.push(self.write(Part::PointerAction, "")?.text);
        let text = words.join(" ");
        let sms = treatment.channel == Channel::Sms;
        let text = if sms { gsm7::normalise(&text) } else { text };
        let parts = gsm7::parts(&text).and_then(|parts| u32::try_from(parts).ok());
        Ok(Composed {
            subject: String::new(),
            own_words: text.clone(),
            text,
            html: String::new(),
            blocks: std::mem::take(&mut self.blocks),
            sms_parts: parts.filter(|_| sms),
        })
    }

    fn full(&mut self) -> Result<Composed, ComposeError> {
        let legal = self.legal()?;
        let subject = self.write(Part::Subject, "")?.text;
        let sections = match self.draft.challenge {
            Some(answer) => self.challenge(answer)?,
            None => self.sections()?,
        };
        // Why something was decided stands in the words of whoever decided.
        let own = sections.iter().filter(|section| section.part != Part::Reason);
        let own_words = own.map(|section| section.text.as_str()).collect::<Vec<_>>().join("\n\n");
        let page = frame::Page {
            draft: self.draft,
            subject: &subject,
            sections: &sections,
            legal: &legal,
        };
        let (text, html) = match self.draft.treatment.channel {
            Channel::Letter => (page.letter_text(), page.letter_html()),
            _ => (page.text(), page.html()),
        };
        let blocks = std::mem::take(&mut self.blocks);
        Ok(Composed { subject, text, html, own_words, blocks, sms_parts: None })
    }

    /// The statements required by law with their heading; empty outside a first notice.
    fn legal(&mut self) -> Result<Vec<String>, ComposeError> {
        let Some(notice) = self.draft.notice else { return Ok(Vec::new()) };
        let missing = notice.missing();
        if !missing.is_empty() {
            return Err(ComposeError::NoticeIncomplete(missing));
        }
        let lead = self.write(Part::LegalLead, "")?.text;
        Ok(std::iter::once(lead).chain(notice.paragraphs(self.draft.language)).collect())
    }

    fn sections(&mut self) -> Result<Vec<Section>, ComposeError> {
        let treatment = self.draft.treatment;
        let mut sections = vec![self.write(Part::Greeting, treatment.tone.level())?];
        sections.push(match self.draft.topic {
            Some(topic) => self.write(Part::Topic, topic.name())?,
            None => self.write(Part::Opening, treatment.tone.level())?,
        });
        sections.extend(self.claims()?);
        if treatment.is_persuasive() {
            sections.push(self.write(Part::Motive, treatment.motive.level())?);
        }
        sections.push(self.write(Part::Offer, treatment.offer.level())?);
        for part in
            [Part::Action, Part::AlreadyPaid, Part::Dispute, Part::DebtAdvice, Part::Contact]
        {
            sections.push(self.write(part, "")?);
        }
        if self.draft.class == MessageClass::Outreach || treatment.is_persuasive() {
            sections.push(self.write(Part::OptOut, "")?);
        }
        sections.push(self.write(Part::Proof, "")?);
        sections.push(self.write(Part::SignOff, treatment.tone.level())?);
        Ok(sections)
    }

    /// Takes over what names a claim.
    fn name(&mut self, claim: &ClaimFacts) {
        self.values.insert("creditor", claim.creditor.clone());
        self.values.insert("reference", claim.reference.clone());
        self.values.insert("amount", format::amount(claim.amount, self.draft.language));
    }

    fn claims(&mut self) -> Result<Vec<Section>, ComposeError> {
        let draft = self.draft;
        let mut sections = Vec::new();
        for claim in draft.claims {
            self.name(claim);
            sections.push(self.write(Part::Claim, "")?);
            if let Some(transfer) = &claim.transfer {
                self.values.insert("holder", transfer.holder.clone());
                self.values.insert("iban", transfer.iban.clone());
                self.values.insert("payment_reference", transfer.reference.clone());
                sections.push(self.write(Part::Payment, "")?);
            }
        }
        if draft.claims.len() > 1 {
            sections.push(self.write(Part::Total, "")?);
        }
        Ok(sections)
    }
}

#[cfg(test)]
#[path = "compose_tests.rs"]
pub mod tests;
