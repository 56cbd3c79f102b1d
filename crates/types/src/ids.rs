//! `TypeIDs` (<https://github.com/jetify-com/typeid>, specification 0.3): a prefix that names the
//! kind, and a `UUIDv7` in 26 characters of Crockford's base32, lower case.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::Seeds;

/// Why a text is not the id that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// The text before the last underscore is another kind's prefix, or none.
    #[error("expected an id that begins with `{expected}_`")]
    Prefix {
        /// The prefix of the id asked for.
        expected: &'static str,
    },
    /// The 26 characters behind the prefix are not a 128-bit number in base32.
    #[error("the part behind `{prefix}_` is not 26 base32 characters")]
    Suffix {
        /// The prefix of the id asked for.
        prefix: &'static str,
    },
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const SUFFIX_LENGTH: usize = 26;

const NO_DIGIT: u8 = u8::MAX;
/// What each byte counts as a digit.
const DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 32_u8 {
        digits[ALPHABET[value as usize] as usize] = value;
        value += 1;
    }
    digits
};

fn encode(uuid: Uuid) -> [u8; SUFFIX_LENGTH] {
    let mut rest = uuid.as_u128();
    let mut out = [b'0'; SUFFIX_LENGTH];
    for slot in out.iter_mut().rev() {
        *slot = ALPHABET[(rest & 31) as usize];
        rest >>= 5;
    }
    out
}

fn decode(text: &str) -> Option<Uuid> {
    // 26 characters hold 130 bits; the first may only use the lower three of its five.
    if text.len() != SUFFIX_LENGTH || text.as_bytes()[0] > b'7' {
        return None;
    }
    text.bytes()
        .try_fold(0_u128, |number, byte| match DIGITS[usize::from(byte)] {
            NO_DIGIT => None,
            digit => Some(number << 5 | u128::from(digit)),
        })
        .map(Uuid::from_u128)
}

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// What stands before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// A new id, ordered by `now` and by creation within this process.
            pub fn generate(seeds: &Seeds, now: DateTime<Utc>) -> Self {
                Self(seeds.uuid_v7(now))
            }

            /// The id with this number, for ids that are derived and not drawn.
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The number behind the text.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!($prefix, "_"))?;
                let suffix = encode(self.0);
                f.write_str(std::str::from_utf8(&suffix).map_err(|_| fmt::Error)?)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                let suffix = text
                    .strip_prefix(concat!($prefix, "_"))
                    .ok_or(IdError::Prefix { expected: $prefix })?;
                decode(suffix).map(Self).ok_or(IdError::Suffix { prefix: $prefix })
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

typed_ids! {
    /// An agency or creditor that runs its collection on this deployment.
    TenantId = "tenant";
    /// Whoever the money is owed to.
    CreditorId = "creditor";
    /// One person or company within one tenant, across creditors and claims.
    DebtorId = "debtor";
    /// One debt that is due.
    ClaimId = "claim";
    /// One entry of a claim's account.
    EntryId = "entry";
    /// One run of a portfolio import.
    ImportId = "import";
    /// A link with which a debtor opens the portal.
    AccessLinkId = "link";
    /// An objection to a claim.
    DisputeId = "dispute";
    /// One reason for silence on a claim.
    HoldId = "hold";
    /// A file that shows what a person says.
    EvidenceId = "evidence";
    /// Why a person is shielded.
    ProtectionId = "protection";
    /// An address of a creditor's system.
    WebhookEndpointId = "webhook";
    /// One message to such an address.
    WebhookDeliveryId = "delivery";
    /// A question to the creditor.
    QuestionId = "question";
    /// One message to or from a debtor.
    MessageId = "message";
    /// A building block of messages.
    BlockId = "block";
    /// An address at which a debtor can be reached.
    ContactPointId = "contact";
    /// One payment by a debtor.
    PaymentId = "payment";
    /// A binding offer of an arrangement.
    QuoteId = "quote";
    /// One option within a quote.
    OptionId = "option";
    /// An agreement on instalments or deferral.
    ArrangementId = "arrangement";
    /// One due payment of an arrangement.
    InstalmentId = "instalment";
    /// A promise to pay.
    PromiseId = "promise";
    /// One entry of a bank statement.
    BankEntryId = "bankentry";
    /// One bank statement.
    BankStatementId = "statement";
    /// One posting of the money ledger.
    LedgerEntryId = "ledger";
    /// One decision on what to do next about a debtor.
    DecisionId = "decision";
    /// A randomised experiment.
    ExperimentId = "experiment";
    /// A versioned decision policy.
    PolicyId = "policy";
    /// What followed a decision.
    OutcomeId = "outcome";
    /// A kind of person in the typology.
    PersonaId = "persona";
    /// One debtor's assignment to the typology.
    AssignmentId = "assignment";
    /// A trained model.
    ModelId = "model";
    /// One event on the bus; consumers recognise repetitions by it.
    EventId = "event";
    /// One piece of due work.
    WorkId = "work";
    /// A record of an audit log.
    AuditRecordId = "audit";
    /// A consent to look into a bank account.
    ConsentId = "consent";
    /// A request of a data subject.
    SubjectRequestId = "subjectrequest";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_as_the_specification_writes_it() {
        let uuid = Uuid::from_u128(0x0188_bac7_4afa_78aa_bc3b_bd1e_ef28_d881);
        let id = ClaimId::from_uuid(uuid);
        assert_eq!(id.to_string(), "claim_01h2xcejqtf2nbrexx3vqjhp41");
        assert_eq!("claim_01h2xcejqtf2nbrexx3vqjhp41".parse(), Ok(id));
    }

    #[test]
    fn an_id_of_another_kind_or_shape_is_refused() {
        let wrong_kind = "debtor_01h2xcejqtf2nbrexx3vqjhp41".parse::<ClaimId>();
        assert_eq!(wrong_kind, Err(IdError::Prefix { expected: "claim" }));
        for text in
            ["claim_", "claim_81h2xcejqtf2nbrexx3vqjhp41", "claim_01h2xcejqtf2nbrexx3vqjhpil"]
        {
            assert_eq!(text.parse::<ClaimId>(), Err(IdError::Suffix { prefix: "claim" }));
        }
    }

    #[test]
    fn ids_of_one_instant_keep_the_order_of_their_creation() {
        let seeds = Seeds::fixed(1);
        let ids: Vec<_> =
            (0..1_000).map(|_| ClaimId::generate(&seeds, DateTime::UNIX_EPOCH)).collect();
        assert!(ids.is_sorted());
    }
}
