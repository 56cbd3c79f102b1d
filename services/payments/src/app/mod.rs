//! One use case per file; each owns its transaction. Other services are asked before it is opened.

pub mod booking;
pub mod books;
pub mod claims;
pub mod due;
pub mod entries;
pub mod excess;
pub mod import;
pub mod matching;
pub mod options;
pub mod people;
pub mod promise;
pub mod quotes;
pub mod reads;
pub mod waiting;

use kulanz_bus::publish;
use kulanz_chassis::{Caller, Clients, PageKey};
use kulanz_store::{Begin, Store, Work};
use kulanz_types::TenantId;
use prost::{Message, Name};

use crate::error::Error;
use crate::store::arrangement::Stored;

/// What every use case works with.
#[derive(Clone)]
pub struct Desk {
    /// This service's database.
    pub store: Store,
    /// The other services.
    pub clients: Clients,
    /// Seals page tokens.
    pub pages: PageKey,
}

/// Who asks for what: the frame of every write.
pub struct Write<'a, Request> {
    /// Whose data.
    pub tenant: TenantId,
    /// Who calls.
    pub caller: &'a Caller,
    /// The method, for the memory of answers.
    pub method: &'static str,
    /// The caller's id of this write.
    pub request_id: &'a str,
    /// The request as it came.
    pub request: &'a Request,
}

impl Desk {
    /// The answer that this write got before, if it did: looked up before other services are asked,
    /// because the world may have moved on since.
    pub async fn earlier_answer<Reply: Message + Default, Request: Message>(
        &self,
        write: &Write<'_, Request>,
    ) -> Result<Option<Reply>, Error> {
        Ok(match self.begin(write).await? {
            Begin::Replayed(reply) => Some(reply),
            Begin::Fresh(_) => None,
        })
    }

    /// Begins a write's transaction.
    pub async fn begin<Reply: Message + Default, Request: Message>(
        &self,
        write: &Write<'_, Request>,
    ) -> Result<Begin<Reply>, Error> {
        let (id, request) = (write.request_id, write.request);
        Ok(self.store.begin_write(write.tenant, write.method, id, request).await?)
    }

    /// Begins a transaction that only reads.
    pub async fn read(&self, tenant: TenantId) -> Result<Work, Error> {
        Ok(self.store.begin(tenant).await?)
    }
}

/// Tells of an arrangement under its next version, in the order of its debtor's events.
async fn announce<M: Message + Name>(
    work: &Work,
    stored: &mut Stored,
    event: &M,
) -> Result<(), Error> {
    let version = stored.next_version();
    publish(work, &stored.row.arrangement_id, &stored.row.debtor_id, version, event).await?;
    Ok(())
}

/// Refuses a debtor's token for another debtor's things, or beyond what the session is for, as if they
/// were not there.
pub fn may_see(caller: &Caller, debtor: &str, resource: impl ToString) -> Result<(), Error> {
    match caller.debtor() {
        Some(scope) if scope.is_for_preferences() || scope.debtor_id.to_string() != debtor => {
            Err(Error::not_found(resource))
        }
        _ => Ok(()),
    }
}
