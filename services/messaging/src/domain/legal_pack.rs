//! The information that the first assertion of a claim against a private person must carry in text
//! form (§ 13a Abs. 1 RDG), its validator and its wording. The validator fails closed: a breach can
//! cost up to 50,000 EUR (§ 20 Abs. 3 RDG).

use chrono::NaiveDate;
use kulanz_types::Money;

use super::blocks::Language;
use super::format;

/// What the claim rests on (No. 2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ground {
    /// A contract: its concrete subject and the day it was made.
    Contract {
        /// What was bought, rented or ordered.
        subject: String,
        /// Day of the contract or of its invoice.
        date: NaiveDate,
    },
    /// A tort: its kind and day.
    Tort {
        /// Kind of the tort.
        kind: String,
        /// Day of the tort.
        date: NaiveDate,
    },
    /// Any other ground in words.
    Other(String),
}

/// One stretch of interest (No. 3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interest {
    /// Amount that bears it.
    pub base: Money,
    /// Per cent per year as a decimal, for example `6.27`.
    pub rate: String,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// The interest.
    pub amount: Money,
}

/// One cost item (No. 5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostItem {
    /// Kind of the cost.
    pub kind: String,
    /// Its amount.
    pub amount: Money,
    /// Why it arose; its norm.
    pub ground: String,
}

/// Where an address came from that the creditor did not supply (No. 7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TracedAddress {
    /// Who supplied it.
    pub source: String,
    /// How to report an error.
    pub error_channel: String,
}

/// The statements about one claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimNotice {
    /// Reference that the reader finds elsewhere in the message.
    pub reference: String,
    /// Name or firm of the client (No. 1).
    pub client_name: String,
    /// Address of the client (No. 1).
    pub client_address: String,
    /// Why the address is not named, when overriding interests speak against it (No. 1).
    pub address_waiver: Option<String>,
    /// Ground of the claim (No. 2).
    pub ground: Option<Ground>,
    /// The principal.
    pub principal: Money,
    /// Total interest that is asked for.
    pub interest_total: Money,
    /// Interest by stretch (No. 3).
    pub interest: Vec<Interest>,
    /// Whether the rate is above the statutory one.
    pub above_statutory: bool,
    /// Why it may be above (No. 4).
    pub above_statutory_reason: Option<String>,
    /// Total costs that are asked for.
    pub cost_total: Money,
    /// Costs by item (No. 5).
    pub costs: Vec<CostItem>,
    /// Value added tax within the costs.
    pub vat_on_costs: Money,
    /// Declaration that the client cannot deduct input tax (No. 6).
    pub vat_declaration: bool,
}

/// The supervisory authority (No. 8).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Authority {
    /// Name.
    pub name: String,
    /// Postal address.
    pub address: String,
    /// Electronic contact.
    pub contact: String,
}

/// The full information for a person's claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstNotice {
    /// One part per claim, at least one.
    pub claims: Vec<ClaimNotice>,
    /// Where the address came from, when it was traced (No. 7).
    pub traced_address: Option<TracedAddress>,
    /// Supervisory authority (No. 8).
    pub authority: Authority,
}

/// A statement that is missing, with its number in § 13a Abs. 1 RDG.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Missing {
    /// Number in § 13a Abs. 1 RDG.
    pub number: u8,
    /// Stable rule id.
    pub rule: &'static str,
}

const fn missing(number: u8, rule: &'static str) -> Missing {
    Missing { number, rule }
}

