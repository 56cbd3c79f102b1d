//! The agency and the businesses whose claims it collects.

use kulanz_law::DayCount;
use kulanz_types::Money;
use serde::{Deserialize, Serialize};

use super::person::Address;
use super::settlement_authority::SettlementAuthority;

/// What a tenant tells of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TenantProfile {
    /// Name as registered.
    pub agency_name: String,
    /// Business address.
    pub address: Address,
    /// Number in the Rechtsdienstleistungsregister.
    pub register_number: String,
    /// The authority that supervises it (§ 13a Abs. 1 Nr. 8 RDG).
    pub supervisory_authority: String,
    /// E-mail address for questions.
    pub contact_email: String,
    /// Telephone number for questions, E.164.
    pub contact_phone: String,
    /// Where debtors pay to.
    pub account: CollectionAccount,
    /// Start of every link to a debtor's pages, without a trailing slash.
    pub portal_base_url: String,
    /// Default language, BCP 47.
    pub locale: String,
    /// IANA time zone of quiet hours.
    pub time_zone: String,
    /// Where it explains how it handles personal data.
    pub privacy_url: String,
}

/// The account that debtors pay to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectionAccount {
    /// Holder as the bank knows it.
    pub holder: String,
    /// IBAN, compact.
    pub iban: String,
    /// BIC.
    pub bic: String,
}

/// What the agency charges a creditor for one claim, net of VAT: no debtor owes more of it (§ 13e Abs. 1 RDG). None
/// is as much as the law gives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AgencyCharges {
    /// For collecting it out of court, fee and expenses together.
    pub collection: Option<Money>,
    /// For an arrangement.
    pub arrangement: Option<Money>,
    /// For court dunning, both orders together.
    pub court_dunning: Option<Money>,
    /// For one measure of enforcement.
    pub enforcement: Option<Money>,
}

/// What is kept of a creditor beside its name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct CreditorProfile {
    /// Address by which it can be sued.
    pub address: Address,
    /// How days become years.
    pub day_count: DayCount,
    /// Contractual rate in per cent a year; empty for the statutory rate.
    pub contractual_rate: String,
    /// Why a contractual rate above the statutory one is owed (§ 13a Abs. 1 Nr. 4 RDG).
    pub contractual_rate_reason: String,
    /// The day of payment bears interest.
    pub payment_day_counts: bool,
    /// It can deduct input VAT.
    pub deducts_input_vat: bool,
    /// Trade.
    pub industry: String,
    /// E-mail address for questions.
    pub contact_email: String,
    /// What the agency may agree to without asking.
    pub settlement: Option<SettlementAuthority>,
    /// Rows that are time-barred are taken in, and kept silent.
    pub accepts_time_barred: bool,
    /// What the agency charges.
    pub agency_charges: AgencyCharges,
    /// The fee of collection rises by itself where the first demand was not paid (VV 2300 note 2).
    pub raises_costs: bool,
}
