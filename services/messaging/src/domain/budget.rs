//! The contact budget of a person: how many contacts within how many days, across all claims,
//! creditors and channels. Notices that the law requires do not count against it.

use chrono::{DateTime, TimeDelta, Utc};

/// How often a person may be contacted within one period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContactLimit {
    /// Most contacts within the period.
    pub contacts: u32,
    /// Length of the period in days.
    pub days: u32,
}

impl ContactLimit {
    /// Protected people: one contact in fourteen days.
    pub const VULNERABLE: Self = Self { contacts: 1, days: 14 };

    fn period(self) -> TimeDelta {
        TimeDelta::days(i64::from(self.days))
    }

    /// Contacts that count at `at`: those less than one period before it, and those to come.
    pub fn used(self, contacts: &[DateTime<Utc>], at: DateTime<Utc>) -> u32 {
        let counted = contacts.iter().filter(|contact| **contact > at - self.period()).count();
        u32::try_from(counted).unwrap_or(u32::MAX)
    }

    /// Contacts that are left at `at`.
    pub fn remaining(self, contacts: &[DateTime<Utc>], at: DateTime<Utc>) -> u32 {
        self.contacts.saturating_sub(self.used(contacts, at))
    }
}

/// All limits together: a contact must fit each of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactBudget(Vec<ContactLimit>);

impl ContactBudget {
    /// A budget of limits; one without days limits nothing.
    pub fn new(limits: impl IntoIterator<Item = ContactLimit>) -> Self {
        Self(limits.into_iter().filter(|limit| limit.days > 0).collect())
    }

    /// The budget of a protected person.
    #[must_use]
    pub fn protecting(&self) -> Self {
        Self(self.0.iter().copied().chain([ContactLimit::VULNERABLE]).collect())
    }

    /// The limits.
    pub fn limits(&self) -> &[ContactLimit] {
        &self.0
    }

    /// Whether one more contact fits at `at`.
    pub fn allows(&self, contacts: &[DateTime<Utc>], at: DateTime<Utc>) -> bool {
        self.0.iter().all(|limit| limit.remaining(contacts, at) > 0)
    }

    /// The first instant not before `from` at which one more contact fits; `None` when the budget
    /// allows no contact ever.
    pub fn next_free(
        &self,
        contacts: &[DateTime<Utc>],
        from: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        let mut ends: Vec<_> = self
            .0
            .iter()
            .flat_map(|limit| contacts.iter().map(|contact| *contact + limit.period()))
            .collect();
        ends.push(from);
        ends.sort_unstable();
        ends.into_iter().find(|end| *end >= from && self.allows(contacts, *end))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn start() -> DateTime<Utc> {
        DateTime::from_timestamp(1_790_000_000, 0).unwrap()
    }

    #[test]
    fn a_third_contact_waits_until_the_first_is_a_week_old() {
        let contacts = [start(), start() + TimeDelta::days(3)];
        let now = start() + TimeDelta::days(4);
        let weekly = ContactBudget::new([ContactLimit { contacts: 2, days: 7 }]);
        assert!(!weekly.allows(&contacts, now));
        assert_eq!(weekly.next_free(&contacts, now), Some(start() + TimeDelta::days(7)));
    }

    #[test]
    fn a_budget_of_nothing_is_never_free() {
        let nothing = ContactBudget::new([ContactLimit { contacts: 0, days: 7 }]);
        assert_eq!(nothing.next_free(&[], start()), None);
    }

    proptest! {
        #[test]
        fn contacts_at_free_times_never_exceed_the_budget(
            gaps in prop::collection::vec(0_i64..200, 1..30),
            limit in 1_u32..4,
            days in 1_u32..15,
        ) {
            let gap = ContactLimit { contacts: 1, days: 1 };
            let budget = ContactBudget::new([ContactLimit { contacts: limit, days }, gap]);
            let mut contacts: Vec<DateTime<Utc>> = Vec::new();
            let mut now = start();
            for gap in gaps {
                now += TimeDelta::hours(gap);
                now = budget.next_free(&contacts, now).unwrap();
                contacts.push(now);
            }
            for end in &contacts {
                let window = *end - TimeDelta::days(i64::from(days));
                let within = contacts.iter().filter(|one| **one > window && *one <= end).count();
                prop_assert!(within <= usize::try_from(limit).unwrap());
            }
        }
    }
}
