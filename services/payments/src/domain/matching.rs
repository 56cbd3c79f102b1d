//! Whose money is it? Each movement on the account is judged by rules in falling order of
//! certainty; what is not certain waits in suspense with its candidates and the reasons, for a
//! person to decide (§ 13g RDG: foreign money is forwarded or kept apart, never guessed away).

use std::collections::{BTreeMap, BTreeSet};

use kulanz_types::{ClaimId, CreditorId, CreditorReference, DebtorId, Iban};

use super::camt::Movement;
use super::reference::ReferenceKey;

/// From this score on a movement is booked without a person.
pub const CERTAIN: u8 = 80;
/// How much an expected amount adds to a score.
const FITTING_AMOUNT: u8 = 5;
const HIGHEST: u8 = 100;

/// What a movement carries that may lead to a claim.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Clues {
    /// Valid creditor references, from the structured field or written into the text.
    pub creditor_references: Vec<CreditorReference>,
    /// The end-to-end id that the payer's side set.
    pub end_to_end_id: Option<String>,
    /// What may be a case reference, from the text or another free field, with its first place: what is
    /// named first has the smallest.
    pub reference_keys: BTreeMap<ReferenceKey, usize>,
    /// Those of them with which a word begins: what is kept to find the claim once it is known.
    pub word_keys: BTreeSet<ReferenceKey>,
    /// The payer's account.
    pub iban: Option<Iban>,
}

/// How a candidate was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchRule {
    /// The claim's creditor reference (ISO 11649) stands in the structured field.
    StructuredReference,
    /// The end-to-end id is that of a payment we announced.
    EndToEndId,
    /// The claim's case reference stands in the purpose text.
    ReferenceInText,
    /// The payer's account has paid for this debtor before, and the amount is what one claim expects.
    AccountAndAmount,
    /// The payer's account has paid for this debtor before.
    AccountOnly,
}

impl MatchRule {
    /// How certain a hit of this rule alone is, 0 to 100.
    pub const fn base_score(self) -> u8 {
        match self {
            Self::StructuredReference => 95,
            Self::EndToEndId => 92,
            Self::ReferenceInText => 90,
            Self::AccountAndAmount => 80,
            Self::AccountOnly => 50,
        }
    }

    /// Stable name for stored reasons.
    pub const fn name(self) -> &'static str {
        match self {
            Self::StructuredReference => "structured_reference",
            Self::EndToEndId => "end_to_end_id",
            Self::ReferenceInText => "reference_in_text",
            Self::AccountAndAmount => "account_and_amount",
            Self::AccountOnly => "account_only",
        }
    }
}

/// Who owes and to whom: within it a payment may be divided, never beyond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Relation {
    /// Who owes.
    pub debtor: DebtorId,
    /// To whom.
    pub creditor: CreditorId,
}

/// A claim that the money may belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// The claim.
    pub claim: ClaimId,
    /// Whose claim and debt it is.
    pub relation: Relation,
    /// Where the transfer names it: what is named first has the smallest place.
    pub place: usize,
    /// The rule that led to it.
    pub rule: MatchRule,
    /// Whether the amount is one that the claim expects (balance, instalment or promise).
    pub amount_fits: bool,
}

/// A candidate with its certainty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scored {
    /// The candidate.
    pub candidate: Candidate,
    /// 0 to 100; from [`CERTAIN`] on it may be booked.
    pub score: u8,
}

impl Scored {
    /// The reasons in the order in which they count, for people who check the decision.
    pub fn reasons(&self) -> Vec<&'static str> {
        let amount = self.candidate.amount_fits.then_some("amount_expected");
        [Some(self.candidate.rule.name()), amount].into_iter().flatten().collect()
    }
}

/// Why money waits in suspense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SuspenseReason {
    /// No rule led anywhere.
    NothingFound,
    /// Several claims are equally likely.
    Ambiguous,
    /// A candidate is there, but not certain enough.
    Uncertain,
    /// A collective booking that cannot be split.
    UnsplitBatch,
}

