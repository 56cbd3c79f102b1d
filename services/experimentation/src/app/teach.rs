//! What the log teaches of contacts, as everything stood at an instant.

use std::sync::Arc;

use chrono::{DateTime, Datelike as _, Utc};
use kulanz_policy::{Learner, Objective, Schema};
use kulanz_types::berlin_date;

use super::heard::Heard;
use super::policies;
use super::recalled::Contact;
use super::verdict::base;
use crate::domain::lessons::Lesson;
use crate::domain::usual::Usual;
use crate::error::Error;

/// What a month's outcomes count less than those of the month after: half in half a year.
const FADE: f64 = 0.891;

/// Contacts that are taught one batch after the other, in the order of the decisions.
pub struct Course {
    now: DateTime<Utc>,
    /// How it went after these contacts.
    usual: Usual,
    /// What is preferred before anything is learned.
    whole: Learner,
    /// What is learned: outcomes are linearised where nothing is preferred yet.
    log: Learner,
}

impl Course {
    /// Begins with how it went after these contacts.
    pub fn new(schema: Schema, now: DateTime<Utc>, heard: &[&Heard]) -> Self {
        let usual = Usual::after(heard.iter().map(|contact| contact.story()), now);
        let mut whole = policies::learner(schema.clone());
        whole.delay = usual.delay.clone();
        Self { now, usual, whole, log: Learner::new(schema) }
    }

    /// Teaches a batch; of contacts of which nothing is known any more, nothing.
    pub fn teach(
        &mut self,
        heard: &[&Heard],
        known: Vec<Option<Arc<Contact>>>,
    ) -> Result<(), Error> {
        let known = heard.iter().zip(known);
        let shown: Vec<Shown> = known
            .filter_map(|(one, contact)| Some(Shown::of(one, contact?, self.now, &self.usual)))
            .collect();
        // One objective after the other: what is learned of one fits into the processor's cache, that of all
        // does not.
        for objective in Objective::ALL {
            for one in &shown {
                one.teach(objective, &mut self.log)?;
            }
        }
        Ok(())
    }

    /// Everything that was learned, and how it usually goes.
    pub fn end(self) -> Result<(Learner, Usual), Error> {
        let Self { mut whole, usual, log, .. } = self;
        whole.merge(&log, 1.0).map_err(|error| Error::Learning(error.to_string()))?;
        Ok((whole, usual))
    }
}

fn month(instant: DateTime<Utc>) -> i32 {
    let date = berlin_date(instant);
    date.year() * 12 + i32::try_from(date.month0()).unwrap_or_default()
}

/// What a contact shows.
struct Shown {
    contact: Arc<Contact>,
    lessons: Vec<Lesson>,
    /// What is left of it.
    faded: f64,
}

impl Shown {
    fn of(heard: &Heard, contact: Arc<Contact>, now: DateTime<Utc>, usual: &Usual) -> Self {
        let faded = FADE.powi(month(now) - month(heard.sent_at()));
        Self { contact, lessons: heard.story().lessons(now, usual), faded }
    }

    fn teach(&self, objective: Objective, learner: &mut Learner) -> Result<(), Error> {
        let wrong = |error: kulanz_policy::SituationError| Error::Learning(error.to_string());
        let base = base(objective, &self.contact.expected);
        for lesson in self.lessons.iter().filter(|lesson| lesson.objective == objective) {
            let weight = lesson.weight * self.faded;
            let features = &self.contact.features;
            learner.learn(objective, features, base, lesson.outcome, weight).map_err(wrong)?;
        }
        Ok(())
    }
}
