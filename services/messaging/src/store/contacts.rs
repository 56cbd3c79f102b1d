//! Contact points, sealed, with their suppressions and the person's preferences.

pub mod point;
pub mod preference;
pub mod suppression;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use kulanz_store::Work;
use kulanz_types::{ContactPointId, DebtorId, email_key, phone_key};
use sea_orm::entity::prelude::*;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ActiveValue::Set, QueryOrder};

use crate::domain::catalogue::Channel;
use crate::domain::mask::Reach;
use crate::error::Error;

/// What an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PointKind {
    /// E-mail address.
    Email,
    /// Mobile number.
    Mobile,
    /// Postal address.
    Postal,
}

impl PointKind {
    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Mobile => "mobile",
            Self::Postal => "postal",
        }
    }

    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Email, Self::Mobile, Self::Postal];

    fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// What a channel needs; the portal needs no address.
    pub const fn of(channel: Channel) -> Option<Self> {
        match channel {
            Channel::Email => Some(Self::Email),
            Channel::Sms | Channel::Whatsapp => Some(Self::Mobile),
            Channel::Letter => Some(Self::Postal),
            Channel::PortalPush => None,
        }
    }

    /// The form in which equal addresses are equal.
    pub fn normalise(self, address: &str) -> String {
        match self {
            Self::Email => email_key(address),
            Self::Mobile => phone_key(address),
            Self::Postal => {
                let kept = address.chars().filter(|character| !character.is_whitespace());
                kept.collect::<String>().to_lowercase()
            }
        }
    }

    /// The keyed hash by which an address is recognised, however it is spelled.
    pub fn blind(self, work: &Work, address: &str) -> String {
        work.blind_index(self.name(), &self.normalise(address))
    }
}

/// An address as it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supplied {
    /// What it is.
    pub kind: PointKind,
    /// The address; lines of a postal address are separated by line breaks.
    pub address: String,
    /// Whether claims says that it can be used.
    pub usable: bool,
}

/// A usable address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// What it is.
    pub kind: PointKind,
    /// The address.
    pub value: String,
}

const USABLE: &str = "usable";
const UNUSABLE: &str = "unusable";
const DISOWNED: &str = "disowned";
const SEALED: &str = "contact_point.sealed";

/// Replaces the contact points of a person by what was supplied. An address that its reader
/// disowned stays so.
pub async fn replace(work: &Work, debtor: DebtorId, supplied: &[Supplied]) -> Result<(), Error> {
    let known = rows(work, debtor).await?;
    let (mut kept, mut seen) = (BTreeSet::new(), BTreeSet::new());
    for (rank, one) in unusable_first(supplied) {
        let blind = one.kind.blind(work, &one.address);
        if !seen.insert((one.kind.name(), blind.clone())) {
            continue;
        }
        let old = known.iter().find(|row| row.kind == one.kind.name() && row.blind_index == blind);
        let disowned = old.is_some_and(|row| row.state == DISOWNED) && !one.usable;
        let state = match (one.usable, disowned) {
            (true, _) => USABLE,
            (false, true) => DISOWNED,
            (false, false) => UNUSABLE,
        };
        if one.usable && old.is_some_and(|row| row.state == DISOWNED) {
            suppression::lift(work, one.kind, &blind, suppression::Reason::Disowned).await?;
        }
        let id = old.map_or_else(
            || ContactPointId::generate(work.seeds(), work.now()).to_string(),
            |row| row.contact_point_id.clone(),
        );
        kept.insert(id.clone());
        let slot = Slot { id, blind, state, rank };
        let same = match old {
            Some(row) => is_same(work, debtor, row, one, &slot).await?,
            None => false,
        };
        if !same {
            insert(work, debtor, one, &slot).await?;
        }
    }
    for row in known.into_iter().filter(|row| !kept.contains(&row.contact_point_id)) {
        row.delete(work.db()).await?;
    }
    Ok(())
}

/// One address may be known in two spellings: that it must not be used then wins.
fn unusable_first(supplied: &[Supplied]) -> Vec<(i64, &Supplied)> {
    let mut all: Vec<_> = (0_i64..).zip(supplied).collect();
    all.sort_by_key(|(_, one)| one.usable);
    all
}

struct Slot {
    id: String,
    blind: String,
    state: &'static str,
    rank: i64,
}

/// Whether a contact point is known already exactly as it was supplied.
async fn is_same(
    work: &Work,
    debtor: DebtorId,
    row: &point::Model,
    one: &Supplied,
    slot: &Slot,
) -> Result<bool, Error> {
    if row.state != slot.state || row.rank != slot.rank {
        return Ok(false);
    }
    let opened = work.open(debtor, SEALED, &row.contact_point_id, &row.sealed).await?;
    Ok(opened.is_some_and(|address| address == one.address.as_bytes()))
}

