//! Is this message ours? Asked by anyone who holds a code; answers nothing about person or debt.

use chrono::{DateTime, Utc};
use kulanz_types::TenantId;

use super::Messaging;
use crate::domain::authenticity::AuthenticityCode;
use crate::domain::catalogue::Channel;
use crate::error::Error;
use crate::store::{messages, tags};

/// What may be told about a genuine message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Genuine {
    /// Who sent it.
    pub agency: String,
    /// When.
    pub sent_at: DateTime<Utc>,
    /// By which way.
    pub channel: Channel,
    /// How to reach the agency.
    pub phone: String,
    /// The agency's number in the register.
    pub register_number: String,
}

impl Messaging {
    /// The message behind a code, if it is ours. The signature is checked before any table is read,
    /// so that guessing costs us nothing.
    pub async fn verify(&self, typed: &str) -> Result<Option<Genuine>, Error> {
        let code = AuthenticityCode::parse(typed).filter(|code| code.is_signed_by(&self.code_key));
        let Some(code) = code else { return Ok(None) };
        // The directory belongs to no tenant; the transaction that reads it sees none.
        let nobody = self.store.begin(TenantId::from_uuid(uuid::Uuid::nil())).await?;
        let owners = tags::owners(&nobody, code.tenant_tag()).await?;
        drop(nobody);
        for owner in owners {
            let work = self.store.begin(owner).await?;
            let found = messages::find_by_code(&work, code.compact()).await?;
            drop(work);
            if let Some((channel, sent_at)) =
                found.and_then(|message| Some((message.treatment.channel, message.sent_at?)))
            {
                let tenant = self.tenant(owner).await?;
                return Ok(Some(Genuine {
                    agency: tenant.agency_name,
                    sent_at,
                    channel,
                    phone: tenant.contact_phone,
                    register_number: tenant.register_number,
                }));
            }
        }
        Ok(None)
    }
}
