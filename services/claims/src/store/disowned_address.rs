//! Addresses and numbers that belong to someone else, recognised by keyed hashes. They outlive the data of
//! the debtor they were held for: the silence is owed to whoever reads there.

use kulanz_store::{StoreError, Work};
use kulanz_types::{email_key, phone_key};
use sea_orm::entity::prelude::*;

/// An address and the debtor whose it was said to be.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "disowned_address")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub address_hash: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub debtor_id: String,
    pub disowned_at: DateTimeUtc,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// The keyed hash by which an e-mail address or a number is recognised, however it is spelled.
pub fn hash(work: &Work, address: &str) -> String {
    if address.contains('@') {
        work.blind_index("email", &email_key(address))
    } else {
        work.blind_index("number", &phone_key(address))
    }
}

/// Notes that an address does not belong to this debtor.
pub async fn note(work: &Work, hash: &str, debtor_id: &str) -> Result<(), StoreError> {
    let row = Model {
        tenant_id: work.tenant().to_string(),
        address_hash: hash.to_owned(),
        debtor_id: debtor_id.to_owned(),
        disowned_at: work.now(),
    };
    work.insert_once(row, [Column::TenantId, Column::AddressHash, Column::DebtorId]).await
}

/// Staff say that these addresses are this debtor's after all.
pub async fn reclaim(work: &Work, hashes: Vec<String>, debtor_id: &str) -> Result<(), StoreError> {
    Entity::delete_many()
        .filter(Column::TenantId.eq(work.tenant().to_string()))
        .filter(Column::AddressHash.is_in(hashes))
        .filter(Column::DebtorId.eq(debtor_id))
        .exec(work.db())
        .await?;
    Ok(())
}

/// Those of the hashes that were disowned for any debtor.
pub async fn among(work: &Work, hashes: Vec<String>) -> Result<Vec<String>, StoreError> {
    if hashes.is_empty() {
        return Ok(Vec::new());
    }
    let found = work.own::<Entity>().filter(Column::AddressHash.is_in(hashes)).all(work.db());
    Ok(found.await?.into_iter().map(|row| row.address_hash).collect())
}
