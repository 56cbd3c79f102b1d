//! A statement as a letter.

use kulanz_law::LawError;
use kulanz_letter::{Labels, Letter, Row, Section, Sum, Table};
use kulanz_types::epc::{CreditTransfer, Remittance, Version, payload};
use kulanz_types::{CreditorReference, Iban, Money};

use super::{Line, Occasion, Outlook, Statement};
use crate::domain::agency::TenantProfile;
use crate::domain::language::Language;
use crate::domain::person::{Address, Profile};

/// Who writes to whom, about what.
#[derive(Debug, Clone, Copy)]
pub struct Correspondents<'a> {
    /// The agency.
    pub agency: &'a TenantProfile,
    /// The debtor.
    pub debtor: &'a Profile,
    /// The claim.
    pub occasion: &'a Occasion<'a>,
}

impl Statement {
    /// The statement as a letter under `identifier`.
    pub fn letter(
        &self,
        identifier: String,
        language: Language,
        between: &Correspondents<'_>,
    ) -> Result<Letter, LawError> {
        let Correspondents { agency, debtor, occasion } = *between;
        let day = language.date(self.as_of);
        Ok(Letter {
            identifier,
            language: language.tag().to_owned(),
            sender: agency.agency_name.clone(),
            return_address: one_line(agency),
            recipient: recipient(debtor),
            information: information(self, language, between),
            subject: match language {
                Language::German => {
                    format!("Forderungsaufstellung zu Ihrer Rechnung {}", occasion.reference)
                }
                Language::English => {
                    format!("Statement of what is owed on invoice {}", occasion.reference)
                }
            },
            salutation: salutation(debtor, language),
            opening: vec![match language {
                Language::German => format!(
                    "diese Aufstellung zeigt, was am {day} an {} zu zahlen ist und warum. Jede Zeile nennt, worauf sie beruht und wie sie gerechnet ist.",
                    occasion.creditor
                ),
                Language::English => format!(
                    "this statement shows what is to be paid to {} on {day}, and why. Each line says on what it rests and how it was worked out.",
                    occasion.creditor
                ),
            }],
            table: self.table(language, occasion.reference)?,
            sections: self.sections(language, occasion),
            closing: format!(
                "{}\n{}",
                language.choose("Freundliche Grüße", "Kind regards"),
                agency.agency_name
            ),
            footer: footer(agency, language),
            code: self.code(agency, occasion),
            labels: labels(language),
        })
    }

    fn table(&self, language: Language, reference: &str) -> Result<Table, LawError> {
        let currency = self.totals.total.currency();
        let mut sum = Money::zero(currency);
        let mut rows = Vec::with_capacity(self.lines.len());
        for line in &self.lines {
            sum = sum.checked_add(line.amount)?;
            rows.push(row(line, sum, language, reference));
        }
        let heads = match language {
            Language::German => ["Datum", "Was", "Tage", "Zinssatz", "Betrag"],
            Language::English => ["Date", "What", "Days", "Rate", "Amount"],
        };
        Ok(Table { heads: heads.map(str::to_owned), rows, sums: self.sums(language) })
    }

    fn sums(&self, language: Language) -> Vec<Sum> {
        let totals = self.totals;
        let parts = [
            (language.choose("Offene Hauptforderung", "Main claim still open"), totals.principal),
            (language.choose("Offene Zinsen", "Interest still open"), totals.interest),
            (language.choose("Offene Kosten", "Costs still open"), totals.costs),
        ];
        let day = language.date(self.as_of);
        let total = match (language, totals.total.is_negative()) {
            (Language::German, false) => format!("Zu zahlen am {day}"),
            (Language::German, true) => format!("Guthaben am {day}"),
            (Language::English, false) => format!("To be paid on {day}"),
            (Language::English, true) => format!("In your favour on {day}"),
        };
        let sum = |name: &str, amount: Money, main| Sum {
            name: name.to_owned(),
            amount: language.money(amount).to_string(),
            main,
        };
        let mut sums: Vec<Sum> = parts
            .into_iter()
            .filter(|(_, amount)| !amount.is_zero())
            .map(|(name, amount)| sum(name, amount, false))
            .collect();
        sums.push(sum(&total, totals.total, true));
        sums
    }

    /// The plain text as sections: what the table shows already is not said again.
    fn sections(&self, language: Language, occasion: &Occasion<'_>) -> Vec<Section> {
        let mut sections = Vec::new();
        let text = self.plain_text(language, occasion);
        for part in text.split("\n\n") {
            let mut lines = part.lines();
            let head = lines.next().unwrap_or_default().to_owned();
            let (points, paragraphs): (Vec<&str>, Vec<&str>) =
                lines.partition(|line| line.starts_with("- "));
            // Long accounts: the points repeat the rows of the table.
            let points = if self.lines.len() > FEW_LINES { Vec::new() } else { points };
            sections.push(Section {
                head,
                paragraphs: paragraphs.into_iter().map(str::to_owned).collect(),
                points: points.into_iter().map(|point| point[2..].to_owned()).collect(),
            });
        }
        sections.retain(|section| !section.paragraphs.is_empty() || !section.points.is_empty());
        let conventions = self.conventions(language);
        if !conventions.is_empty() {
            let head = language.choose("Wie gerechnet wurde", "How it was counted").to_owned();
            sections.push(Section { head, paragraphs: Vec::new(), points: conventions });
        }
        sections
    }