impl SuspenseReason {
    /// Stable name for stored reasons.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NothingFound => "nothing_found",
            Self::Ambiguous => "ambiguous",
            Self::Uncertain => "uncertain",
            Self::UnsplitBatch => "unsplit_batch",
        }
    }
}

/// What becomes of a movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It belongs to this claim.
    Matched(Scored),
    /// It belongs to one debtor and one creditor; the law says to which of their claims (§ 366 BGB).
    Divide {
        /// Who pays, and to whom it is owed.
        relation: Relation,
        /// What the debtor named, in that order (§ 366 Abs. 1 BGB); empty for nothing.
        designated: Vec<ClaimId>,
        /// The candidates, most likely first.
        candidates: Vec<Scored>,
    },
    /// It waits for a person.
    Suspense {
        /// Why.
        reason: SuspenseReason,
        /// The candidates, most likely first.
        candidates: Vec<Scored>,
    },
}

/// What a movement says about itself: of a file, or as an entry keeps it.
#[derive(Debug, Clone, Copy)]
pub struct Trace<'a> {
    /// Structured references.
    pub references: &'a [String],
    /// The end-to-end id.
    pub end_to_end: Option<&'a str>,
    /// The purpose, its lines joined with nothing.
    pub text: &'a str,
    /// The payer's account.
    pub iban: Option<Iban>,
}

/// Fields of a transfer lie so far apart in [`Clues::reference_keys`].
const FIELD: usize = 10_000;

/// Collects the clues of a movement; case references of the tenant have one of these lengths.
pub fn clues(movement: &Movement, reference_lengths: &BTreeSet<usize>) -> Clues {
    let transaction = &movement.transaction;
    let trace = Trace {
        references: &transaction.structured_references,
        end_to_end: transaction.end_to_end_id.as_deref(),
        text: &transaction.remittance_text.concat(),
        iban: transaction.counterparty.iban,
    };
    clues_of(trace, reference_lengths)
}

/// [`clues`] of an entry that was kept.
pub fn clues_of(trace: Trace<'_>, reference_lengths: &BTreeSet<usize>) -> Clues {
    let Trace { references, end_to_end, text, iban } = trace;
    let mut reference_keys = BTreeMap::new();
    let mut word_keys = BTreeSet::new();
    // Some banks move a structured reference into the text or into the end-to-end id.
    let free = references.iter().map(String::as_str).chain(end_to_end).chain([text]);
    for (field, text) in free.enumerate() {
        for (place, key) in ReferenceKey::possible_in(text, reference_lengths) {
            reference_keys.entry(key).or_insert(field * FIELD + place);
        }
        word_keys.extend(ReferenceKey::beginning_words_of(text, reference_lengths));
    }
    Clues {
        creditor_references: references.iter().filter_map(|text| text.parse().ok()).collect(),
        reference_keys,
        word_keys,
        end_to_end_id: end_to_end.map(str::to_owned),
        iban,
    }
}

/// Judges the candidates; several rules may have led to one claim, the strongest counts.
pub fn judge(candidates: &[Candidate], is_unsplit_batch: bool) -> Verdict {
    let scored = strongest_per_claim(candidates);
    let suspense = |reason, candidates| Verdict::Suspense { reason, candidates };
    if is_unsplit_batch {
        return suspense(SuspenseReason::UnsplitBatch, scored);
    }
    match scored.as_slice() {
        [] => suspense(SuspenseReason::NothingFound, scored),
        [only] if only.score < CERTAIN => suspense(SuspenseReason::Uncertain, scored),
        [only] => Verdict::Matched(*only),
        // Among claims named by their references, or of a known payer, an amount that one of them
        // expects names it; a reference counts before an account.
        [best, second, ..] if is_meant(best, second) => Verdict::Matched(*best),
        [best, ..] => match only_relation(&scored) {
            Some(relation) => {
                Verdict::Divide { relation, designated: designated(&scored), candidates: scored }
            }
            None if best.score < CERTAIN => suspense(SuspenseReason::Uncertain, scored),
            None => suspense(SuspenseReason::Ambiguous, scored),
        },
    }
}

