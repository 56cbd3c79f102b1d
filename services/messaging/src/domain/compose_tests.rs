//! Tests of composition: every combination of the catalogue, in both languages.

use proptest::prelude::*;

use super::*;
use crate::domain::answer::{Decided, Next, Outcome};
use crate::domain::catalogue::{Motive, Offer, Salutation, Slot, Tone};
use crate::domain::legal_pack::tests::complete;
use crate::domain::lint::{Required, Severity, Text, lint};
use crate::domain::mask::{Mask, OutreachFacts, TenantSwitches, treatments};

/// The facts of a message for tests.
pub struct Sample {
    recipient: Recipient,
    agency: Agency,
    claims: Vec<ClaimFacts>,
    code: AuthenticityCode,
    notice: FirstNotice,
}

impl Sample {
    /// An invented person with one claim.
    pub fn invented() -> Self {
        Self {
            recipient: Recipient {
                name: "Erika Beispiel".to_owned(),
                address: vec!["Lindenweg 4".to_owned(), "50667 Köln".to_owned()],
            },
            agency: Agency {
                name: "Kulanz Musterinkasso GmbH".to_owned(),
                address: vec!["Hafenstraße 12".to_owned(), "20457 Hamburg".to_owned()],
                contact: "040 123456".to_owned(),
                register_number: "RDG 3712-H-99".to_owned(),
                verify_page: "https://kulanz.example/echt".to_owned(),
            },
            claims: vec![ClaimFacts {
                creditor: "Stadtwerke Beispiel GmbH".to_owned(),
                reference: "R-2026-17".to_owned(),
                amount: Money::eur(28_392),
                transfer: Some(Transfer {
                    holder: "Kulanz Musterinkasso GmbH".to_owned(),
                    iban: "DE89 3704 0044 0532 0130 00".to_owned(),
                    reference: "RF04INK2026000123".to_owned(),
                }),
            }],
            code: AuthenticityCode::sign("tenant_1", [3; 8], b"key"),
            notice: complete(),
        }
    }

    /// A draft of these facts.
    pub fn draft(&self, treatment: Treatment, language: Language, first: bool) -> Draft<'_> {
        let value = |text: &str| text.to_owned();
        Draft {
            treatment,
            language,
            class: if first { MessageClass::FirstNotice } else { MessageClass::Outreach },
            topic: None,
            recipient: &self.recipient,
            agency: &self.agency,
            claims: &self.claims,
            link: "https://kulanz.example/l/abcdef",
            code: &self.code,
            notice: first.then_some(&self.notice),
            challenge: None,
            values: BTreeMap::from([
                ("promised_on", value("1. Dezember 2026")),
                ("due_on", value("1. Dezember 2026")),
                ("concession", value("keine Kosten")),
                ("statistic", value("Die meisten zahlen in einem Monat.")),
                ("statistic_source", value("Bericht 2025")),
                ("consequence_date", value("1. Dezember 2026")),
                ("consequence", value("Wir geben den Fall zurück")),
            ]),
            date: NaiveDate::from_ymd_opt(2026, 11, 23).unwrap(),
            seed: 1,
        }
    }

    fn findings(draft: &Draft<'_>, composed: &Composed) -> Vec<String> {
        let required = Required::of(draft);
        let text = Text {
            subject: &composed.subject,
            text: &composed.text,
            own_words: &composed.own_words,
            channel: draft.treatment.channel,
            language: draft.language,
            salutation: Some(draft.treatment.salutation),
            persuasive: draft.class == MessageClass::Outreach,
        };
        lint(&text, Some(&required))
            .into_iter()
            .filter(|finding| finding.severity == Severity::Blocking)
            .map(|finding| format!("{} {}", finding.rule, finding.excerpt))
            .collect()
    }
}

fn wordings() -> impl Iterator<Item = Treatment> {
    let mut facts = OutreachFacts::of_tenant(TenantSwitches { whatsapp: true });
    facts.statistic_valid = true;
    let mask = Mask::of(&facts);
    treatments()
        .filter(|treatment| treatment.slot == Slot::EarlyWeekMorning)
        .filter(move |treatment| mask.forbids(*treatment).is_none())
}

