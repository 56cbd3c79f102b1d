//! Letters as their readers get them.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use chrono::{DateTime, Utc};
use kulanz_letter::{Labels, Letter, Row, Section, Sum, Table, pdf};

fn row(number: u32) -> Row {
    Row {
        when: vec!["01.01.2026".into(), format!("{:02}.06.2026", number % 28 + 1)],
        text: "Verzugszinsen, 6,27 % im Jahr, 181 Tage".into(),
        notes: vec![
            "§ 288 Abs. 1 BGB, § 286 Abs. 1 BGB, § 247 BGB".into(),
            "249,90 € × 6,27 % × 181 Tage / 365".into(),
        ],
        days: "181".into(),
        rate: "6,27 %".into(),
        amount: "7,77 €".into(),
        carried: format!("{number}.257,67 €"),
    }
}

fn letter(rows: u32) -> Letter {
    Letter {
        identifier: "claim_1".into(),
        language: "de".into(),
        sender: "Musterinkasso Größenwahn GmbH".into(),
        return_address: "Musterinkasso Größenwahn GmbH, Straße der Übergänge 7, 04109 Leipzig"
            .into(),
        recipient: vec![
            "Frau Jette Lindqvist".into(),
            "Am Speicher 4".into(),
            "04109 Leipzig".into(),
        ],
        information: vec![
            ("Aktenzeichen".into(), "7K3M9QZ2XA".into()),
            ("Datum".into(), "23.11.2026".into()),
        ],
        subject: "Forderungsaufstellung zu Ihrer Rechnung R-1".into(),
        salutation: "Guten Tag Frau Lindqvist,".into(),
        opening: vec!["hier steht, was am 23.11.2026 offen ist und warum.".into()],
        table: Table {
            heads: ["Datum", "Was", "Tage", "Satz", "Betrag"].map(Into::into),
            rows: (0..rows).map(row).collect(),
            sums: vec![
                Sum { name: "Hauptforderung".into(), amount: "249,90 €".into(), main: false },
                Sum { name: "Offen am 23.11.2026".into(), amount: "282,59 €".into(), main: true },
            ],
        },
        sections: vec![Section {
            head: "Wenn etwas nicht stimmt".into(),
            paragraphs: vec!["Widersprechen Sie.".into()],
            points: vec!["im Portal".into(), "mit einem Brief".into()],
        }],
        closing: "Freundliche Grüße".into(),
        footer: vec![
            vec!["Musterinkasso".into(), "Register 1".into()],
            vec!["IBAN DE89 3704 0044 0532 0130 00".into()],
        ],
        code: "BCD\n002\n1\nSCT\n\nMuster Inkasso GmbH\nDE89370400440532013000\nEUR282.59\n\nRF04INK2026000123".into(),
        labels: Labels {
            page: "Seite".into(),
            of: "von".into(),
            carried: "Übertrag".into(),
            code: "QR-Code für Ihre Banking-App".into(),
        },
    }
}

fn created() -> DateTime<Utc> {
    "2026-11-23T09:00:00Z".parse().unwrap()
}

/// How many pages a document has, by what its page tree says.
fn pages(pdf: &[u8]) -> usize {
    let text = String::from_utf8_lossy(pdf);
    text.matches("/Type/Page/").count() + text.matches("/Type /Page\n").count()
}

#[test]
fn a_letter_is_a_tagged_pdf_in_its_language() {
    let pdf = pdf(&letter(3), created()).unwrap();
    assert!(pdf.starts_with(b"%PDF-1."));
    let text = String::from_utf8_lossy(&pdf);
    for expected in ["/MarkInfo", "/Marked true", "/StructTreeRoot", "pdfuaid:part", "/Lang(de"] {
        assert!(text.contains(expected), "{expected}");
    }
    if let Ok(path) = std::env::var("LETTER_OUT") {
        std::fs::write(path, &pdf).unwrap();
    }
}

#[test]
fn the_same_letter_gives_the_same_bytes_and_another_does_not() {
    let one = pdf(&letter(3), created()).unwrap();
    assert_eq!(one, pdf(&letter(3), created()).unwrap());
    assert_ne!(one, pdf(&letter(4), created()).unwrap());
}

#[test]
fn a_long_table_goes_over_several_pages() {
    let pdf = pdf(&letter(200), created()).unwrap();
    assert!(pages(&pdf) > 5, "{}", pages(&pdf));
    if let Ok(path) = std::env::var("LETTER_OUT_LONG") {
        std::fs::write(path, &pdf).unwrap();
    }
}

#[test]
fn what_a_letter_says_is_never_read_as_a_program() {
    let hostile = "#panic() $x$ \\ *_`<row>` [ \" </w:t> ((( ))) @x #import \"x\"";
    let mut plain = letter(1);
    plain.recipient = vec![hostile.into(); 7];
    plain.subject = hostile.into();
    plain.opening = vec![hostile.into()];
    plain.table.rows[0].text = hostile.into();
    plain.labels.code = hostile.into();
    pdf(&plain, created()).unwrap();
}
