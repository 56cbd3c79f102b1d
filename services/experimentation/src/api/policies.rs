//! Versions of policies.

use kulanz_proto::experimentation::v1 as pb;
use kulanz_types::TenantId;

use super::{Server, write};
use crate::app;
use crate::error::Error;

impl Server {
    pub(super) async fn policy(
        &self,
        tenant: TenantId,
        request: &pb::GetPolicyRequest,
    ) -> Result<pb::GetPolicyResponse, Error> {
        let row = app::policies::get(&self.store, tenant, &request.policy_id).await?;
        Ok(pb::GetPolicyResponse { policy: Some(write::policy(row)) })
    }

    pub(super) async fn policies(
        &self,
        tenant: TenantId,
        request: &pb::ListPoliciesRequest,
    ) -> Result<pb::ListPoliciesResponse, Error> {
        let page = self
            .page_key
            .request(tenant, "ListPolicies", "", request.page_size, &request.page_token)
            .map_err(Error::Page)?;
        let rows =
            app::policies::list(&self.store, tenant, page.cursor(), page.limit() + 1).await?;
        let (rows, next_page_token) = page.finish(rows, |row| row.policy_id.clone());
        let policies = rows.into_iter().map(write::policy).collect();
        Ok(pb::ListPoliciesResponse { policies, next_page_token })
    }
}