#[test]
fn every_combination_composes_and_passes_the_linter() {
    let library = Library::authored().unwrap();
    let sample = Sample::invented();
    for treatment in wordings() {
        for (language, seed) in
            [(Language::De, 0), (Language::De, 1), (Language::De, 2), (Language::En, 0)]
        {
            let mut draft = sample.draft(treatment, language, false);
            draft.seed = seed;
            let composed = compose(&library, &draft).unwrap();
            let findings = Sample::findings(&draft, &composed);
            assert!(findings.is_empty(), "{treatment:?} {findings:?}\n{}", composed.text);
        }
    }
}

#[test]
fn a_first_notice_carries_the_statements_and_passes_the_linter() {
    let library = Library::authored().unwrap();
    let sample = Sample::invented();
    for channel in [Channel::Email, Channel::Letter] {
        let draft =
            sample.draft(Treatment::plain(channel, Slot::EarlyWeekMorning), Language::De, true);
        let composed = compose(&library, &draft).unwrap();
        assert!(composed.text.contains("Bundesamt für Justiz"));
        assert!(composed.html.contains("Bundesamt für Justiz"));
        assert!(Sample::findings(&draft, &composed).is_empty());
    }
}

#[test]
fn an_incomplete_first_notice_is_not_composed() {
    let library = Library::authored().unwrap();
    let mut sample = Sample::invented();
    sample.notice.authority.name.clear();
    let draft =
        sample.draft(Treatment::plain(Channel::Email, Slot::EarlyWeekMorning), Language::De, true);
    assert!(matches!(compose(&library, &draft), Err(ComposeError::NoticeIncomplete(_))));
}

#[test]
fn a_short_message_points_and_tells_nothing() {
    let library = Library::authored().unwrap();
    let sample = Sample::invented();
    let treatment = Treatment::plain(Channel::Sms, Slot::EarlyWeekMorning);
    let composed = compose(&library, &sample.draft(treatment, Language::De, false)).unwrap();
    assert_eq!(composed.sms_parts, Some(1));
    for secret in ["283,92", "Stadtwerke", "R-2026-17", "Erika"] {
        assert!(!composed.text.contains(secret), "{secret} in {}", composed.text);
    }
}

#[test]
fn a_short_message_passes_whatever_names_and_references_look_like() {
    let library = Library::authored().unwrap();
    let mut sample = Sample::invented();
    sample.agency.name = "Kulanz – „Muster“ Inkasso".to_owned();
    for (reference, language) in [("l", Language::En), ("17", Language::De)] {
        sample.claims[0].reference = reference.to_owned();
        let treatment = Treatment::plain(Channel::Sms, Slot::EarlyWeekMorning);
        let draft = sample.draft(treatment, language, false);
        let composed = compose(&library, &draft).unwrap();
        assert!(composed.text.contains("Kulanz - \"Muster\" Inkasso"));
        let findings = Sample::findings(&draft, &composed);
        assert!(findings.is_empty(), "{findings:?} {}", composed.text);
    }
}

#[test]
fn a_missing_value_refuses_the_message() {
    let library = Library::authored().unwrap();
    let sample = Sample::invented();
    let mut treatment = Treatment::plain(Channel::Email, Slot::EarlyWeekMorning);
    treatment.motive = Motive::Commitment;
    let mut draft = sample.draft(treatment, Language::De, false);
    draft.values.clear();
    let error = compose(&library, &draft).unwrap_err();
    assert!(
        matches!(error, ComposeError::Undefined { placeholder, .. } if placeholder == "promised_on")
    );
}

#[test]
fn every_topic_composes_and_passes_the_linter() {
    let library = Library::authored().unwrap();
    let sample = Sample::invented();
    for topic in Topic::ALL.into_iter().filter(|topic| !topic.is_about_a_challenge()) {
        for salutation in Salutation::ALL.iter().copied() {
            let mut treatment = Treatment::plain(Channel::Email, Slot::MidWeekMorning);
            treatment.salutation = salutation;
            treatment.tone = Tone::Friendly;
            treatment.offer = Offer::Instalments;
            let mut draft = sample.draft(treatment, Language::De, false);
            draft.class = MessageClass::Answer;
            draft.topic = Some(topic);
            let composed = compose(&library, &draft).unwrap();
            let findings = Sample::findings(&draft, &composed);
            assert!(findings.is_empty(), "{topic:?} {findings:?}\n{}", composed.text);
        }
    }
}

