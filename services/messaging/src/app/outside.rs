//! What messaging asks of its neighbours, and their answers in its own terms.

use chrono::{DateTime, TimeDelta, Utc};
use kulanz_chassis::outgoing;
use kulanz_proto::claims::v1 as claims;
use kulanz_proto::convert::timestamp;
use kulanz_proto::experimentation::v1 as experimentation;
use kulanz_proto::messaging::v1 as messaging;
use kulanz_proto::payments::v1 as payments;
use kulanz_proto::types::v1 as types;
use kulanz_types::{ClaimId, DebtorId, MessageId, TenantId};

use super::Messaging;
use crate::domain::blocks::Language;
use crate::domain::catalogue::Channel;
use crate::domain::message::{MessageClass, MessageState};
use crate::error::Error;
use crate::store::messages::Message;

const CLAIMS: &str = "claims";
const PAYMENTS: &str = "payments";
const EXPERIMENTATION: &str = "experimentation";

/// The last word of claims before a hand-over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The contact may be made.
    Allowed,
    /// It may not; the rule says why.
    Blocked(String),
}

impl Messaging {
    /// A person with her claims; `None` when claims does not know her.
    pub async fn debtor(
        &self,
        tenant: TenantId,
        debtor: DebtorId,
    ) -> Result<Option<claims::Debtor>, Error> {
        let request = claims::BatchGetDebtorsRequest {
            debtor_ids: vec![debtor.to_string()],
            include_claims: true,
        };
        let reply = self.clients.claims().batch_get_debtors(outgoing(tenant, request)).await;
        Ok(reply.map_err(Error::upstream(CLAIMS))?.into_inner().debtors.pop())
    }

    /// What a person said against a claim, with the answer once there is one; `None` when claims does not
    /// know it.
    pub async fn challenge(
        &self,
        tenant: TenantId,
        id: &str,
    ) -> Result<Option<claims::Challenge>, Error> {
        let request = claims::GetChallengeRequest { challenge_id: id.to_owned() };
        match self.clients.claims().get_challenge(outgoing(tenant, request)).await {
            Ok(found) => Ok(found.into_inner().challenge),
            Err(status) if status.code() == tonic::Code::NotFound => Ok(None),
            Err(status) => Err(Error::upstream(CLAIMS)(status)),
        }
    }

    /// The agency.
    pub async fn tenant(&self, tenant: TenantId) -> Result<claims::Tenant, Error> {
        let request = outgoing(tenant, claims::GetTenantRequest {});
        let reply = self.clients.claims().get_tenant(request).await;
        let tenant = reply.map_err(Error::upstream(CLAIMS))?.into_inner().tenant;
        tenant.ok_or(Error::Answer(CLAIMS))
    }

    /// The creditor of a claim.
    pub async fn creditor(&self, tenant: TenantId, id: String) -> Result<claims::Creditor, Error> {
        let request = outgoing(tenant, claims::GetCreditorRequest { creditor_id: id });
        let reply = self.clients.claims().get_creditor(request).await;
        let creditor = reply.map_err(Error::upstream(CLAIMS))?.into_inner().creditor;
        creditor.ok_or(Error::Answer(CLAIMS))
    }

    /// What is owed on a claim today.
    pub async fn statement(
        &self,
        tenant: TenantId,
        claim: ClaimId,
        language: Language,
    ) -> Result<claims::Statement, Error> {
        let request = claims::GetStatementRequest {
            claim_id: claim.to_string(),
            as_of: None,
            language: language.code().to_owned(),
            known_at: None,
        };
        let reply = self.clients.claims().get_statement(outgoing(tenant, request)).await;
        let statement = reply.map_err(Error::upstream(CLAIMS))?.into_inner().statement;
        statement.ok_or(Error::Answer(CLAIMS))
    }

    /// Ways to pay the claims.
    pub async fn payment_options(
        &self,
        tenant: TenantId,
        claims: &[ClaimId],
    ) -> Result<Vec<payments::PaymentOption>, Error> {
        let claim_ids = claims.iter().map(ToString::to_string).collect();
        let request = payments::ListPaymentOptionsRequest { claim_ids };
        let reply = self.clients.payments().list_payment_options(outgoing(tenant, request)).await;
        Ok(reply.map_err(Error::upstream(PAYMENTS))?.into_inner().options)
    }

    /// The link that a message carries; the same for the same message, however often it is asked.
    pub async fn access_link(
        &self,
        tenant: TenantId,
        message: MessageId,
        debtor: DebtorId,
        scheduled_at: DateTime<Utc>,
    ) -> Result<String, Error> {
        // Counted from the schedule, not from now: a second attempt asks with the same body.
        let expires_at = scheduled_at + TimeDelta::days(self.link_days);
        let request = claims::CreateAccessLinkRequest {
            request_id: message.uuid().to_string(),
            debtor_id: debtor.to_string(),
            claim_ids: Vec::new(),
            purpose: claims::AccessPurpose::SelfService.into(),
            expires_at: Some(timestamp(expires_at)),
        };
        let reply = self.clients.claims().create_access_link(outgoing(tenant, request)).await;
        let link = reply.map_err(Error::upstream(CLAIMS))?.into_inner().link;
        Ok(link.ok_or(Error::Answer(CLAIMS))?.url)
    }

