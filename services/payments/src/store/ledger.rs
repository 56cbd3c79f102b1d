//! The money ledger: append-only transfers, chained, and their sums.

use std::collections::{BTreeMap, HashMap};

use kulanz_store::{StoreError, Work};
use kulanz_types::{Currency, Money};
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, QuerySelect, Statement};

use super::{MOST_KEYS, money};
use crate::domain::ledger::{Account, Posting, Transfer, TrialBalance};
use crate::error::Error;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "transfer")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub tenant_id: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub key: String,
    pub sequence: i64,
    pub debit: String,
    pub credit: String,
    pub currency: String,
    pub amount: i64,
    pub claim_id: Option<String>,
    pub effective_on: Date,
    pub recorded_at: DateTimeUtc,
    pub digest: Vec<u8>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Posts a transfer once per key; another transfer under a used key is refused.
pub async fn post(work: &Work, transfer: &Transfer) -> Result<(), Error> {
    post_all(work, std::slice::from_ref(transfer)).await
}

/// Posts transfers in their order, with few statements; each as [`post`] does.
pub async fn post_all(work: &Work, transfers: &[Transfer]) -> Result<(), Error> {
    let mut known = known(work, transfers).await?;
    let mut fresh: BTreeMap<Currency, Vec<&Transfer>> = BTreeMap::new();
    for transfer in transfers {
        if transfer.against(known.get(transfer.key()))? == Posting::New {
            known.insert(transfer.key().to_owned(), transfer.clone());
            fresh.entry(transfer.amount().currency()).or_default().push(transfer);
        }
    }
    for (currency, transfers) in fresh {
        append(work, currency, &transfers).await?;
    }
    Ok(())
}

async fn known(work: &Work, transfers: &[Transfer]) -> Result<HashMap<String, Transfer>, Error> {
    let mut found = HashMap::new();
    for chunk in transfers.chunks(MOST_KEYS) {
        let keys = chunk.iter().map(Transfer::key);
        for row in work.own::<Entity>().filter(Column::Key.is_in(keys)).all(work.db()).await? {
            found.insert(row.key.clone(), read(row)?);
        }
    }
    Ok(found)
}

async fn append(work: &Work, currency: Currency, transfers: &[&Transfer]) -> Result<(), Error> {
    let (mut sequence, mut digest) = take_head(work, currency).await?;
    let mut rows = Vec::with_capacity(transfers.len());
    for transfer in transfers {
        sequence += 1;
        digest = transfer.digest(&digest).to_vec();
        rows.push(row(work, transfer, sequence, digest.clone()));
    }
    work.insert_all(rows).await?;
    let move_head =
        "UPDATE ledger_head SET sequence = $1, digest = $2 WHERE tenant_id = $3 AND currency = $4";
    let values: [Value; 4] =
        [sequence.into(), digest.into(), work.tenant().to_string().into(), currency.code().into()];
    work.db().execute_raw(statement(work, move_head, values)).await?;
    Ok(())
}

fn row(work: &Work, transfer: &Transfer, sequence: i64, digest: Vec<u8>) -> Model {
    Model {
        tenant_id: work.tenant().to_string(),
        key: transfer.key().to_owned(),
        sequence,
        debit: transfer.debit().code(),
        credit: transfer.credit().code(),
        currency: transfer.amount().currency().code().to_owned(),
        amount: transfer.amount().minor_units(),
        claim_id: transfer.claim().map(|claim| claim.to_string()),
        effective_on: transfer.effective_on(),
        recorded_at: work.now(),
        digest,
    }
}

/// Takes the end of the chain: no other transaction of the tenant posts until this one ends.
pub async fn take_head(work: &Work, currency: Currency) -> Result<(i64, Vec<u8>), StoreError> {
    let take = "INSERT INTO ledger_head (tenant_id, currency, sequence, digest) \
                VALUES ($1, $2, 0, $3) ON CONFLICT (tenant_id, currency) \
                DO UPDATE SET sequence = ledger_head.sequence RETURNING sequence, digest";
    let values: [Value; 3] =
        [work.tenant().to_string().into(), currency.code().into(), Vec::<u8>::new().into()];
    let row = work.db().query_one_raw(statement(work, take, values)).await?;
    let row = row.ok_or(StoreError::Unreadable { what: "ledger_head" })?;
    Ok((row.try_get("", "sequence")?, row.try_get("", "digest")?))
}

/// The value dates of the transfers on behalf of these claims.
pub async fn of_claims(work: &Work, claims: &[String]) -> Result<Vec<Date>, StoreError> {
    let mut found = Vec::new();
    for chunk in claims.chunks(MOST_KEYS) {
        let query = work
            .own::<Entity>()
            .select_only()
            .column(Column::EffectiveOn)
            .filter(Column::ClaimId.is_in(chunk));
        found.extend(query.into_tuple::<Date>().all(work.db()).await?);
    }
    Ok(found)
}

/// The sums of all accounts, of transfers effective up to a day.
pub async fn trial_balance(
    work: &Work,
    currency: Currency,
    as_of: Option<Date>,
) -> Result<TrialBalance, Error> {
    let mut trial = TrialBalance::new(currency);
    let none = Money::zero(currency);
    for side in ["debit", "credit"] {
        // SUM of BIGINT is NUMERIC on PostgreSQL.
        let sums = format!(
            "SELECT {side} AS account, CAST(SUM(amount) AS BIGINT) AS amount FROM transfer \
             WHERE tenant_id = $1 AND currency = $2 AND effective_on <= $3 GROUP BY {side}"
        );
        let until = as_of.unwrap_or(FAR);
        let values: [Value; 3] =
            [work.tenant().to_string().into(), currency.code().into(), until.into()];
        for row in work.db().query_all_raw(statement(work, &sums, values)).await? {
            let account = Account::from_code(&row.try_get::<String>("", "account")?)?;
            let amount = Money::new(currency, row.try_get("", "amount")?);
            let (debits, credits) = if side == "debit" { (amount, none) } else { (none, amount) };
            trial.add(account, debits, credits)?;
        }
    }
    Ok(trial)
}

/// Later than any value date.
const FAR: Date = match Date::from_ymd_opt(9999, 12, 31) {
    Some(day) => day,
    None => Date::MAX,
};

fn read(row: Model) -> Result<Transfer, Error> {
    let pair = (Account::from_code(&row.debit)?, Account::from_code(&row.credit)?);
    let amount = money(row.amount, &row.currency)?;
    let transfer = Transfer::new(row.key, pair, amount, row.effective_on)?;
    Ok(match row.claim_id {
        Some(claim) => transfer.for_claim(claim.parse().map_err(StoreError::from)?),
        None => transfer,
    })
}

fn statement<const N: usize>(work: &Work, sql: &str, values: [Value; N]) -> Statement {
    Statement::from_sql_and_values(work.db().get_database_backend(), sql, values)
}