/// Everything that a message about a challenge can say.
fn challenge_answers() -> Vec<ChallengeAnswer> {
    let receipt = |said| ChallengeAnswer {
        said,
        decided: None,
        authority: "Bundesamt für Justiz, 53094 Bonn".to_owned(),
        on_behalf_of: None,
    };
    let decided = Outcome::ALL.into_iter().flat_map(|outcome| {
        Next::ALL.into_iter().map(move |next| Decided {
            outcome,
            next,
            // Words that the linter would refuse from us.
            reason: "Der Vollstreckungsbescheid ist da ... bis zum 1.1.2027!!".to_owned(),
        })
    });
    let decided: Vec<Decided> = decided.collect();
    SAID.iter()
        .flat_map(|said| {
            let answers = decided.iter().cloned().map(Some).chain([None]);
            answers.map(|decided| ChallengeAnswer { decided, ..receipt(said) }).collect::<Vec<_>>()
        })
        .collect()
}

const SAID: [&str; 10] = [
    "not_ordered",
    "not_delivered",
    "defective",
    "returned",
    "wrong_amount",
    "identity_theft",
    "time_barred",
    "other",
    "already_paid",
    "wrong_person",
];

#[test]
fn every_answer_to_a_challenge_composes_and_passes_the_linter() {
    let library = Library::authored().unwrap();
    let sample = Sample::invented();
    for answer in challenge_answers() {
        for on_behalf_of in [None, Some("Max Muster".to_owned())] {
            let answer = ChallengeAnswer { on_behalf_of, ..answer.clone() };
            for (language, salutation) in [
                (Language::De, Salutation::Sie),
                (Language::De, Salutation::Du),
                (Language::En, Salutation::Sie),
            ] {
                for channel in [Channel::Email, Channel::Letter, Channel::Sms, Channel::PortalPush]
                {
                    let mut treatment = Treatment::plain(channel, Slot::EarlyWeekMorning);
                    treatment.salutation = salutation;
                    let mut draft = sample.draft(treatment, language, false);
                    draft.class = MessageClass::Answer;
                    draft.challenge = Some(&answer);
                    for day in ["raised_on", "answer_by", "decided_on", "quiet_until"] {
                        draft.values.insert(day, "1. Dezember 2026".to_owned());
                    }
                    let composed = compose(&library, &draft).unwrap();
                    let findings = Sample::findings(&draft, &composed);
                    assert!(findings.is_empty(), "{answer:?} {findings:?}\n{}", composed.text);
                }
            }
        }
    }
}

#[test]
fn an_answer_names_what_is_open_only_where_it_is_asked_for_again() {
    let library = Library::authored().unwrap();
    let sample = Sample::invented();
    for answer in challenge_answers() {
        let mut draft = sample.draft(
            Treatment::plain(Channel::Email, Slot::EarlyWeekMorning),
            Language::De,
            false,
        );
        draft.challenge = Some(&answer);
        for day in ["raised_on", "answer_by", "decided_on", "quiet_until"] {
            draft.values.insert(day, "1. Dezember 2026".to_owned());
        }
        let text = compose(&library, &draft).unwrap().text;
        let goes_on = answer.decided.as_ref().is_some_and(|decided| decided.next == Next::GoesOn);
        assert_eq!(text.contains("283,92"), goes_on, "{text}");
        assert!(!text.contains("IBAN"), "{text}");
        assert_eq!(text.contains("Vollstreckungsbescheid"), answer.decided.is_some());
    }
}

proptest! {
    #[test]
    fn no_name_becomes_markup(name in "[a-zA-Z<>&\"' ]{1,30}") {
        let library = Library::authored().unwrap();
        let mut sample = Sample::invented();
        sample.recipient.name = format!("<b>{name}</b>");
        let treatment = Treatment::plain(Channel::Letter, Slot::EarlyWeekMorning);
        let composed = compose(&library, &sample.draft(treatment, Language::De, true)).unwrap();
        prop_assert!(!composed.html.contains("<b>"));
    }
}