    /// May this contact be made now? No answer means no.
    pub async fn check_outreach(
        &self,
        tenant: TenantId,
        message: &Message,
        address: &str,
    ) -> Result<Verdict, Error> {
        let channel = message.treatment.channel;
        let check = claims::OutreachCheck {
            debtor_id: message.debtor.to_string(),
            claim_ids: message.claims.iter().map(ToString::to_string).collect(),
            channel: wire_channel(channel).into(),
            purpose: purpose(message.class).into(),
            address: address_for_claims(channel, address),
            to_representative: message.is_for_a_representative(),
        };
        let request = claims::CheckOutreachRequest { checks: vec![check] };
        let reply = self.clients.claims().check_outreach(outgoing(tenant, request)).await;
        let verdicts = reply.map_err(Error::upstream(CLAIMS))?.into_inner().verdicts;
        let verdict = verdicts.into_iter().next().ok_or(Error::Answer(CLAIMS))?;
        if verdict.allowed {
            return Ok(Verdict::Allowed);
        }
        let rule = verdict.blocks.into_iter().next().map(|block| block.rule_id);
        Ok(Verdict::Blocked(rule.unwrap_or_else(|| "claims.silenced".to_owned())))
    }

    /// What to do for a person now.
    pub async fn decide(
        &self,
        tenant: TenantId,
        request: experimentation::DecideRequest,
    ) -> Result<experimentation::Decision, Error> {
        let reply = self.clients.experimentation().decide(outgoing(tenant, request)).await;
        let decision = reply.map_err(Error::upstream(EXPERIMENTATION))?.into_inner().decision;
        decision.ok_or(Error::Answer(EXPERIMENTATION))
    }

    /// Business time.
    pub fn now(&self) -> DateTime<Utc> {
        self.store.clock().now()
    }
}

/// Claims knows whose e-mail addresses and numbers were disowned; postal addresses are nobody's alone.
fn address_for_claims(channel: Channel, address: &str) -> String {
    match channel {
        Channel::Email | Channel::Sms | Channel::Whatsapp => address.to_owned(),
        Channel::Letter | Channel::PortalPush => String::new(),
    }
}

/// A channel as the contracts name it.
pub const fn wire_channel(channel: Channel) -> types::Channel {
    match channel {
        Channel::Email => types::Channel::Email,
        Channel::Sms => types::Channel::Sms,
        Channel::Letter => types::Channel::Letter,
        Channel::Whatsapp => types::Channel::Whatsapp,
        Channel::PortalPush => types::Channel::Portal,
    }
}

/// The class as the contract names it.
pub const fn policy_class(class: MessageClass) -> messaging::PolicyClass {
    match class {
        MessageClass::FirstNotice => messaging::PolicyClass::FirstNotice,
        MessageClass::Outreach => messaging::PolicyClass::Outreach,
        MessageClass::Answer => messaging::PolicyClass::Answer,
        MessageClass::Legal => messaging::PolicyClass::Legal,
    }
}

/// The state as the contract names it; a refused message shows as cancelled, with the rule.
pub const fn wire_state(state: MessageState) -> messaging::MessageState {
    match state {
        MessageState::Scheduled => messaging::MessageState::Scheduled,
        MessageState::Attempted => messaging::MessageState::Attempted,
        MessageState::Sent => messaging::MessageState::Sent,
        MessageState::Delivered => messaging::MessageState::Delivered,
        MessageState::Unknown => messaging::MessageState::Unknown,
        MessageState::Failed => messaging::MessageState::Failed,
        MessageState::Cancelled | MessageState::Blocked => messaging::MessageState::Cancelled,
    }
}

/// The channel that a contract names; `None` for calls and for what is not stated.
pub const fn own_channel(channel: types::Channel) -> Option<Channel> {
    match channel {
        types::Channel::Email => Some(Channel::Email),
        types::Channel::Sms => Some(Channel::Sms),
        types::Channel::Letter => Some(Channel::Letter),
        types::Channel::Whatsapp => Some(Channel::Whatsapp),
        types::Channel::Portal => Some(Channel::PortalPush),
        types::Channel::Phone | types::Channel::Unspecified => None,
    }
}

const fn purpose(class: MessageClass) -> claims::OutreachPurpose {
    match class {
        MessageClass::FirstNotice | MessageClass::Outreach => claims::OutreachPurpose::Collect,
        MessageClass::Answer => claims::OutreachPurpose::Answer,
        MessageClass::Legal => claims::OutreachPurpose::LegalNotice,
    }
}
