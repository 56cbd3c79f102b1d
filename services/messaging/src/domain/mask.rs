//! Which treatments law, consent, preference and facts leave over, each exclusion with its rule.

use std::collections::{BTreeMap, BTreeSet};

use super::catalogue::{Channel, Level, Motive, Offer, Salutation, Slot, Tone, Treatment};
use super::rule::Rule;

/// What is known about reaching a person on one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// A usable address is known.
    Usable,
    /// No address is known.
    Missing,
    /// Its reader said that it is not the debtor's.
    Disowned,
    /// Suppressed after a bounce or a complaint.
    Suppressed,
    /// An address is known, but no consent for this channel.
    NoConsent,
    /// The person declined the channel.
    Declined,
}

impl Reach {
    /// The rule that keeps the channel from being used, if one does.
    pub const fn rule(self) -> Option<Rule> {
        match self {
            Self::Usable => None,
            Self::Missing => Some(Rule::NoContactPoint),
            Self::Disowned => Some(Rule::Disowned),
            Self::Suppressed => Some(Rule::Suppressed),
            Self::NoConsent => Some(Rule::NoConsent),
            Self::Declined => Some(Rule::ChannelDeclined),
        }
    }
}

/// Channels that the tenant has switched on in addition to letter, e-mail, SMS and portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TenantSwitches {
    /// `WhatsApp`, after its provider's agreement was recorded.
    pub whatsapp: bool,
}

/// The facts about one person and her claims that the mask depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each read by one rule")]
pub struct OutreachFacts {
    /// Reach per channel; a channel that is not named has no contact point.
    pub reach: BTreeMap<Channel, Reach>,
    /// Switches of the tenant.
    pub switches: TenantSwitches,
    /// Whether every claim's first notice (§ 13a Abs. 1 RDG) has gone out.
    pub first_notice_sent: bool,
    /// Whether the debtor is a company.
    pub company: bool,
    /// Whether the person is protected as vulnerable.
    pub vulnerable: bool,
    /// Whether the person declined persuasive messages.
    pub opted_out: bool,
    /// Whether the person made a promise that can be recalled.
    pub committed: bool,
    /// Whether something was granted to the person.
    pub conceded: bool,
    /// Whether a sourced statistic is valid today.
    pub statistic_valid: bool,
    /// Whether a decided consequence with a date exists.
    pub dated_consequence: bool,
    /// Offers that are available.
    pub offers: BTreeSet<Offer>,
    /// Form of address that the person chose.
    pub salutation: Option<Salutation>,
    /// Slots that the person prefers; empty means any.
    pub slots: BTreeSet<Slot>,
}

impl OutreachFacts {
    /// The facts of a tenant at large: every person reachable and past the first notice.
    pub fn of_tenant(switches: TenantSwitches) -> Self {
        Self {
            reach: Channel::ALL.iter().map(|channel| (*channel, Reach::Usable)).collect(),
            switches,
            first_notice_sent: true,
            company: false,
            vulnerable: false,
            opted_out: false,
            committed: true,
            conceded: true,
            statistic_valid: false,
            dated_consequence: true,
            offers: Offer::ALL.iter().copied().collect(),
            salutation: None,
            slots: BTreeSet::new(),
        }
    }
}

/// What an exclusion takes away.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Excluded {
    /// Every treatment with this level.
    Level(Level),
    /// Every treatment with both levels.
    Pair(Level, Level),
}

/// One exclusion and the rule behind it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exclusion {
    /// What is taken away.
    pub excluded: Excluded,
    /// Why.
    pub rule: Rule,
}

/// All exclusions that hold for one person at one time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Mask(Vec<Exclusion>);

impl Mask {
    /// Applies every rule to the facts.
    pub fn of(facts: &OutreachFacts) -> Self {
        let mut mask = Self::default();
        mask.channels(facts);
        mask.pointers();
        mask.motives(facts);
        mask.address(facts);
        mask.offers(facts);
        mask.slots(facts);
        if facts.vulnerable {
            mask.safe_set();
        }
        mask
    }

    /// The exclusions in the order in which the rules made them.
    pub fn exclusions(&self) -> &[Exclusion] {
        &self.0
    }

    /// The rule that forbids the treatment, if one does.
    pub fn forbids(&self, treatment: Treatment) -> Option<Rule> {
        let levels = treatment.levels();
        self.0
            .iter()
            .find(|exclusion| match exclusion.excluded {
                Excluded::Level(level) => levels.contains(&level),
                Excluded::Pair(one, other) => levels.contains(&one) && levels.contains(&other),
            })
            .map(|exclusion| exclusion.rule)
    }

    /// The rules that exclude a level by itself.
    pub fn rules_of(&self, level: Level) -> Vec<Rule> {
        self.0
            .iter()
            .filter(|exclusion| exclusion.excluded == Excluded::Level(level))
            .map(|exclusion| exclusion.rule)
            .collect()
    }

    /// Whether any treatment is left on any channel.
    pub fn leaves_a_channel(&self) -> bool {
        Channel::ALL.iter().any(|channel| self.rules_of(channel.as_level()).is_empty())
    }

    fn level(&mut self, level: Level, rule: Rule) {
        self.0.push(Exclusion { excluded: Excluded::Level(level), rule });
    }

