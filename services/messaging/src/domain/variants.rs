//! How many different messages the blocks make, counted and never claimed.

use super::blocks::{Language, Library, Part};
use super::catalogue::{Channel, Salutation, Slot, Treatment};
use super::mask::{Mask, treatments};

/// Treatments that the mask leaves and the blocks can say, on one channel or on all.
pub fn count_actions(library: &Library, mask: &Mask, channel: Option<Channel>) -> u64 {
    let sayable = |treatment: &Treatment| texts(library, Language::De, *treatment) > 0;
    let counted = allowed(mask, channel).filter(sayable).map(|_| 1_u64);
    counted.sum()
}

/// Different texts: every allowed wording with every choice of blocks. The time of a message does
/// not change its text, and English has one form of address.
pub fn count_texts(
    library: &Library,
    mask: &Mask,
    channel: Option<Channel>,
    languages: &[Language],
) -> u64 {
    let first_slot = Slot::ALL.first().copied();
    languages
        .iter()
        .map(|language| {
            allowed(mask, channel)
                .filter(|treatment| Some(treatment.slot) == first_slot)
                .filter(|treatment| {
                    *language == Language::De || treatment.salutation == Salutation::Sie
                })
                .map(|treatment| texts(library, *language, treatment))
                .sum::<u64>()
        })
        .sum()
}

fn allowed(mask: &Mask, channel: Option<Channel>) -> impl Iterator<Item = Treatment> {
    treatments()
        .filter(move |treatment| channel.is_none_or(|only| only == treatment.channel))
        .filter(|treatment| mask.forbids(*treatment).is_none())
}

/// Texts of one treatment: the product of the alternatives of its parts.
fn texts(library: &Library, language: Language, treatment: Treatment) -> u64 {
    let tone = treatment.tone.level();
    let mut parts = match treatment.channel {
        Channel::Email | Channel::Letter => vec![
            (Part::Greeting, tone),
            (Part::Opening, tone),
            (Part::Offer, treatment.offer.level()),
            (Part::Action, ""),
            (Part::AlreadyPaid, ""),
            (Part::Dispute, ""),
            (Part::SignOff, tone),
        ],
        _ => vec![(Part::Pointer, tone), (Part::PointerAction, "")],
    };
    if treatment.is_persuasive() {
        let full = matches!(treatment.channel, Channel::Email | Channel::Letter);
        let part = if full { Part::Motive } else { Part::PointerMotive };
        parts.push((part, treatment.motive.level()));
    }
    let counts = parts.into_iter().map(|(part, level)| {
        library.alternatives(language, part, level, treatment.salutation).len()
    });
    counts.map(|count| u64::try_from(count).unwrap_or(u64::MAX)).product()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::mask::{OutreachFacts, TenantSwitches};

    #[test]
    fn more_than_thirty_thousand_texts_are_left_without_whatsapp_and_statistics() {
        let library = Library::authored().unwrap();
        let mask = Mask::of(&OutreachFacts::of_tenant(TenantSwitches::default()));
        let count = count_texts(&library, &mask, None, &[Language::De, Language::En]);
        assert!(count >= 30_000, "{count}");
    }

    #[test]
    fn a_channel_that_is_off_adds_nothing() {
        let library = Library::authored().unwrap();
        let mask = Mask::of(&OutreachFacts::of_tenant(TenantSwitches::default()));
        assert_eq!(count_actions(&library, &mask, Some(Channel::Whatsapp)), 0);
        assert!(count_actions(&library, &mask, Some(Channel::Email)) > 5_000);
    }
}
