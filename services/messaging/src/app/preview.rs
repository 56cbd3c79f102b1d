//! How messages would read, and how many there are.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kulanz_types::{ClaimId, DebtorId, Money, TenantId, berlin_date};

use super::Messaging;
use super::dispatch::letter::{agency, recipient};
use crate::domain::authenticity::AuthenticityCode;
use crate::domain::blocks::{Language, Library};
use crate::domain::catalogue::{Channel, Level, Treatment, factors};
use crate::domain::compose::{Agency, ClaimFacts, Composed, Draft, Recipient, compose};
use crate::domain::lint::{Finding, Required, Text, lint};
use crate::domain::mask::{Mask, OutreachFacts};
use crate::domain::message::MessageClass;
use crate::domain::{format, variants};
use crate::error::Error;

/// What to preview.
#[derive(Debug, Clone)]
pub struct Question {
    /// To whom; an invented example when nobody is named.
    pub debtor: Option<DebtorId>,
    /// About which claims; all when none is named.
    pub claims: Vec<ClaimId>,
    /// How.
    pub treatment: Treatment,
    /// Language; the person's when it is not stated.
    pub language: Option<Language>,
    /// Why.
    pub class: MessageClass,
}

/// How many messages there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variants {
    /// Actions of the decision grid.
    pub actions: u64,
    /// Different texts.
    pub texts: u64,
    /// Levels in use by factor.
    pub levels: BTreeMap<String, i64>,
}

/// Who and what a preview names.
struct Facts {
    recipient: Recipient,
    agency: Agency,
    claims: Vec<ClaimFacts>,
    language: Language,
    portal: String,
}

impl Messaging {
    /// Counts what the blocks make under the tenant's mask.
    pub async fn variants(
        &self,
        tenant: TenantId,
        channel: Option<Channel>,
        languages: &[Language],
    ) -> Result<Variants, Error> {
        let library = self.library_of(tenant).await?;
        let mask = Mask::of(&OutreachFacts::of_tenant(self.switches));
        let levels = factors().into_iter().map(|(factor, levels)| {
            let used = levels
                .into_iter()
                .filter(|level| mask.rules_of(Level { factor, level }).is_empty())
                .count();
            (factor.to_owned(), i64::try_from(used).unwrap_or(i64::MAX))
        });
        Ok(Variants {
            actions: variants::count_actions(&library, &mask, channel),
            texts: variants::count_texts(&library, &mask, channel, languages),
            levels: levels.collect(),
        })
    }

    /// Composes without sending. The link leads nowhere and the code is not remembered.
    pub async fn preview(
        &self,
        tenant: TenantId,
        question: &Question,
    ) -> Result<(Composed, Vec<Finding>), Error> {
        let library = self.library_of(tenant).await?;
        let facts = match question.debtor {
            Some(debtor) => self.preview_facts(tenant, debtor, question).await?,
            None => self.example(tenant, question).await?,
        };
        self.compose_preview(&library, tenant, question, &facts)
    }

    fn compose_preview(
        &self,
        library: &Library,
        tenant: TenantId,
        question: &Question,
        facts: &Facts,
    ) -> Result<(Composed, Vec<Finding>), Error> {
        let today = berlin_date(self.now());
        let code = AuthenticityCode::sign(&tenant.to_string(), [0; 8], &self.code_key);
        let link = format!("{}/l/beispiel", facts.portal);
        let draft = Draft {
            treatment: question.treatment,
            language: facts.language,
            class: question.class,
            topic: None,
            recipient: &facts.recipient,
            agency: &facts.agency,
            claims: &facts.claims,
            link: &link,
            code: &code,
            notice: None,
            challenge: None,
            values: values(today, facts.language),
            date: today,
            seed: 0,
        };
        let composed = compose(library, &draft)?;
        let text = Text {
            subject: &composed.subject,
            text: &composed.text,
            own_words: &composed.own_words,
            channel: question.treatment.channel,
            language: facts.language,
            salutation: Some(question.treatment.salutation),
            persuasive: question.class == MessageClass::Outreach,
        };
        let findings = lint(&text, Some(&Required::of(&draft)));
        Ok((composed, findings))
    }

    async fn preview_facts(
        &self,
        tenant: TenantId,
        debtor: DebtorId,
        question: &Question,
    ) -> Result<Facts, Error> {
        let found = self.debtor(tenant, debtor).await?;
        let found = found.ok_or_else(|| Error::NotFound(debtor.to_string()))?;
        let house = self.tenant(tenant).await?;
        let wanted = |id: &str| {
            question.claims.is_empty()
                || question.claims.iter().any(|claim| claim.to_string() == id)
        };
        let claims = found.claims.iter().filter(|claim| wanted(&claim.claim_id));
        let claims = claims.map(|claim| {
            let total = claim.balance.as_ref().and_then(|balance| balance.total.as_ref());
            let total = total.ok_or(Error::Answer("claims"))?;
            Ok(ClaimFacts {
                creditor: claim.creditor_name.clone(),
                reference: claim.reference.clone(),
                amount: Money::try_from(total).map_err(|_| Error::Answer("claims"))?,
                transfer: None,
            })
        });
        Ok(Facts {
            claims: claims.collect::<Result<_, Error>>()?,
            recipient: recipient(&found),
            agency: agency(&house),
            language: question.language.unwrap_or_else(|| Language::of(&found.language)),
            portal: house.portal_base_url,
        })
    }

    async fn example(&self, tenant: TenantId, question: &Question) -> Result<Facts, Error> {
        let house = self.tenant(tenant).await?;
        Ok(Facts {
            recipient: Recipient {
                name: "Erika Beispiel".to_owned(),
                address: vec!["Lindenweg 4".to_owned(), "50667 Köln".to_owned()],
            },
            claims: vec![ClaimFacts {
                creditor: "Beispiel Versand GmbH".to_owned(),
                reference: "R-2026-17".to_owned(),
                amount: Money::eur(24_990),
                transfer: None,
            }],
            agency: agency(&house),
            language: question.language.unwrap_or(Language::De),
            portal: house.portal_base_url,
        })
    }
}

/// Invented values, so that every block can be shown.
fn values(today: NaiveDate, language: Language) -> BTreeMap<&'static str, String> {
    let day = format::date(today, language);
    BTreeMap::from([
        ("promised_on", day.clone()),
        ("due_on", day.clone()),
        ("consequence_date", day),
        ("consequence", "…".to_owned()),
        ("concession", "…".to_owned()),
        ("statistic", "…".to_owned()),
        ("statistic_source", "…".to_owned()),
    ])
}