/// Whether the best of several candidates is meant rather than the second.
fn is_meant(best: &Scored, second: &Scored) -> bool {
    let is_ahead = best.score >= CERTAIN && best.score > second.score;
    is_ahead && (!is_named(second) || best.candidate.amount_fits)
}

/// The debtor and creditor of all candidates, where there is one.
fn only_relation(scored: &[Scored]) -> Option<Relation> {
    let relations: BTreeSet<Relation> =
        scored.iter().map(|scored| scored.candidate.relation).collect();
    relations.first().copied().filter(|_| relations.len() == 1)
}

/// The claims that the transfer names, in its order.
fn designated(scored: &[Scored]) -> Vec<ClaimId> {
    let mut named: Vec<&Candidate> =
        scored.iter().filter(|scored| is_named(scored)).map(|scored| &scored.candidate).collect();
    named.sort_by_key(|candidate| (candidate.place, candidate.claim));
    named.into_iter().map(|candidate| candidate.claim).collect()
}

fn is_named(scored: &Scored) -> bool {
    !matches!(scored.candidate.rule, MatchRule::AccountAndAmount | MatchRule::AccountOnly)
}

fn strongest_per_claim(candidates: &[Candidate]) -> Vec<Scored> {
    let mut scored: Vec<Scored> = candidates.iter().copied().map(score).collect();
    scored.sort_by_key(|scored| (std::cmp::Reverse(scored.score), scored.candidate.claim));
    let mut seen = std::collections::HashSet::new();
    scored.retain(|scored| seen.insert(scored.candidate.claim));
    scored
}

fn score(candidate: Candidate) -> Scored {
    let bonus = if candidate.amount_fits { FITTING_AMOUNT } else { 0 };
    Scored { candidate, score: candidate.rule.base_score().saturating_add(bonus).min(HIGHEST) }
}

#[cfg(test)]
mod tests {
    use kulanz_types::{Money, Seeds};
    use proptest::prelude::*;

    use super::super::camt::{Direction, Transaction};
    use super::*;

    fn claims<const N: usize>() -> [ClaimId; N] {
        let seeds = Seeds::fixed(7);
        [(); N].map(|()| ClaimId::generate(&seeds, chrono::DateTime::UNIX_EPOCH))
    }

    fn found(claim: ClaimId, rule: MatchRule, amount_fits: bool) -> Candidate {
        Candidate { claim, relation: relation(1), place: 0, rule, amount_fits }
    }

    /// Another creditor's for each seed.
    fn relation(seed: u64) -> Relation {
        let epoch = chrono::DateTime::UNIX_EPOCH;
        let debtor = DebtorId::generate(&Seeds::fixed(3), epoch);
        Relation { debtor, creditor: CreditorId::generate(&Seeds::fixed(seed), epoch) }
    }

    fn movement(transaction: Transaction) -> Movement {
        let (amount, direction) = (Money::eur(5000), Direction::Credit);
        Movement { part: 0, amount, direction, transaction, is_unsplit_batch: false }
    }

    #[test]
    fn a_reference_split_over_two_text_lines_is_found() {
        let remittance_text = vec!["Inkasso K7Q2M".to_owned(), "0X9TA Rate 1".to_owned()];
        let movement = movement(Transaction { remittance_text, ..Transaction::default() });
        let clues = clues(&movement, &BTreeSet::from([10]));
        assert!(clues.reference_keys.contains_key(&ReferenceKey::of("K7Q2M 0X9TA").unwrap()));
    }

    #[test]
    fn a_structured_reference_with_wrong_check_digits_is_no_clue() {
        let structured_references = vec!["RF00INK2026000123".to_owned()];
        let transaction = Transaction { structured_references, ..Transaction::default() };
        let clues = clues(&movement(transaction), &BTreeSet::new());
        assert!(clues.creditor_references.is_empty());
    }

