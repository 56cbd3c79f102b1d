use chrono::NaiveDate;
use kulanz_types::{EntryId, Money, PaymentId};

/// The input under which entries of old keep what the creditor's costs are for (§ 13a Abs. 1 Nr. 5 RDG); newer
/// ones keep it as their note, sealed for the debtor.
pub const REASON: &str = "reason";

/// What kind of fact an entry records. The order is that in which facts of one day count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntryKind {
    /// Main claim.
    Principal,
    /// Costs of the legal pursuit.
    Cost,
    /// A part of the claim that turned out not to be owed: takes off the principal first.
    Credit,
    /// Money received.
    Payment(PaymentId),
    /// Money that went back: undoes its payment as of the payment's value date.
    Reversal(PaymentId),
    /// An earlier cost or credit that was taken back: undoes it as of its value date.
    Correction(EntryId),
}

/// One entry. Amounts are positive whatever the kind; the kind gives the sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Its id.
    pub id: EntryId,
    /// What it records.
    pub kind: EntryKind,
    /// The day from which it counts.
    pub value_date: NaiveDate,
    /// How much.
    pub amount: Money,
}

macro_rules! subjects {
    ($($(#[$doc:meta])* $name:ident = $text:literal, $norm:literal;)*) => {
        /// What an entry is for.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Subject {
            $($(#[$doc])* $name,)*
        }

        impl Subject {
            /// As it is kept.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// The subject of this name.
            pub fn named(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$name),)* _ => None }
            }

            /// The norm that it rests on where nothing more special is known.
            pub const fn norm(self) -> &'static str {
                match self { $(Self::$name => $norm,)* }
            }
        }
    };
}

subjects! {
    /// The main claim.
    Invoice = "invoice", "§ 241 Abs. 1 BGB";
    /// What had been paid to the creditor before.
    PaidBefore = "paid_before", "§ 362 Abs. 1 BGB";
    /// The creditor's own costs, from the import.
    CreditorCosts = "creditor_costs", "§ 280 Abs. 1, 2, § 286 BGB";
    /// The agency's fee.
    BusinessFee = "business_fee", "§ 13e Abs. 1 RDG, § 13 RVG, Nr. 2300 VV RVG";
    /// The flat sum for its expenses.
    Expenses = "expenses", "Nr. 7002 VV RVG";
    /// VAT on the costs.
    ValueAddedTax = "value_added_tax", "Nr. 7008 VV RVG";
    /// The fee of an arrangement that the debtor agreed to bear.
    ArrangementFee = "arrangement_fee", "Nr. 1000 Nr. 2 VV RVG, § 31b RVG";
    /// What a bank charged for a returned debit.
    BankCharge = "bank_charge", "§ 280 Abs. 1 BGB";
    /// Material cost of a reminder.
    Reminder = "reminder", "§ 280 Abs. 1, 2, § 286 BGB";
    /// Tracing an address.
    AddressTrace = "address_trace", "§ 280 Abs. 1, 2, § 286 BGB";
    /// Court fees.
    CourtFee = "court_fee", "§ 91 Abs. 1 ZPO";
    /// Enforcement.
    Enforcement = "enforcement", "§ 788 Abs. 1 ZPO";
    /// Asset disclosure.
    AssetDisclosure = "asset_disclosure", "§ 788 Abs. 1 ZPO";
    /// What a bailiff charged.
    Bailiff = "bailiff", "§ 788 Abs. 1 ZPO";
    /// The agency's fee of the order for payment.
    CourtDunning = "court_dunning", "§ 91 Abs. 1 ZPO";
    /// The agency's fee of the enforcement order.
    EnforcementOrder = "enforcement_order", "§ 91 Abs. 1 ZPO";
    /// The court's fee of a suit.
    SuitFee = "suit_fee", "§ 91 Abs. 1 ZPO";
    /// What a court paid out or charged beside its fees.
    CourtOutlays = "court_outlays", "§ 91 Abs. 1 ZPO";
    /// The flat sum of 40 EUR.
    FlatSum = "flat_sum", "§ 288 Abs. 5 BGB";
    /// A credit that is no payment.
    Goodwill = "goodwill", "§ 397 Abs. 1 BGB";
    /// What a kept settlement waives.
    Settlement = "settlement", "§ 397 Abs. 1 BGB";
    /// What an objection showed not to be owed.
    Objection = "objection", "§ 13a Abs. 2 RDG";
    /// Money through the agency's account.
    Money = "money", "§ 362 Abs. 1 BGB";
    /// An earlier entry was wrong.
    Mistake = "mistake", "§ 812 Abs. 1 BGB";
}

impl Subject {
    /// Whether it is part of the agency's costs, on which a flat sum is credited (§ 288 Abs. 5 S. 3 BGB).
    pub const fn is_pursuit(self) -> bool {
        matches!(self, Self::BusinessFee | Self::Expenses | Self::ValueAddedTax)
    }

    /// What an entry of the kind is for where nobody said: entries from before subjects were kept.
    pub fn of(kind: EntryKind, norm: &str) -> Self {
        match kind {
            EntryKind::Principal => Self::Invoice,
            EntryKind::Cost if norm.contains("7002") => Self::Expenses,
            EntryKind::Cost if norm.contains("7008") => Self::ValueAddedTax,
            EntryKind::Cost if norm.contains("1000") => Self::ArrangementFee,
            EntryKind::Cost if norm.contains("RDG") => Self::BusinessFee,
            EntryKind::Cost => Self::CreditorCosts,
            EntryKind::Credit if norm.contains("362") => Self::PaidBefore,
            EntryKind::Credit => Self::Goodwill,
            EntryKind::Payment(_) | EntryKind::Reversal(_) => Self::Money,
            EntryKind::Correction(_) => Self::Mistake,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_found_by_their_names() {
        for subject in [Subject::Invoice, Subject::FlatSum, Subject::Mistake, Subject::Money] {
            assert_eq!(Subject::named(subject.name()), Some(subject));
        }
        assert_eq!(Subject::named(""), None);
    }
}