impl FirstNotice {
    /// Every missing statement; empty when the notice may go out.
    pub fn missing(&self) -> Vec<Missing> {
        let mut found: Vec<Missing> = self.claims.iter().flat_map(ClaimNotice::missing).collect();
        if self.claims.is_empty() {
            found.push(missing(2, "law.rdg13a.ground"));
        }
        if let Some(traced) = &self.traced_address
            && (blank(&traced.source) || blank(&traced.error_channel))
        {
            found.push(missing(7, "law.rdg13a.traced_address"));
        }
        let authority = &self.authority;
        if blank(&authority.name) || blank(&authority.address) || blank(&authority.contact) {
            found.push(missing(8, "law.rdg13a.authority"));
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The statements as paragraphs.
    pub fn paragraphs(&self, language: Language) -> Vec<String> {
        let words = Words::of(language);
        let claims = self.claims.iter().flat_map(|claim| claim.paragraphs(language));
        let traced = self
            .traced_address
            .iter()
            .map(|traced| format!("{}: {}. {}", words.traced, traced.source, traced.error_channel));
        let authority = &self.authority;
        let supervisor = format!(
            "{}: {}, {}, {}",
            words.authority, authority.name, authority.address, authority.contact
        );
        claims.chain(traced).chain(std::iter::once(supervisor)).collect()
    }
}

impl ClaimNotice {
    fn missing(&self) -> Vec<Missing> {
        let conditions = [
            (blank(&self.client_name), missing(1, "law.rdg13a.client_name")),
            (
                blank(&self.client_address) && none_or_blank(self.address_waiver.as_deref()),
                missing(1, "law.rdg13a.client_address"),
            ),
            (!self.ground_complete(), missing(2, "law.rdg13a.ground")),
            (!self.interest_complete(), missing(3, "law.rdg13a.interest")),
            (
                self.above_statutory && none_or_blank(self.above_statutory_reason.as_deref()),
                missing(4, "law.rdg13a.above_statutory_reason"),
            ),
            (!self.costs_complete(), missing(5, "law.rdg13a.costs")),
            (
                self.vat_on_costs.is_positive() && !self.vat_declaration,
                missing(6, "law.rdg13a.vat_declaration"),
            ),
        ];
        conditions.into_iter().filter(|(holds, _)| *holds).map(|(_, missing)| missing).collect()
    }

    fn ground_complete(&self) -> bool {
        match &self.ground {
            None => false,
            Some(
                Ground::Contract { subject: words, .. }
                | Ground::Tort { kind: words, .. }
                | Ground::Other(words),
            ) => !blank(words),
        }
    }

    fn interest_complete(&self) -> bool {
        let stated = Money::sum(
            self.interest_total.currency(),
            self.interest.iter().map(|stretch| stretch.amount),
        );
        stated == Ok(self.interest_total)
            && self.interest.iter().all(|stretch| !blank(&stretch.rate))
    }

    fn costs_complete(&self) -> bool {
        let stated =
            Money::sum(self.cost_total.currency(), self.costs.iter().map(|item| item.amount));
        stated == Ok(self.cost_total)
            && self.costs.iter().all(|item| !blank(&item.kind) && !blank(&item.ground))
    }

    fn paragraphs(&self, language: Language) -> Vec<String> {
        let words = Words::of(language);
        let address = self.address_waiver.as_deref().unwrap_or(&self.client_address);
        let mut all = vec![
            format!("{} ({}): {}, {address}", words.client, self.reference, self.client_name),
            format!("{}: {}", words.ground, self.ground_words(language)),
            format!("{}: {}", words.principal, format::amount(self.principal, language)),
        ];
        all.extend(self.interest.iter().map(|stretch| stretch.words(language)));
        all.extend(self.above_statutory_reason.iter().map(|why| format!("{}: {why}", words.above)));
        all.extend(self.costs.iter().map(|item| {
            let amount = format::amount(item.amount, language);
            format!("{}: {}, {amount}, {}", words.cost, item.kind, item.ground)
        }));
        if self.vat_on_costs.is_positive() && self.vat_declaration {
            all.push(words.vat.to_owned());
        }
        all
    }

    fn ground_words(&self, language: Language) -> String {
        match &self.ground {
            Some(
                Ground::Contract { subject: words, date } | Ground::Tort { kind: words, date },
            ) => {
                format!("{words}, {}", format::date(*date, language))
            }
            Some(Ground::Other(words)) => words.clone(),
            None => String::new(),
        }
    }
}

impl Interest {
    fn words(&self, language: Language) -> String {
        let words = Words::of(language);
        format!(
            "{}: {} {} {} {} % {} {} {} {}",
            words.interest,
            format::amount(self.amount, language),
            words.on,
            format::amount(self.base, language),
            format::rate(&self.rate, language),
            words.from,
            format::date(self.from, language),
            words.to,
            format::date(self.to, language)
        )
    }
}

fn blank(text: &str) -> bool {
    text.trim().is_empty()
}

fn none_or_blank(text: Option<&str>) -> bool {
    text.is_none_or(blank)
}

/// The fixed words of the statements.
struct Words {
    client: &'static str,
    ground: &'static str,
    principal: &'static str,
    interest: &'static str,
    on: &'static str,
    from: &'static str,
    to: &'static str,
    above: &'static str,
    cost: &'static str,
    vat: &'static str,
    traced: &'static str,
    authority: &'static str,
}

impl Words {
    const GERMAN: Self = Self {
        client: "Auftraggeber",
        ground: "Grund der Forderung",
        principal: "Hauptforderung",
        interest: "Zinsen",
        on: "auf",
        from: "pro Jahr vom",
        to: "bis",
        above: "Zins über dem gesetzlichen Satz, weil",
        cost: "Kosten",
        vat: "Der Auftraggeber kann die Vorsteuer nicht abziehen.",
        traced: "Die Anschrift wurde ermittelt",
        authority: "Aufsichtsbehörde",
    };
    const ENGLISH: Self = Self {
        client: "Client",
        ground: "Ground of the claim",
        principal: "Principal",
        interest: "Interest",
        on: "on",
        from: "per year from",
        to: "to",
        above: "Rate above the statutory one because",
        cost: "Costs",
        vat: "The client cannot deduct input tax.",
        traced: "The address was traced",
        authority: "Supervisory authority",
    };

    const fn of(language: Language) -> &'static Self {
        match language {
            Language::De => &Self::GERMAN,
            Language::En => &Self::ENGLISH,
        }
    }
}

#[cfg(test)]
#[path = "legal_pack_tests.rs"]
pub mod tests;