    #[test]
    fn the_structured_reference_wins_over_the_account() {
        let [named, known] = claims();
        let candidates = [
            found(known, MatchRule::AccountAndAmount, true),
            found(named, MatchRule::StructuredReference, false),
        ];
        let Verdict::Matched(best) = judge(&candidates, false) else { panic!("not matched") };
        assert_eq!((best.candidate.claim, best.score), (named, 95));
        assert_eq!(best.reasons(), ["structured_reference"]);
    }

    #[test]
    fn two_claims_of_one_creditor_named_in_one_transfer_are_paid_in_the_order_named() {
        let [one, other] = claims();
        let rule = MatchRule::ReferenceInText;
        let first = Candidate { place: 4, ..found(other, rule, false) };
        let second = Candidate { place: 20, ..found(one, MatchRule::StructuredReference, false) };
        let Verdict::Divide { relation: whose, designated, .. } = judge(&[second, first], false)
        else {
            panic!("not divided")
        };
        assert_eq!((whose, designated), (relation(1), vec![other, one]));
    }

    #[test]
    fn money_that_may_be_of_two_creditors_waits_for_a_person() {
        let [one, other] = claims();
        for rule in [MatchRule::ReferenceInText, MatchRule::AccountOnly] {
            let foreign = Candidate { relation: relation(2), ..found(other, rule, false) };
            let verdict = judge(&[found(one, rule, false), foreign], false);
            assert!(matches!(verdict, Verdict::Suspense { .. }), "{verdict:?}");
        }
    }

    #[test]
    fn a_known_payer_with_several_claims_designates_none_of_them() {
        let [one, other] = claims();
        let rule = MatchRule::AccountOnly;
        let verdict = judge(&[found(one, rule, false), found(other, rule, false)], false);
        let Verdict::Divide { designated, .. } = verdict else { panic!("not divided") };
        assert!(designated.is_empty());
        // The amount of one of them names it.
        let fitting = found(other, MatchRule::AccountAndAmount, false);
        let verdict = judge(&[found(one, rule, false), fitting], false);
        assert!(matches!(verdict, Verdict::Matched(best) if best.candidate.claim == other));
    }

    #[test]
    fn the_account_alone_is_not_enough() {
        let [claim] = claims();
        let verdict = judge(&[found(claim, MatchRule::AccountOnly, false)], false);
        assert!(matches!(verdict, Verdict::Suspense { reason: SuspenseReason::Uncertain, .. }));
        let verdict = judge(&[found(claim, MatchRule::AccountAndAmount, true)], false);
        assert!(matches!(verdict, Verdict::Matched(_)));
    }

    #[test]
    fn a_batch_that_cannot_be_split_is_never_booked_to_one_claim() {
        let [claim] = claims();
        let verdict = judge(&[found(claim, MatchRule::StructuredReference, true)], true);
        assert!(matches!(verdict, Verdict::Suspense { reason: SuspenseReason::UnsplitBatch, .. }));
    }

    proptest! {
        #[test]
        fn the_order_of_candidates_does_not_change_the_verdict(
            picks in proptest::collection::vec((0..3_usize, 0..5_usize, any::<bool>()), 0..8),
            rotation in 0..8_usize,
        ) {
            use MatchRule::{AccountAndAmount, AccountOnly, EndToEndId, ReferenceInText, StructuredReference};
            let rules = [StructuredReference, EndToEndId, ReferenceInText, AccountAndAmount, AccountOnly];
            let ids: [ClaimId; 3] = claims();
            // Whether the amount is expected belongs to the claim, not to the rule that found it.
            let fits = |claim: usize| picks.iter().any(|(other, _, fits)| *other == claim && *fits);
            let candidates: Vec<Candidate> =
                picks.iter().map(|(claim, rule, _)| found(ids[*claim], rules[*rule], fits(*claim))).collect();
            let mut turned = candidates.clone();
            if !turned.is_empty() {
                let by = rotation % turned.len();
                turned.rotate_left(by);
            }
            prop_assert_eq!(judge(&candidates, false), judge(&turned, false));
        }
    }
}
