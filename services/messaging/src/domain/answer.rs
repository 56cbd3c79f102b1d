//! Answers to what a person says against a claim: whether one may be written, to whom, and what it says.

use chrono::{DateTime, Days, NaiveDate, Utc};
use kulanz_types::berlin_date;

use super::compose::Recipient;
use super::rule::Rule;

/// Fact of a message: the challenge that it is about.
pub const CHALLENGE: &str = "challenge_id";
/// Fact of a message: who reads it, where it is not the person.
pub const READER: &str = "reader";
/// Value of [`READER`]: whoever acts for the person.
pub const REPRESENTATIVE: &str = "representative";

/// Days after a decision on which nothing is asked for.
const QUIET_DAYS: Days = Days::new(7);

/// The day before which nothing is asked for after a decision of this instant.
pub fn quiet_until(decided_at: DateTime<Utc>) -> NaiveDate {
    let decided_on = berlin_date(decided_at);
    decided_on.checked_add_days(QUIET_DAYS).unwrap_or(decided_on)
}

/// What a challenge is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengeKind {
    /// The person objects to a claim.
    Dispute,
    /// Someone is not the person who owes.
    WrongPerson,
    /// It is said to be paid.
    AlreadyPaid,
    /// Someone used the person's name.
    IdentityTheft,
}

impl ChallengeKind {
    /// Every kind.
    pub const ALL: [Self; 4] =
        [Self::Dispute, Self::WrongPerson, Self::AlreadyPaid, Self::IdentityTheft];

    /// What was said where nothing more exact was.
    pub const fn said(self) -> &'static str {
        match self {
            Self::Dispute => "other",
            Self::WrongPerson => "wrong_person",
            Self::AlreadyPaid => "already_paid",
            Self::IdentityTheft => "identity_theft",
        }
    }
}

/// How it was decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was right.
    Upheld,
    /// It was right in part.
    PartlyUpheld,
    /// It was not.
    Rejected,
}

impl Outcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Upheld, Self::PartlyUpheld, Self::Rejected];

    /// Level of the blocks that tell it.
    pub const fn level(self) -> &'static str {
        match self {
            Self::Upheld => "upheld",
            Self::PartlyUpheld => "partly_upheld",
            Self::Rejected => "rejected",
        }
    }
}

/// What happens next with the claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// Nothing is asked for any more.
    Closed,
    /// Something else keeps them silent.
    Resting,
    /// They are asked for again after some days of rest.
    GoesOn,
}

/// A claim after the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It has ended.
    Closed,
    /// Something keeps it silent.
    Silent,
    /// It may be asked for.
    Open,
}

impl Next {
    /// Every way on.
    pub const ALL: [Self; 3] = [Self::Closed, Self::Resting, Self::GoesOn];

    /// What follows for claims that stand like this.
    pub fn of(claims: &[Standing]) -> Self {
        if claims.contains(&Standing::Open) {
            Self::GoesOn
        } else if claims.contains(&Standing::Silent) {
            Self::Resting
        } else {
            Self::Closed
        }
    }

    /// Level of the blocks that tell it.
    pub const fn level(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Resting => "resting",
            Self::GoesOn => "goes_on",
        }
    }
}

/// What a message says about a challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChallengeAnswer {
    /// What we understood: the level of its block.
    pub said: &'static str,
    /// How it was decided, none for the receipt.
    pub decided: Option<Decided>,
    /// The authority to which one may complain.
    pub authority: String,
    /// The person, where somebody reads it who acts for them.
    pub on_behalf_of: Option<String>,
}

/// A decision in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// How it ended.
    pub outcome: Outcome,
    /// What happens next.
    pub next: Next,
    /// Why, in the words of whoever decided.
    pub reason: String,
}

impl ChallengeAnswer {
    /// Whether it names what is open: only where that is asked for again.
    pub fn names_amounts(&self) -> bool {
        self.decided.as_ref().is_some_and(|decided| decided.next == Next::GoesOn)
    }

    /// Whether it says how to object again: wherever the person did not get all that was asked for.
    pub fn may_be_objected_to(&self) -> bool {
        let whole =
            |decided: &Decided| decided.outcome == Outcome::Upheld && decided.next != Next::GoesOn;
        self.decided.as_ref().is_some_and(|decided| !whole(decided))
    }
}