async fn insert(work: &Work, debtor: DebtorId, one: &Supplied, slot: &Slot) -> Result<(), Error> {
    let sealed = work.seal(debtor, SEALED, &slot.id, one.address.as_bytes()).await?;
    let row = point::ActiveModel {
        tenant_id: Set(work.tenant().to_string()),
        contact_point_id: Set(slot.id.clone()),
        debtor_id: Set(debtor.to_string()),
        kind: Set(one.kind.name().to_owned()),
        blind_index: Set(slot.blind.clone()),
        sealed: Set(sealed),
        state: Set(slot.state.to_owned()),
        rank: Set(slot.rank),
        updated_at: Set(work.now()),
    };
    let columns = [point::Column::TenantId, point::Column::ContactPointId];
    let conflict = OnConflict::columns(columns)
        .update_columns([
            point::Column::Sealed,
            point::Column::State,
            point::Column::Rank,
            point::Column::UpdatedAt,
        ])
        .to_owned();
    point::Entity::insert(row).on_conflict(conflict).exec_without_returning(work.db()).await?;
    Ok(())
}

async fn rows(work: &Work, debtor: DebtorId) -> Result<Vec<point::Model>, Error> {
    let found = work
        .own::<point::Entity>()
        .filter(point::Column::DebtorId.eq(debtor.to_string()))
        .order_by_asc(point::Column::Rank);
    Ok(found.all(work.db()).await?)
}

/// The best usable address for a channel. What is suppressed for the tenant is not usable.
pub async fn address(
    work: &Work,
    debtor: DebtorId,
    channel: Channel,
) -> Result<Option<Address>, Error> {
    let Some(kind) = PointKind::of(channel) else { return Ok(None) };
    for row in rows(work, debtor).await? {
        if row.kind != kind.name() || row.state != USABLE {
            continue;
        }
        if suppression::holds(work, kind, &row.blind_index).await? {
            continue;
        }
        let opened = work.open(debtor, SEALED, &row.contact_point_id, &row.sealed).await?;
        if let Some(value) = opened.and_then(|bytes| String::from_utf8(bytes).ok()) {
            return Ok(Some(Address { kind, value }));
        }
    }
    Ok(None)
}

/// How each channel reaches a person, addresses only: preferences come on top.
pub async fn reach(work: &Work, debtor: DebtorId) -> Result<BTreeMap<Channel, Reach>, Error> {
    let rows = rows(work, debtor).await?;
    let blinds: Vec<String> = rows.iter().map(|row| row.blind_index.clone()).collect();
    let suppressed = suppression::among(work, &blinds).await?;
    let mut reach = BTreeMap::new();
    for channel in Channel::ALL.iter().copied() {
        let Some(kind) = PointKind::of(channel) else { continue };
        let mut best = Reach::Missing;
        for row in rows.iter().filter(|row| row.kind == kind.name()) {
            let held = suppressed.contains(&(row.kind.clone(), row.blind_index.clone()));
            best = match (row.state.as_str(), held) {
                (USABLE, false) => Reach::Usable,
                _ if best == Reach::Usable => best,
                (DISOWNED, _) => Reach::Disowned,
                (_, true) => Reach::Suppressed,
                _ => best,
            };
        }
        reach.insert(channel, best);
    }
    Ok(reach)
}

/// A contact point as it is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its id.
    pub id: String,
    /// What it is.
    pub kind: PointKind,
    /// The address; nothing after the person was erased.
    pub value: Option<String>,
    /// `usable`, `unusable` or `disowned`.
    pub state: String,
    /// Its place in the order in which it was supplied.
    pub rank: i64,
    /// Its blind index.
    pub blind: String,
    /// Why nobody of the tenant uses it, if so, and since when.
    pub suppressed: Option<(suppression::Reason, DateTime<Utc>)>,
    /// Since when it is known like this.
    pub updated_at: DateTime<Utc>,
}

/// The person's contact points, whether usable or not.
pub async fn known(work: &Work, debtor: DebtorId) -> Result<Vec<Known>, Error> {
    let mut all = Vec::new();
    for row in rows(work, debtor).await? {
        let kind = PointKind::parse(&row.kind).ok_or(Error::Row("contact_point.kind"))?;
        let opened = work.open(debtor, SEALED, &row.contact_point_id, &row.sealed).await?;
        all.push(Known {
            kind,
            value: opened.and_then(|bytes| String::from_utf8(bytes).ok()),
            suppressed: suppression::reason(work, kind, &row.blind_index).await?,
            id: row.contact_point_id,
            state: row.state,
            rank: row.rank,
            blind: row.blind_index,
            updated_at: row.updated_at,
        });
    }
    Ok(all)
}

/// Forgets the person's contact points.
pub async fn erase(work: &Work, debtor: DebtorId) -> Result<(), Error> {
    point::Entity::delete_many()
        .filter(point::Column::TenantId.eq(work.tenant().to_string()))
        .filter(point::Column::DebtorId.eq(debtor.to_string()))
        .exec(work.db())
        .await?;
    Ok(())
}

/// Marks the person's addresses of a kind as disowned and lets nobody of the tenant use them.
pub async fn disown(work: &Work, debtor: DebtorId, kind: PointKind) -> Result<(), Error> {
    for row in rows(work, debtor).await?.into_iter().filter(|row| row.kind == kind.name()) {
        let reason = suppression::Reason::Disowned;
        suppression::add(work, kind, &row.blind_index, reason).await?;
        let mut row: point::ActiveModel = row.into();
        row.state = Set(DISOWNED.to_owned());
        row.updated_at = Set(work.now());
        row.update(work.db()).await?;
    }
    Ok(())
}
