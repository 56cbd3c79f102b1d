//! The contact budget of a person: how many contacts within how many days, across all claims,
//! creditors and channels. Notices that the law requires do not count against it.

use chrono::{DateTime, TimeDelta, Utc};

/// How often a person may be contacted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContactBudget {
    /// Most contacts within the period.
    pub contacts: u32,
    /// Length of the period in days.
    pub days: u32,
}

impl ContactBudget {
    /// The default: two contacts in seven days.
    pub const DEFAULT: Self = Self { contacts: 2, days: 7 };
    /// Protected people: one contact in fourteen days.
    pub const VULNERABLE: Self = Self { contacts: 1, days: 14 };

    /// The budget of a person.
    pub const fn of(vulnerable: bool) -> Self {
        if vulnerable { Self::VULNERABLE } else { Self::DEFAULT }
    }

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

    /// The first instant not before `from` at which one more contact fits; `None` when the budget
    /// allows no contact ever.
    pub fn next_free(
        self,
        contacts: &[DateTime<Utc>],
        from: DateTime<Utc>,
    ) -> Option<DateTime<Utc>> {
        if self.contacts == 0 {
            return None;
        }
        let mut ends: Vec<_> = contacts.iter().map(|contact| *contact + self.period()).collect();
        ends.push(from);
        ends.sort_unstable();
        ends.into_iter().find(|end| *end >= from && self.remaining(contacts, *end) > 0)
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
        assert_eq!(ContactBudget::DEFAULT.remaining(&contacts, now), 0);
        let free = ContactBudget::DEFAULT.next_free(&contacts, now);
        assert_eq!(free, Some(start() + TimeDelta::days(7)));
    }

    #[test]
    fn a_budget_of_nothing_is_never_free() {
        let nothing = ContactBudget { contacts: 0, days: 7 };
        assert_eq!(nothing.next_free(&[], start()), None);
    }

    proptest! {
        #[test]
        fn contacts_at_free_times_never_exceed_the_budget(
            gaps in prop::collection::vec(0_i64..200, 1..30),
            limit in 1_u32..4,
            days in 1_u32..15,
        ) {
            let budget = ContactBudget { contacts: limit, days };
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
