//! A binding offer: it is accepted only after the notice of what it costs was shown for this very
//! quote (§ 13a Abs. 3 RDG), before it lapses, and while the debt is what it was.

use chrono::{DateTime, Utc};
use kulanz_types::Money;

use crate::domain::digest::sha256_hex;

/// The SHA-256 of a cost notice, hexadecimal: the proof of which text was shown.
pub fn notice_hash(cost_notice: &str) -> String {
    sha256_hex(cost_notice.as_bytes())
}

/// Why a quote does not become an arrangement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuoteRefusal {
    /// Its time is over.
    #[error("the quote has expired")]
    Expired,
    /// The cost notice was not confirmed as shown.
    #[error("the cost notice of this quote was not confirmed as shown")]
    NoticeMissing,
    /// Another text was shown than this quote's notice.
    #[error("the notice shown is not the one of this quote")]
    NoticeDiffers,
    /// The quote was accepted before.
    #[error("the quote was accepted already")]
    AlreadyAccepted,
    /// Something was paid or posted since, so that the figures are no longer right.
    #[error("the debt has changed since the quote was made")]
    Outdated,
    /// The option is none of the quote's.
    #[error("the quote has no such option")]
    UnknownOption,
}

/// The part of a quote that decides whether it may be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// Ids of its options.
    pub options: Vec<String>,
    /// Open on the claim when the quote was made, without interest that merely accrues: principal
    /// and costs.
    pub fixed_debt: Money,
    /// What had been credited to the claim.
    pub credits: Money,
    /// SHA-256 of the cost notice.
    pub notice_hash: String,
    /// End of validity, itself excluded.
    pub valid_until: DateTime<Utc>,
    /// When the notice was confirmed as shown.
    pub notice_confirmed_at: Option<DateTime<Utc>>,
    /// When the quote was accepted.
    pub accepted_at: Option<DateTime<Utc>>,
}

impl Quote {
    /// The debtor has seen the notice with that hash; seeing it twice changes nothing.
    pub fn confirm_notice(&mut self, hash: &str, now: DateTime<Utc>) -> Result<(), QuoteRefusal> {
        self.require_open(now)?;
        if !hash.eq_ignore_ascii_case(&self.notice_hash) {
            return Err(QuoteRefusal::NoticeDiffers);
        }
        self.notice_confirmed_at.get_or_insert(now);
        Ok(())
    }

    /// The debtor agrees to an option; `fixed_debt` and `credits` are those of this moment.
    pub fn accept(
        &mut self,
        option: &str,
        (fixed_debt, credits): (Money, Money),
        now: DateTime<Utc>,
    ) -> Result<(), QuoteRefusal> {
        self.require_open(now)?;
        if self.notice_confirmed_at.is_none() {
            return Err(QuoteRefusal::NoticeMissing);
        }
        if !self.options.iter().any(|known| known == option) {
            return Err(QuoteRefusal::UnknownOption);
        }
        if (fixed_debt, credits) != (self.fixed_debt, self.credits) {
            return Err(QuoteRefusal::Outdated);
        }
        self.accepted_at = Some(now);
        Ok(())
    }

    fn require_open(&self, now: DateTime<Utc>) -> Result<(), QuoteRefusal> {
        match self.accepted_at {
            Some(_) => Err(QuoteRefusal::AlreadyAccepted),
            None if now >= self.valid_until => Err(QuoteRefusal::Expired),
            None => Ok(()),
        }
    }
}