    fn pair(&mut self, one: Level, other: Level, rule: Rule) {
        self.0.push(Exclusion { excluded: Excluded::Pair(one, other), rule });
    }

    fn channels(&mut self, facts: &OutreachFacts) {
        for channel in Channel::ALL.iter().copied() {
            let reach = facts.reach.get(&channel).copied().unwrap_or(Reach::Missing);
            if let Some(rule) = reach.rule() {
                self.level(channel.as_level(), rule);
            }
            let textual = matches!(channel, Channel::Email | Channel::Letter);
            if !facts.first_notice_sent && !textual {
                self.level(channel.as_level(), Rule::FirstNotice);
            }
        }
        if !facts.switches.whatsapp {
            self.level(Channel::Whatsapp.as_level(), Rule::ChannelOff);
        }
    }

    fn pointers(&mut self) {
        for channel in [Channel::Sms, Channel::Whatsapp, Channel::PortalPush] {
            for motive in Motive::ALL.iter().filter(|motive| !fits_a_pointer(**motive)) {
                self.pair(channel.as_level(), motive.as_level(), Rule::PointerOnly);
            }
        }
        for offer in Offer::ALL.iter().filter(|offer| **offer != Offer::Choice) {
            self.pair(Channel::Sms.as_level(), offer.as_level(), Rule::PointerOnly);
        }
    }

    fn motives(&mut self, facts: &OutreachFacts) {
        let needs = [
            (Motive::SocialProof, facts.statistic_valid, Rule::UnprovenStatistic),
            (Motive::LossFraming, facts.dated_consequence, Rule::UndatedConsequence),
            (Motive::Commitment, facts.committed, Rule::NoCommitment),
            (Motive::Reciprocity, facts.conceded, Rule::NoConcession),
        ];
        for (motive, _, rule) in needs.into_iter().filter(|(_, met, _)| !met) {
            self.level(motive.as_level(), rule);
        }
        if facts.opted_out {
            for motive in Motive::ALL.iter().filter(|motive| **motive != Motive::Plain) {
                self.level(motive.as_level(), Rule::OptedOut);
            }
        }
    }

    fn address(&mut self, facts: &OutreachFacts) {
        if facts.company {
            self.level(Salutation::Du.as_level(), Rule::CompanyAddress);
        } else if !facts.first_notice_sent && facts.salutation.is_none() {
            self.level(Salutation::Du.as_level(), Rule::FirstNoticeFormal);
        }
        let chosen = if facts.company { None } else { facts.salutation };
        if let Some(chosen) = chosen {
            for other in Salutation::ALL.iter().filter(|salutation| **salutation != chosen) {
                self.level(other.as_level(), Rule::AddressPreference);
            }
        }
    }

    fn offers(&mut self, facts: &OutreachFacts) {
        for offer in Offer::ALL.iter().filter(|offer| !facts.offers.contains(offer)) {
            if *offer != Offer::Choice {
                self.level(offer.as_level(), Rule::OfferUnavailable);
            }
        }
    }

    fn slots(&mut self, facts: &OutreachFacts) {
        if facts.slots.is_empty() {
            return;
        }
        for slot in Slot::ALL.iter().filter(|slot| !facts.slots.contains(slot)) {
            self.level(slot.as_level(), Rule::TimePreference);
        }
    }

    fn safe_set(&mut self) {
        for motive in Motive::ALL.iter().filter(|motive| !is_safe_motive(**motive)) {
            self.level(motive.as_level(), Rule::VulnerableSafeSet);
        }
        for tone in [Tone::Businesslike, Tone::Formal] {
            self.level(tone.as_level(), Rule::VulnerableSafeSet);
        }
        for offer in [Offer::PayNow, Offer::Promise] {
            self.level(offer.as_level(), Rule::VulnerableSafeSet);
        }
    }
}

const fn fits_a_pointer(motive: Motive) -> bool {
    matches!(motive, Motive::Plain | Motive::HelpOffer | Motive::Clarity)
}

const fn is_safe_motive(motive: Motive) -> bool {
    matches!(motive, Motive::Plain | Motive::HelpOffer | Motive::Clarity)
}

/// Every treatment of the grid, in the order of the catalogue.
pub fn treatments() -> impl Iterator<Item = Treatment> {
    let channels = Channel::ALL.iter().copied();
    channels.flat_map(|channel| {
        Tone::ALL.iter().copied().flat_map(move |tone| {
            Motive::ALL.iter().copied().flat_map(move |motive| {
                Slot::ALL.iter().copied().flat_map(move |slot| {
                    Offer::ALL.iter().copied().flat_map(move |offer| {
                        Salutation::ALL.iter().copied().map(move |salutation| Treatment {
                            channel,
                            tone,
                            motive,
                            slot,
                            offer,
                            salutation,
                        })
                    })
                })
            })
        })
    })
}

/// Counts the treatments that the mask leaves.
pub fn count_allowed(mask: &Mask) -> u64 {
    treatments().filter(|treatment| mask.forbids(*treatment).is_none()).map(|_| 1).sum()
}

#[cfg(test)]
#[path = "mask_tests.rs"]
mod tests;
