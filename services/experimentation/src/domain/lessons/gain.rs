//! What a contact brought so far, and what is still expected of the promises and arrangements that it led to.

use chrono::{DateTime, Utc};
use kulanz_policy::{Stayed, stayed};
use kulanz_types::berlin_date;

use super::{Event, Story};
use crate::domain::agreement::{Agreement, Fate, News, agreements};
use crate::domain::outcome::OutcomeKind;
use crate::domain::worth::prospect;

/// Until when what happens counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reach {
    /// What is paid and agreed until then.
    pub until: DateTime<Utc>,
    /// What is paid until then for something that was agreed in time. Plans end when they end.
    pub agreed_until: DateTime<Utc>,
}

/// What came of a contact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Gain {
    /// Minor units that came and stayed.
    pub came: i64,
    /// When the first of them came.
    pub first_at: Option<DateTime<Utc>>,
    /// Present value at the contact of what is still to come of what was agreed, in minor units.
    pub coming: f64,
    /// Probability that anything comes of it: 1 where something did.
    pub probability: f64,
}

impl Gain {
    /// What came and is to come, in minor units.
    #[expect(clippy::cast_precision_loss, reason = "amounts below 90 trillion are exact")]
    pub fn whole(&self) -> f64 {
        self.came as f64 + self.coming
    }
}

impl Story<'_> {
    pub(super) fn gain(&self, reach: Reach) -> Gain {
        let mut agreements = self.agreements();
        agreements.retain(|it| it.made_at.or(it.kept_at).is_some_and(|at| at <= reach.until));
        let payments = self.payments(reach, &agreements);
        let came = sum(&payments, |_| true);
        let is_kept = agreements.iter().any(|it| it.fate == Fate::Kept);
        let mut gain = Gain {
            came,
            first_at: payments.iter().find(|it| it.minor_units > 0).map(|it| it.at),
            coming: 0.0,
            probability: f64::from(u8::from(came > 0 || is_kept)),
        };
        for agreement in &agreements {
            let filled = sum(&payments, |it| self.counts_for(it, agreement));
            let prospect = prospect(agreement, filled, berlin_date(self.sent_at));
            gain.coming += prospect.coming;
            gain.probability = gain.probability.max(prospect.chance);
        }
        gain
    }

    /// The promises and arrangements of the contact, whatever became of them, and whenever.
    pub(super) fn agreements(&self) -> Vec<Agreement<'_>> {
        agreements(self.events.iter().map(|event| News {
            at: event.occurred_at,
            kind: event.kind,
            about: &event.about,
            dues: &event.dues,
        }))
    }

    /// The payments that count, in order of time, each with what stayed of it.
    fn payments(
        &self,
        reach: Reach,
        agreements: &[Agreement<'_>],
    ) -> Vec<Stayed<'_, DateTime<Utc>>> {
        let movements = self
            .events
            .iter()
            .filter_map(|it| it.kind.movement(it.occurred_at, &it.about, it.minor_units));
        let mut payments = stayed(movements);
        let agreed = |it: &Stayed<'_, _>| agreements.iter().any(|one| self.counts_for(it, one));
        payments.retain(|it| it.at <= reach.until || it.at <= reach.agreed_until && agreed(it));
        payments
    }

    /// Whether a payment counts for a promise or an arrangement, as far as either has a name.
    fn counts_for(&self, payment: &Stayed<'_, DateTime<Utc>>, agreement: &Agreement<'_>) -> bool {
        let own =
            |event: &&Event| event.kind == OutcomeKind::Payment && event.about == payment.about;
        let named = !payment.about.is_empty() && !agreement.about.is_empty();
        named && self.events.iter().find(own).is_some_and(|event| event.toward == agreement.about)
    }
}

fn sum<'a>(
    payments: &[Stayed<'a, DateTime<Utc>>],
    counts: impl Fn(&Stayed<'a, DateTime<Utc>>) -> bool,
) -> i64 {
    let counted = payments.iter().filter(|payment| counts(payment));
    counted.fold(0, |sum, payment| sum.saturating_add(payment.minor_units))
}