/// Refuses an answer that could reach somebody else than the person: whoever reported a wrong person is not
/// the debtor, and who used a name may read at the addresses that came with it. Once it is decided that it is
/// the person all the same, or that one claim was made in a stolen name, the answer is theirs.
pub const fn may_reach_the_person(
    kind: ChallengeKind,
    about_the_person: bool,
    outcome: Option<Outcome>,
) -> Result<(), Rule> {
    match (kind, outcome) {
        (ChallengeKind::Dispute | ChallengeKind::AlreadyPaid, _) | (_, Some(Outcome::Rejected)) => {
            Ok(())
        }
        (ChallengeKind::IdentityTheft, Some(_)) if !about_the_person => Ok(()),
        (ChallengeKind::WrongPerson | ChallengeKind::IdentityTheft, _) => Err(Rule::PersonDoubted),
    }
}

/// Who acts for a person, from the text in which staff or the person named them; none where it holds no
/// postal address. Parts are divided by commas or lines: the name, then the address.
pub fn representative(text: &str) -> Option<Recipient> {
    let mut parts = text.split(['\n', ',', ';']).map(str::trim).filter(|part| !part.is_empty());
    let name = parts.next()?.to_owned();
    let address: Vec<String> = parts.map(str::to_owned).collect();
    let complete = address.len() >= 2 && address.iter().any(|part| is_town(part));
    complete.then_some(Recipient { name, address })
}

/// A postcode and what follows it: `50667 Köln`, `A-1010 Wien`.
fn is_town(part: &str) -> bool {
    let Some((code, town)) = part.split_once(' ') else { return false };
    let digits = code.chars().filter(char::is_ascii_digit).count();
    let plain = code.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    (4..=5).contains(&digits) && plain && town.chars().any(char::is_alphabetic)
}

/// Someone's words as they may stand in a message: line by line, without braces, which mark placeholders.
pub fn quoted(words: &str) -> String {
    let line = |line: &str| {
        let kept = line.chars().filter(|letter| !letter.is_control());
        kept.map(|letter| match letter {
            '{' => '(',
            '}' => ')',
            other => other,
        })
        .collect::<String>()
        .trim()
        .to_owned()
    };
    let lines: Vec<String> = words.lines().map(line).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn after_a_decision_nothing_is_asked_for_until_seven_days_later_in_berlin() {
        let decided_at: DateTime<Utc> = "2026-03-02T23:30:00Z".parse().unwrap();
        assert_eq!(quiet_until(decided_at), NaiveDate::from_ymd_opt(2026, 3, 10).unwrap());
    }

    #[test]
    fn whoever_may_not_be_the_person_gets_no_answer_before_it_is_decided() {
        use ChallengeKind::{AlreadyPaid, Dispute, IdentityTheft, WrongPerson};
        for about_the_person in [false, true] {
            for kind in [Dispute, AlreadyPaid] {
                assert_eq!(may_reach_the_person(kind, about_the_person, None), Ok(()));
            }
            for kind in [WrongPerson, IdentityTheft] {
                let refused = Err(Rule::PersonDoubted);
                assert_eq!(may_reach_the_person(kind, about_the_person, None), refused);
                let rejected = Some(Outcome::Rejected);
                assert_eq!(may_reach_the_person(kind, about_the_person, rejected), Ok(()));
            }
        }
        let upheld = Some(Outcome::Upheld);
        assert_eq!(may_reach_the_person(WrongPerson, true, upheld), Err(Rule::PersonDoubted));
        assert_eq!(may_reach_the_person(IdentityTheft, true, upheld), Err(Rule::PersonDoubted));
        assert_eq!(may_reach_the_person(IdentityTheft, false, upheld), Ok(()));
    }

    #[test]
    fn what_happens_next_follows_from_the_claims() {
        use Standing::{Closed, Open, Silent};
        assert_eq!(Next::of(&[]), Next::Closed);
        assert_eq!(Next::of(&[Closed]), Next::Closed);
        assert_eq!(Next::of(&[Silent, Closed]), Next::Resting);
        assert_eq!(Next::of(&[Silent, Open]), Next::GoesOn);
    }

    #[test]
    fn a_representative_needs_a_name_a_street_and_a_town() {
        let found = representative("Schuldnerberatung Köln, Domstraße 3, 50667 Köln").unwrap();
        assert_eq!(found.name, "Schuldnerberatung Köln");
        assert_eq!(found.address, ["Domstraße 3", "50667 Köln"]);
        assert!(representative("RAin Ostermann\nRing 1\nA-1010 Wien").is_some());
        for unknown in
            ["", "Rechtsanwältin Dr. Ostermann, Leipzig", "Ring 1, 50667 Köln", "A, b, c"]
        {
            assert_eq!(representative(unknown), None, "{unknown}");
        }
    }

    proptest! {
        #[test]
        fn quoted_words_hold_no_placeholder_and_no_control(words in any::<String>()) {
            let quoted = quoted(&words);
            let braced = quoted.contains(['{', '}']);
            prop_assert!(!braced);
            prop_assert!(!quoted.chars().any(|letter| letter.is_control() && letter != '\n'));
        }
    }
}
