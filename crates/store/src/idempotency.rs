//! Every write is answered once per `request_id` (AIP-155): the reply is kept in the transaction of the
//! effect, so that neither exists without the other.

use kulanz_types::TenantId;
use prost::Message;
use sea_orm::ConnectionTrait;

use crate::{Store, StoreError, Work};

/// What a write finds under its `request_id`.
pub enum Begin<Reply> {
    /// The same request was answered before: give the same answer.
    Replayed(Reply),
    /// It is new: do it with this transaction and end with [`Work::finish`].
    Fresh(Work),
}

pub(crate) struct RequestKey(String);

impl Store {
    /// Begins a write of `tenant`, or finds the answer it got before.
    ///
    /// The row is written first and without an answer, so that a second call with the same id waits for
    /// the first one's commit and then finds its answer.
    ///
    /// # Errors
    /// [`StoreError::RequestIdInvalid`] where `request_id` is no UUID, [`StoreError::RequestIdReused`]
    /// where it came before with another method or body.
    pub async fn begin_write<Reply: Message + Default>(
        &self,
        tenant: TenantId,
        method: &'static str,
        request_id: &str,
        request: &impl Message,
    ) -> Result<Begin<Reply>, StoreError> {
        let id = uuid::Uuid::try_parse(request_id).map_err(|_| StoreError::RequestIdInvalid)?;
        let key = id.hyphenated().to_string();
        let parts = [method.as_bytes(), &request.encode_to_vec()];
        let fingerprint = self.vault().fingerprint(&parts);
        let mut work = self.begin(tenant).await?;
        let inserted = work
            .execute(
                "INSERT INTO request (tenant_id, request_id, fingerprint, created_at) \
                 VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                [
                    tenant.to_string().into(),
                    key.clone().into(),
                    fingerprint.clone().into(),
                    work.now().into(),
                ],
            )
            .await?;
        if inserted == 0 {
            return replay(&work, &key, &fingerprint).await.map(Begin::Replayed);
        }
        if self.is_audited() {
            work.act_of_call(method, &key);
        }
        work.request = Some(RequestKey(key));
        Ok(Begin::Fresh(work))
    }
}

impl Work {
    /// Keeps `reply` as the answer to this request, commits, and gives it back.
    pub async fn finish<Reply: Message>(self, reply: Reply) -> Result<Reply, StoreError> {
        if let Some(RequestKey(key)) = &self.request {
            self.execute(
                "UPDATE request SET reply = $1 WHERE tenant_id = $2 AND request_id = $3",
                [
                    reply.encode_to_vec().into(),
                    self.tenant().to_string().into(),
                    key.clone().into(),
                ],
            )
            .await?;
        }
        self.commit().await?;
        Ok(reply)
    }
}

async fn replay<Reply: Message + Default>(
    work: &Work,
    key: &str,
    fingerprint: &[u8],
) -> Result<Reply, StoreError> {
    let statement = work.statement(
        "SELECT fingerprint, reply FROM request WHERE tenant_id = $1 AND request_id = $2",
        [work.tenant().to_string().into(), key.into()],
    );
    let unreadable = StoreError::Unreadable { what: "request.reply" };
    let Some(row) = work.db().query_one_raw(statement).await? else { return Err(unreadable) };
    if row.try_get::<Vec<u8>>("", "fingerprint")? != fingerprint {
        return Err(StoreError::RequestIdReused);
    }
    let reply: Option<Vec<u8>> = row.try_get("", "reply")?;
    Reply::decode(reply.unwrap_or_default().as_slice()).map_err(|_| unreadable)
}
