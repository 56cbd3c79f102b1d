//! Takes over how a person can be reached, from claims.

use kulanz_proto::claims::v1::{ContactPointKind, Debtor, debtor::Party};
use kulanz_proto::types::v1::{FormOfAddress, PostalAddress};
use kulanz_store::{DueItem, Work};
use kulanz_types::DebtorId;

use super::Messaging;
use super::facts::is_protected;
use crate::domain::blocks::Language;
use crate::domain::catalogue::Salutation;
use crate::error::Error;
use crate::store::contacts::{self, PointKind, Supplied};
use crate::store::people;

impl Messaging {
    /// Due work: fetches a person's contact points.
    pub async fn refresh_contacts(&self, item: &DueItem) -> Result<(), Error> {
        let debtor: DebtorId = item.key.parse().map_err(|_| Error::Row("due_work.key"))?;
        let found = self.debtor(item.tenant, debtor).await?;
        let work = self.store.begin(item.tenant).await?;
        if let Some(found) = &found {
            take_over(&work, debtor, found).await?;
        }
        item.complete(&work).await?;
        Ok(work.commit().await?)
    }
}

/// Keeps contact points, language and form of address of a person.
pub async fn take_over(work: &Work, debtor: DebtorId, found: &Debtor) -> Result<(), Error> {
    let before = people::change(work, debtor, |person| {
        person.protected = is_protected(found);
        person.company = matches!(found.party, Some(Party::Company(_)));
        if !found.language.is_empty() {
            person.language = Language::of(&found.language);
        }
        person.salutation = match found.form_of_address() {
            FormOfAddress::Formal => Some(Salutation::Sie),
            FormOfAddress::Informal => Some(Salutation::Du),
            FormOfAddress::Unspecified => None,
        };
    })
    .await?;
    if before.erased {
        return Ok(());
    }
    contacts::replace(work, debtor, &supplied(found)).await
}

fn supplied(found: &Debtor) -> Vec<Supplied> {
    let points = found.contact_points.iter().filter_map(|point| {
        let kind = match point.kind() {
            ContactPointKind::Email => PointKind::Email,
            ContactPointKind::Mobile => PointKind::Mobile,
            ContactPointKind::Phone | ContactPointKind::Unspecified => return None,
        };
        Some(Supplied { kind, address: point.value.clone(), usable: point.usable })
    });
    let postal = found.address.iter().filter(|address| is_complete(address)).map(|address| {
        Supplied { kind: PointKind::Postal, address: lines(address).join("\n"), usable: true }
    });
    points.chain(postal).collect()
}

fn is_complete(address: &PostalAddress) -> bool {
    !address.street.is_empty() && !address.postcode.is_empty() && !address.city.is_empty()
}

/// The lines of a postal address below the name.
pub fn lines(address: &PostalAddress) -> Vec<String> {
    let country = address.country_code.as_str();
    let abroad = !matches!(country, "" | "DE");
    let town = format!("{} {}", address.postcode, address.city).trim().to_owned();
    [address.supplement.clone(), address.street.clone(), town]
        .into_iter()
        .chain(abroad.then(|| country.to_owned()))
        .filter(|line| !line.trim().is_empty())
        .collect()
}
