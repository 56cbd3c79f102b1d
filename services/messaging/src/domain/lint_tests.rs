use proptest::prelude::*;

use super::*;

fn text(words: &str) -> Text<'_> {
    Text {
        subject: "",
        text: words,
        own_words: words,
        channel: Channel::Email,
        language: Language::De,
        salutation: None,
        persuasive: false,
    }
}

fn rules(words: &str) -> Vec<&'static str> {
    lint(&text(words), None).into_iter().map(|finding| finding.rule).collect()
}

#[test]
fn bad_letters_are_refused_with_their_rule() {
    let corpus = [
        ("Sonst kommt der Gerichtsvollzieher.", "content.threat"),
        ("Das ist Ihre letzte Chance.", "content.threat"),
        ("Sonst melden wir Sie der Schufa.", "content.threat"),
        ("Das muss Ihnen peinlich sein.", "content.shame"),
        ("Was sagen Ihre Nachbarn dazu?", "content.shame"),
        ("Zahlen Sie bis zum 1. Januar 2027.", "content.invented_deadline"),
        ("Zahlen Sie innerhalb von 24 Stunden.", "content.invented_deadline"),
        ("Zahlen Sie SOFORT den Betrag.", "content.capitals"),
        ("Zahlen Sie jetzt!!", "content.exclamation"),
        ("Das ist ein amtlicher Brief.", "content.authority_imitation"),
        ("Neun von zehn Kunden zahlen.", "content.unsourced_statistic"),
        ("Aufgrund Ihres bisherigen Verhaltens bieten wir Raten an.", "content.too_personal"),
        ("Guten Tag, wir helfen Ihnen. Sag uns, was du brauchst.", "content.mixed_address"),
        ("Offen sind {amount}.", "content.placeholder"),
        ("Damit geben Sie ein Schuldanerkenntnis ab.", "content.acknowledgement"),
        ("Dazu kommt eine Bearbeitungspauschale.", "content.fantasy_fee"),
    ];
    for (words, rule) in corpus {
        assert!(rules(words).contains(&rule), "{words}: {:?}", rules(words));
    }
}

#[test]
fn a_kind_text_passes() {
    assert_eq!(rules("Guten Tag. Ist es eng? Dann sagen Sie es uns."), Vec::<&str>::new());
}

#[test]
fn a_long_sentence_is_refused() {
    let words = "Unter Bezugnahme auf die vorgenannte Forderungsangelegenheit möchten wir Ihnen \
                 hiermit ausdrücklich mitteilen, dass der ausstehende Gesamtbetrag trotz mehrfacher \
                 Aufforderungen weiterhin unbeglichen geblieben ist";
    assert!(rules(words).contains(&"content.readability.lix"));
    assert!(rules(words).contains(&"content.readability.sentence_length"));
}

#[test]
fn an_agreed_date_is_no_invented_deadline() {
    let required =
        Required { deadlines: vec!["1. Dezember 2026".to_owned()], ..Required::default() };
    let words = text("Wir warten bis zum 1. Dezember 2026.");
    let invented = |required: &Required| {
        lint(&words, Some(required)).iter().any(|one| one.rule == "content.invented_deadline")
    };
    assert!(!invented(&required));
    assert!(invented(&Required::default()));
}

#[test]
fn a_pointer_that_speaks_of_debt_is_refused() {
    let mut pointer = text("Ihre Rechnung ist noch offen.");
    pointer.channel = Channel::Sms;
    let findings = lint(&pointer, Some(&Required::default()));
    assert!(findings.iter().any(|finding| finding.rule == "content.pointer_discloses"));
}

#[test]
fn a_full_message_without_its_clauses_is_refused() {
    let mut words = text("Guten Tag.");
    words.persuasive = true;
    let found: Vec<_> =
        lint(&words, Some(&Required::default())).into_iter().map(|one| one.rule).collect();
    for rule in [
        "content.missing.already_paid",
        "content.missing.dispute",
        "content.missing.debt_advice",
        "content.missing.opt_out",
    ] {
        assert!(found.contains(&rule), "{rule}");
    }
}

#[test]
fn names_that_others_chose_are_not_judged() {
    let required = Required { foreign: vec!["SCHUFA BAU GMBH".to_owned()], ..Required::default() };
    let words = text("Es geht um SCHUFA BAU GMBH.");
    let rules: Vec<_> = lint(&words, Some(&required)).into_iter().map(|one| one.rule).collect();
    assert!(!rules.contains(&"content.threat") && !rules.contains(&"content.capitals"));
}

proptest! {
    #[test]
    fn a_threat_is_found_wherever_it_stands(before in "[a-z ]{0,60}", after in "[a-z ]{0,60}") {
        let words = format!("{before} Haftbefehl {after}");
        prop_assert!(rules(&words).contains(&"content.threat"));
    }

    #[test]
    fn any_text_is_judged_without_a_crash(words in "\\PC{0,300}") {
        let _ = rules(&words);
    }
}
