use proptest::prelude::*;

use super::*;

#[test]
fn every_name_is_read_back() {
    for state in ClaimState::ALL {
        assert_eq!(ClaimState::named(state.name()), Some(state));
    }
    for kind in HoldKind::ALL {
        assert_eq!(HoldKind::named(kind.name()), Some(kind));
    }
    for closure in Closure::ALL {
        assert_eq!(Closure::named(closure.name()), Some(closure));
    }
}

#[test]
fn a_claim_is_registered_until_the_debtor_hears_of_it() {
    assert_eq!(state(&Facts::default()), ClaimState::Registered);
    assert_eq!(state(&Facts { contacted: true, ..Facts::default() }), ClaimState::Open);
}

#[test]
fn holds_show_while_they_last_in_the_order_of_what_they_forbid() {
    let holds = [
        HoldKind::Manual,
        HoldKind::CreditorQuestion,
        HoldKind::AlreadyPaid,
        HoldKind::Dispute,
        HoldKind::Protection,
    ];
    let shown =
        |count| state(&Facts { contacted: true, holds: &holds[..count], ..Facts::default() });
    assert_eq!(shown(5), ClaimState::Protected);
    assert_eq!(shown(4), ClaimState::Disputed);
    assert_eq!(shown(3), ClaimState::PaymentClaimed);
    assert_eq!(shown(2), ClaimState::Questioned);
    assert_eq!(shown(1), ClaimState::OnHold);
    assert_eq!(shown(0), ClaimState::Open);
}

#[test]
fn what_was_not_kept_is_recovered_until_something_newer_runs() {
    let with = |agreement| state(&Facts { contacted: true, agreement, ..Facts::default() });
    assert_eq!(with(Agreement::Broken), ClaimState::Recovering);
    assert_eq!(with(Agreement::Running), ClaimState::Arranged);
    assert_eq!(with(Agreement::None), ClaimState::Open);
}

#[test]
fn an_agreement_for_less_settles_and_full_payment_pays() {
    let paid = Facts { paid: true, ..Facts::default() };
    assert_eq!(state(&paid), ClaimState::Paid);
    assert_eq!(state(&Facts { settled: true, ..paid }), ClaimState::Settled);
    // What could not be waived yet is not asked for either.
    assert_eq!(state(&Facts { settled: true, ..Facts::default() }), ClaimState::Settled);
}

#[test]
fn a_barred_claim_can_still_be_paid() {
    let barred = Facts { time_barred: true, holds: &[HoldKind::Dispute], ..Facts::default() };
    assert_eq!(state(&barred), ClaimState::TimeBarred);
    // § 214 Abs. 2 BGB: what was paid on a barred claim is paid.
    assert_eq!(state(&Facts { paid: true, ..barred }), ClaimState::Paid);
}

#[test]
fn a_decision_stays_whatever_is_paid() {
    for closure in Closure::ALL {
        let facts = Facts { closure: Some(closure), paid: true, ..Facts::default() };
        assert_eq!(state(&facts), closure.state());
        assert!(ClaimState::ALL.iter().all(|to| !may_move(closure.state(), *to)));
    }
}

#[test]
fn every_state_stands_once_in_the_table_and_nothing_moves_to_itself() {
    for state in ClaimState::ALL {
        assert_eq!(TRANSITIONS.iter().filter(|(from, _)| *from == state).count(), 1);
        assert!(!may_move(state, state));
    }
}

/// The rows of the table of docs/claims.md, cell by cell.
fn documented() -> Vec<Vec<String>> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/claims.md");
    let text = std::fs::read_to_string(path).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| `"));
    let cells = |line: &str| {
        let inner = line.trim_matches('|').split('|');
        inner.map(|cell| cell.trim().to_owned()).collect()
    };
    rows.map(cells).collect()
}

fn names(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

#[test]
fn the_documented_states_silences_and_transitions_are_these() {
    let rows = documented();
    let described: Vec<&str> = rows.iter().map(|cells| names(&cells[0])[0]).collect();
    let all: Vec<&str> = ClaimState::ALL.iter().map(|state| state.name()).collect();
    assert_eq!(described, all);
    for (cells, (from, next)) in rows.iter().zip(TRANSITIONS) {
        assert_eq!(names(&cells[0]), [from.name()]);
        let silence = if from.is_closed() {
            "for good"
        } else if SHOWN.contains(from) {
            "while it lasts"
        } else {
            "no"
        };
        assert_eq!(cells[2], silence, "{}", from.name());
        let next: Vec<&str> = next.iter().map(|state| state.name()).collect();
        assert_eq!(names(&cells[3]), next, "{}", from.name());
    }
}

/// Facts as they are kept, changed by one piece of news at a time.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct History {
    contacted: bool,
    agreement: Agreement,
    paid: bool,
    settled: bool,
    time_barred: bool,
    closure: Option<Closure>,
    holds: Vec<HoldKind>,
}

impl History {
    fn state(&self) -> ClaimState {
        state(&Facts {
            contacted: self.contacted,
            agreement: self.agreement,
            paid: self.paid,
            settled: self.settled,
            time_barred: self.time_barred,
            closure: self.closure,
            holds: &self.holds,
        })
    }

    /// One piece of news. Settled is only what is open; decisions are made on claims that are not closed.
    fn hear(&mut self, news: usize, which: usize) {
        match news {
            0 => self.contacted = true,
            1 => self.agreement = Agreement::Running,
            2 => self.agreement = Agreement::Broken,
            3 => self.agreement = Agreement::None,
            4 => self.paid = !self.paid,
            5 if !self.paid => self.settled = true,
            6 => self.time_barred = !self.time_barred,
            7 | 8 => self.holds.push(HoldKind::ALL[which % HoldKind::ALL.len()]),
            9 | 10 if !self.holds.is_empty() => {
                self.holds.remove(which % self.holds.len());
            }
            12 => self.settled = false,
            11 if !self.state().is_closed() => {
                self.closure = Some(Closure::ALL[which % Closure::ALL.len()]);
            }
            _ => {}
        }
    }
}

proptest! {
    #[test]
    fn no_history_of_facts_leads_through_a_step_that_the_table_forbids(
        news in prop::collection::vec((0usize..13, 0usize..64), 1..60),
    ) {
        let mut history = History::default();
        let mut from = history.state();
        for (kind, which) in news {
            history.hear(kind, which);
            let to = history.state();
            prop_assert!(from == to || may_move(from, to), "{from:?} -> {to:?} by {kind}");
            if history.holds.is_empty() && !to.is_closed() {
                prop_assert!(!SHOWN.contains(&to), "{to:?} without a hold");
            }
            from = to;
        }
    }
}
