//! Tests of the validator, and a complete notice for the tests of other rooms.

use proptest::prelude::*;

use super::*;

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

/// A notice that lacks nothing.
pub fn complete() -> FirstNotice {
    FirstNotice {
        claims: vec![ClaimNotice {
            reference: "R-2026-17".to_owned(),
            client_name: "Stadtwerke Beispiel GmbH".to_owned(),
            client_address: "Am Markt 1, 50667 Köln".to_owned(),
            address_waiver: None,
            ground: Some(Ground::Contract {
                subject: "Stromlieferung".to_owned(),
                date: day(2026, 8, 3),
            }),
            principal: Money::eur(24_990),
            interest_total: Money::eur(312),
            interest: vec![Interest {
                base: Money::eur(24_990),
                rate: "6.27".to_owned(),
                from: day(2026, 9, 4),
                to: day(2026, 11, 20),
                amount: Money::eur(312),
            }],
            above_statutory: false,
            above_statutory_reason: None,
            cost_total: Money::eur(3_090),
            costs: vec![CostItem {
                kind: "Geschäftsgebühr".to_owned(),
                amount: Money::eur(3_090),
                ground: "Nr. 2300 VV RVG, § 13e RDG".to_owned(),
            }],
            vat_on_costs: Money::eur(0),
            vat_declaration: false,
        }],
        traced_address: None,
        authority: Authority {
            name: "Bundesamt für Justiz".to_owned(),
            address: "53094 Bonn".to_owned(),
            contact: "rdg@bfj.bund.de".to_owned(),
        },
    }
}

/// One way to spoil the only claim of a notice.
type Damage = fn(&mut ClaimNotice);

#[test]
fn a_complete_notice_lacks_nothing() {
    assert_eq!(complete().missing(), vec![]);
}

#[test]
fn each_missing_statement_is_named_with_its_number() {
    let damages: [(u8, Damage); 7] = [
        (1, |claim| claim.client_name.clear()),
        (1, |claim| claim.client_address.clear()),
        (2, |claim| claim.ground = None),
        (3, |claim| claim.interest.clear()),
        (4, |claim| claim.above_statutory = true),
        (5, |claim| claim.costs.clear()),
        (6, |claim| claim.vat_on_costs = Money::eur(100)),
    ];
    for (number, damage) in damages {
        let mut notice = complete();
        damage(&mut notice.claims[0]);
        let numbers: Vec<u8> = notice.missing().iter().map(|missing| missing.number).collect();
        assert_eq!(numbers, vec![number]);
    }
}

#[test]
fn a_traced_address_must_name_source_and_way_to_object() {
    let mut notice = complete();
    notice.traced_address =
        Some(TracedAddress { source: "Auskunft".to_owned(), error_channel: String::new() });
    assert_eq!(notice.missing().first().map(|missing| missing.number), Some(7));
}

#[test]
fn without_the_authority_nothing_goes_out() {
    let mut notice = complete();
    notice.authority.contact.clear();
    assert_eq!(notice.missing().first().map(|missing| missing.number), Some(8));
}

#[test]
fn every_statement_is_written_down() {
    let text = complete().paragraphs(Language::De).join("\n");
    for piece in [
        "Stadtwerke Beispiel GmbH",
        "Am Markt 1",
        "Stromlieferung",
        "3. August 2026",
        "6,27 %",
        "30,90\u{a0}€",
        "Bundesamt für Justiz",
    ] {
        assert!(text.contains(piece), "{piece} in {text}");
    }
}

proptest! {
    #[test]
    fn amounts_without_their_items_never_pass(interest in 1_i64..1_000_000, cost in 1_i64..1_000_000) {
        let mut notice = complete();
        notice.claims[0].interest_total = Money::eur(312 + interest);
        notice.claims[0].cost_total = Money::eur(3_090 + cost);
        prop_assert_eq!(notice.missing().len(), 2);
    }
}
