//! How groups of persons are treated.

use std::collections::{BTreeMap, BTreeSet};

use kulanz_chassis::{Violations, status};
use kulanz_proto::experimentation::v1 as pb;
use kulanz_types::{DebtorId, TenantId};
use tonic::{Status, Streaming};

use super::Server;
use crate::app::parity::add;
use crate::domain::parity::{GroupRate, Groups};
use crate::error::Error;

/// Persons whose history is read at a time.
const TOGETHER: usize = 500;
/// Most persons of one comparison.
const PERSONS: usize = 1_000_000;
/// Most groups.
const GROUPS: usize = 50;
/// Most bytes of a group's name.
const NAME: usize = 64;

impl Server {
    pub(super) async fn compared(
        &self,
        tenant: TenantId,
        mut incoming: Streaming<pb::AnalyzeParityRequest>,
    ) -> Result<pb::AnalyzeParityResponse, Status> {
        let mut groups = Groups::default();
        let mut seen = Seen::default();
        let mut waiting = BTreeMap::new();
        while let Some(person) = incoming.message().await? {
            seen.check(&person).map_err(status)?;
            waiting.insert(person.debtor_id, person.group);
            if waiting.len() == TOGETHER {
                let persons = std::mem::take(&mut waiting);
                add(&self.store, tenant, &mut groups, &persons).await.map_err(status)?;
            }
        }
        add(&self.store, tenant, &mut groups, &waiting).await.map_err(status)?;
        seen.end().map_err(status)?;
        Ok(pb::AnalyzeParityResponse { rates: groups.rates().iter().map(rate).collect() })
    }
}

/// Whom and which groups a comparison has named so far.
#[derive(Default)]
struct Seen {
    persons: BTreeSet<DebtorId>,
    groups: BTreeSet<String>,
}

impl Seen {
    /// The next person; what is wrong is named by the message's position, from 0.
    fn check(&mut self, person: &pb::AnalyzeParityRequest) -> Result<(), Error> {
        let mut wrong = Violations::default();
        let position = self.persons.len();
        let field = |name: &str| format!("[{position}].{name}");
        if let Some(debtor) = wrong.parse(&field("debtor_id"), person.debtor_id.parse()) {
            wrong.require(self.persons.insert(debtor), &field("debtor_id"), "came before");
        }
        let named = !person.group.trim().is_empty() && person.group.len() <= NAME;
        wrong.require(named, &field("group"), "a name of at most 64 bytes");
        self.groups.insert(person.group.clone());
        wrong.require(self.groups.len() <= GROUPS, &field("group"), "at most 50 groups");
        wrong.require(position < PERSONS, &field("debtor_id"), "at most 1,000,000 persons");
        wrong.into_result().map_err(Error::Invalid)
    }

    fn end(&self) -> Result<(), Error> {
        let mut wrong = Violations::default();
        wrong.require(!self.persons.is_empty(), "debtor_id", "at least one person");
        wrong.into_result().map_err(Error::Invalid)
    }
}

fn rate(found: &GroupRate) -> pb::ParityRate {
    pb::ParityRate {
        group: found.group.clone(),
        rate: found.rate.name().to_owned(),
        units: i64::try_from(found.units).unwrap_or(i64::MAX),
        mean: found.mean,
        ratio: found.ratio.map(|(ratio, _)| ratio),
        lower: found.ratio.map(|(_, interval)| interval.lower),
        upper: found.ratio.map(|(_, interval)| interval.upper),
        flagged: found.is_flagged(),
    }
}