    /// What a banking app is to fill in; empty where nothing is to be paid.
    fn code(&self, agency: &TenantProfile, occasion: &Occasion<'_>) -> String {
        let account = &agency.account;
        let iban = account.iban.parse::<Iban>().ok();
        let reference = CreditorReference::from_body(occasion.case_reference).ok();
        let payable = matches!(occasion.outlook, Outlook::Payable);
        let (Some(iban), Some(reference), true) = (iban, reference, payable) else {
            return String::new();
        };
        let transfer = CreditTransfer {
            version: Version::V002,
            holder: &account.holder,
            iban,
            bic: Some(account.bic.as_str()).filter(|bic| !bic.is_empty()),
            amount: Some(self.totals.total),
            remittance: Remittance::Reference(&reference),
        };
        payload(&transfer).unwrap_or_default()
    }
}

/// Up to how many lines the explanation names each of them again.
const FEW_LINES: usize = 16;

fn row(line: &Line, sum: Money, language: Language, reference: &str) -> Row {
    let end = line.to.filter(|to| *to != line.from);
    let days = std::iter::once(line.from).chain(end);
    let notes = [line.norm.clone(), line.formula(language).to_string()];
    Row {
        when: days.map(|day| language.date(day).to_string()).collect(),
        text: line.text(language, reference).to_string(),
        notes: notes.into_iter().filter(|note| !note.is_empty()).collect(),
        days: if line.days > 0 { line.days.to_string() } else { String::new() },
        rate: match line.rate.as_str() {
            "" => String::new(),
            rate => language.percent(rate).to_string(),
        },
        amount: language.money(line.amount).to_string(),
        carried: language.money(sum).to_string(),
    }
}

fn one_line(agency: &TenantProfile) -> String {
    let lines = address_lines(&agency.address);
    let parts = std::iter::once(agency.agency_name.clone()).chain(lines);
    parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

fn recipient(debtor: &Profile) -> Vec<String> {
    let person = [debtor.title.as_str(), &debtor.given_name, &debtor.family_name]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ");
    let names = if debtor.is_company() {
        vec![debtor.company_name.clone(), debtor.contact_name.clone()]
    } else {
        vec![person]
    };
    let lines = names.into_iter().chain(address_lines(&debtor.address));
    lines.filter(|line| !line.is_empty()).collect()
}

fn address_lines(address: &Address) -> Vec<String> {
    let town = format!("{} {}", address.postcode, address.city).trim().to_owned();
    let abroad = !matches!(address.country_code.as_str(), "" | "DE");
    let country = if abroad { address.country_code.clone() } else { String::new() };
    [address.supplement.clone(), address.street.clone(), town, country]
        .into_iter()
        .filter(|line| !line.is_empty())
        .collect()
}

fn information(
    statement: &Statement,
    language: Language,
    between: &Correspondents<'_>,
) -> Vec<(String, String)> {
    let Correspondents { agency, occasion, .. } = *between;
    let rows = [
        (language.choose("Aktenzeichen", "Our reference"), occasion.case_reference.to_owned()),
        (language.choose("Gläubiger", "Creditor"), occasion.creditor.to_owned()),
        (language.choose("Rechnung", "Invoice"), occasion.reference.to_owned()),
        (language.choose("Telefon", "Telephone"), agency.contact_phone.clone()),
        (language.choose("E-Mail", "E-mail"), agency.contact_email.clone()),
        (language.choose("Stand", "As of"), language.date(statement.as_of).to_string()),
    ];
    rows.into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

fn salutation(debtor: &Profile, language: Language) -> String {
    let name = if debtor.is_company() {
        String::new()
    } else {
        [debtor.given_name.as_str(), &debtor.family_name].join(" ").trim().to_owned()
    };
    let greeting = language.choose("Guten Tag", "Hello");
    if name.is_empty() { format!("{greeting},") } else { format!("{greeting} {name},") }
}

fn footer(agency: &TenantProfile, language: Language) -> Vec<Vec<String>> {
    let named = |name: &str, value: &str| {
        if value.is_empty() { String::new() } else { format!("{name} {value}") }
    };
    let account = &agency.account;
    let mut address = vec![agency.agency_name.clone()];
    address.extend(address_lines(&agency.address));
    let columns = [
        address,
        vec![
            named(
                language.choose("Rechtsdienstleistungsregister", "Register of legal services"),
                &agency.register_number,
            ),
            named(language.choose("Aufsicht:", "Supervised by"), &agency.supervisory_authority),
        ],
        vec![
            account.holder.clone(),
            named("IBAN", &fours(&account.iban)),
            named("BIC", &account.bic),
        ],
    ];
    let filled = |column: Vec<String>| column.into_iter().filter(|line| !line.is_empty()).collect();
    columns.into_iter().map(filled).collect()
}

fn fours(compact: &str) -> String {
    let letters: Vec<char> = compact.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

fn labels(language: Language) -> Labels {
    Labels {
        page: language.choose("Seite", "Page").to_owned(),
        of: language.choose("von", "of").to_owned(),
        carried: language.choose("Übertrag", "Carried over").to_owned(),
        code: language
            .choose(
                "QR-Code für die Überweisung: Ihre Banking-App trägt Konto, Betrag und Verwendungszweck ein.",
                "QR code for the transfer: your banking app fills in account, amount and reference.",
            )
            .to_owned(),
    }
}
