//! Identifiers of the rules that exclude, block or refuse. Each is stable: decisions, messages and
//! findings keep them as evidence.

/// A rule that keeps a treatment from being chosen, or outreach from happening at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rule {
    /// The first assertion needs text form with the full information of § 13a Abs. 1 RDG.
    FirstNotice,
    /// Another first notice about the claim went out since this one was made: one is given (§ 13a RDG).
    NoticeGiven,
    /// Short pointers carry no detail of the debt, so no motive or offer that needs one.
    PointerOnly,
    /// The tenant has not switched the channel on.
    ChannelOff,
    /// No address is known for the channel.
    NoContactPoint,
    /// The person has not consented to the channel (§ 7 UWG, or the provider's policy).
    NoConsent,
    /// The address was disowned by the one who reads it.
    Disowned,
    /// The address is suppressed, for example after a hard bounce.
    Suppressed,
    /// The person asked not to be contacted this way.
    ChannelDeclined,
    /// A company is never addressed informally.
    CompanyAddress,
    /// A stranger writes "Sie": the first notice is formal unless the person chose otherwise.
    FirstNoticeFormal,
    /// The person chose the other form of address.
    AddressPreference,
    /// The person asked for other hours.
    TimePreference,
    /// Protected people: only help, no pressure (§ 4a Abs. 2 UWG).
    VulnerableSafeSet,
    /// A statistic without live, sourced evidence (§ 5 UWG).
    UnprovenStatistic,
    /// A loss is named only with a true, decided and dated consequence.
    UndatedConsequence,
    /// A commitment is recalled only when one was made.
    NoCommitment,
    /// Nothing was granted that could be returned.
    NoConcession,
    /// The offer is not available for this person.
    OfferUnavailable,
    /// The contact budget of the person is spent.
    ContactBudget,
    /// Outside 8 to 20 o'clock, on a Sunday or on a public holiday.
    QuietHours,
    /// The person asked for no persuasive messages.
    OptedOut,
    /// A hold or state of the claim silences outreach.
    Silenced,
    /// An answer could reach somebody else than the person.
    PersonDoubted,
    /// The person is shielded, and nobody is known to write to instead.
    Shielded,
    /// The composed text was refused by the linter.
    LintRefused,
    /// The first notice lacks a required statement of § 13a Abs. 1 RDG.
    LegalPackIncomplete,
}

impl Rule {
    /// Whether it says that there is no address to be used, as opposed to a wish.
    pub const fn is_about_the_address(self) -> bool {
        matches!(self, Self::NoContactPoint | Self::Disowned | Self::Suppressed)
    }

    /// Stable identifier, grouped by where the rule comes from.
    pub const fn id(self) -> &'static str {
        match self {
            Self::FirstNotice => "law.rdg13a.first_notice",
            Self::NoticeGiven => "law.rdg13a.notice_given",
            Self::PointerOnly => "law.privacy.pointer_only",
            Self::ChannelOff => "tenant.channel_off",
            Self::NoContactPoint => "contact.no_contact_point",
            Self::NoConsent => "law.uwg7.no_consent",
            Self::Disowned => "contact.disowned",
            Self::Suppressed => "contact.suppressed",
            Self::ChannelDeclined => "preference.channel_declined",
            Self::CompanyAddress => "address.company_not_informal",
            Self::FirstNoticeFormal => "address.first_notice_formal",
            Self::AddressPreference => "preference.form_of_address",
            Self::TimePreference => "preference.hours",
            Self::VulnerableSafeSet => "law.uwg4a.vulnerable_safe_set",
            Self::UnprovenStatistic => "law.uwg5.unproven_statistic",
            Self::UndatedConsequence => "law.uwg5.undated_consequence",
            Self::NoCommitment => "motive.no_commitment",
            Self::NoConcession => "motive.no_concession",
            Self::OfferUnavailable => "offer.unavailable",
            Self::ContactBudget => "budget.contacts",
            Self::QuietHours => "time.quiet_hours",
            Self::OptedOut => "preference.opted_out",
            Self::Silenced => "claims.silenced",
            Self::PersonDoubted => "answer.person_doubted",
            Self::Shielded => "answer.shielded",
            Self::LintRefused => "content.lint_refused",
            Self::LegalPackIncomplete => "law.rdg13a.pack_incomplete",
        }
    }
}
