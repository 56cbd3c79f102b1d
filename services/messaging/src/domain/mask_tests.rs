use proptest::prelude::*;

use super::*;

fn reach() -> impl Strategy<Value = Reach> {
    prop::sample::select(vec![
        Reach::Usable,
        Reach::Missing,
        Reach::Disowned,
        Reach::Suppressed,
        Reach::NoConsent,
        Reach::Declined,
    ])
}

prop_compose! {
    fn facts()(
        reach in prop::collection::vec(reach(), Channel::ALL.len()),
        whatsapp in any::<bool>(),
        flags in prop::array::uniform8(any::<bool>()),
        offers in prop::sample::subsequence(Offer::ALL.to_vec(), 0..=Offer::ALL.len()),
        salutation in prop::option::of(prop::sample::select(Salutation::ALL.to_vec())),
        slots in prop::sample::subsequence(Slot::ALL.to_vec(), 0..=4),
    ) -> OutreachFacts {
        let [first_notice_sent, company, vulnerable, opted_out, committed, conceded,
            statistic_valid, dated_consequence] = flags;
        OutreachFacts {
            reach: Channel::ALL.iter().copied().zip(reach).collect(),
            switches: TenantSwitches { whatsapp },
            first_notice_sent, company, vulnerable, opted_out, committed, conceded,
            statistic_valid, dated_consequence,
            offers: offers.into_iter().collect(),
            salutation,
            slots: slots.into_iter().collect(),
        }
    }
}

fn allowed(facts: &OutreachFacts) -> Vec<Treatment> {
    let mask = Mask::of(facts);
    treatments().filter(|treatment| mask.forbids(*treatment).is_none()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_is_allowed_keeps_every_rule(facts in facts()) {
        for treatment in allowed(&facts) {
            prop_assert_eq!(facts.reach.get(&treatment.channel), Some(&Reach::Usable));
            if !facts.first_notice_sent {
                prop_assert!(matches!(treatment.channel, Channel::Letter | Channel::Email));
            }
            if facts.company || !facts.first_notice_sent && facts.salutation.is_none() {
                prop_assert_eq!(treatment.salutation, Salutation::Sie);
            }
            if facts.vulnerable {
                prop_assert!(is_safe_motive(treatment.motive));
            }
            if facts.opted_out {
                prop_assert!(!treatment.is_persuasive());
            }
            prop_assert!(treatment.motive != Motive::SocialProof || facts.statistic_valid);
            prop_assert!(treatment.motive != Motive::LossFraming || facts.dated_consequence);
            prop_assert!(treatment.channel != Channel::Whatsapp || facts.switches.whatsapp);
            prop_assert!(treatment.channel != Channel::Sms || treatment.offer == Offer::Choice);
        }
    }

    #[test]
    fn a_reachable_person_always_keeps_a_plain_treatment(facts in facts()) {
        let textual = [Channel::Email, Channel::Letter];
        let reachable = textual.iter().any(|channel| facts.reach[channel] == Reach::Usable);
        if reachable {
            prop_assert!(!allowed(&facts).is_empty());
        }
    }
}

#[test]
fn the_first_touch_never_goes_by_sms() {
    let mut facts = OutreachFacts::of_tenant(TenantSwitches::default());
    facts.first_notice_sent = false;
    let mask = Mask::of(&facts);
    assert_eq!(mask.rules_of(Channel::Sms.as_level()), vec![Rule::FirstNotice]);
}

#[test]
fn whatsapp_is_off_until_the_tenant_switches_it_on() {
    let facts = OutreachFacts::of_tenant(TenantSwitches::default());
    let treatment = Treatment::plain(Channel::Whatsapp, Slot::EarlyWeekMidday);
    assert_eq!(Mask::of(&facts).forbids(treatment), Some(Rule::ChannelOff));
    let facts = OutreachFacts::of_tenant(TenantSwitches { whatsapp: true });
    assert_eq!(Mask::of(&facts).forbids(treatment), None);
}

#[test]
fn a_protected_person_is_never_pressed() {
    let mut facts = OutreachFacts::of_tenant(TenantSwitches::default());
    facts.vulnerable = true;
    let mask = Mask::of(&facts);
    for motive in [Motive::LossFraming, Motive::SocialProof, Motive::Commitment] {
        assert!(mask.rules_of(motive.as_level()).contains(&Rule::VulnerableSafeSet));
    }
}

#[test]
fn nobody_is_reachable_without_an_address() {
    let mut facts = OutreachFacts::of_tenant(TenantSwitches::default());
    facts.reach.clear();
    assert!(!Mask::of(&facts).leaves_a_channel());
}
