//! When a claim can no longer be enforced against the debtor's will: its facts as the law wants them.

use chrono::{Days, Months, NaiveDate};
use kulanz_law::{
    Acknowledges, CourtDunning, LawError, LimitationEffect, LimitationEvent, LimitationFacts,
    LimitationStart, LimitationStep, LimitationTimeline, Rejection, Suit, limitation,
};
use kulanz_types::calendar::State;

/// Months before the end at which the creditor is warned.
const WARNINGS: [u32; 3] = [6, 3, 1];

/// Kinds of facts that are recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FactKind {
    /// The debtor acknowledged the claim (§ 212 Abs. 1 Nr. 1 BGB).
    Acknowledgement,
    /// Negotiations (§ 203 BGB).
    Negotiation,
    /// An agreed deferral (§ 205 BGB).
    Deferral,
    /// Court dunning (§ 204 Abs. 1 Nr. 3 BGB).
    CourtDunning,
    /// A suit (§ 204 Abs. 1 Nr. 1 BGB).
    Suit,
    /// A final title (§ 197 Abs. 1 Nr. 3 BGB).
    Title,
    /// Enforcement (§ 212 Abs. 1 Nr. 2 BGB).
    Enforcement,
    /// What was paid on the day acknowledges nothing: paid under reserve.
    PaymentUnderReserve,
    /// Whether what was paid on the day acknowledges is open: paid by someone else.
    PaymentByOthers,
    /// A party without full capacity and representative (§ 210 BGB).
    Incapacity,
    /// An estate that nobody accepted yet (§ 211 BGB).
    Estate,
    /// What was enforced on the day was lifted, refused or withdrawn (§ 212 Abs. 2, 3 BGB).
    EnforcementUndone,
    /// A rejected application for an order for payment (§ 691 Abs. 2 ZPO).
    CourtDunningRejected,
    /// The debtor opposed the order for payment (§ 694 ZPO).
    CourtDunningOpposed,
    /// The enforcement order was applied for (§ 701 ZPO).
    EnforcementOrderApplied,
}

impl FactKind {
    /// Every kind.
    pub const ALL: [Self; 15] = [
        Self::Acknowledgement,
        Self::Negotiation,
        Self::Deferral,
        Self::CourtDunning,
        Self::Suit,
        Self::Title,
        Self::Enforcement,
        Self::PaymentUnderReserve,
        Self::PaymentByOthers,
        Self::Incapacity,
        Self::Estate,
        Self::EnforcementUndone,
        Self::CourtDunningRejected,
        Self::CourtDunningOpposed,
        Self::EnforcementOrderApplied,
    ];

    /// The name as it is kept.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Acknowledgement => "acknowledgement",
            Self::Negotiation => "negotiation",
            Self::Deferral => "deferral",
            Self::CourtDunning => "court_dunning",
            Self::Suit => "suit",
            Self::Title => "title",
            Self::Enforcement => "enforcement",
            Self::PaymentUnderReserve => "payment_under_reserve",
            Self::PaymentByOthers => "payment_by_others",
            Self::Incapacity => "incapacity",
            Self::Estate => "estate",
            Self::EnforcementUndone => "enforcement_undone",
            Self::CourtDunningRejected => "court_dunning_rejected",
            Self::CourtDunningOpposed => "court_dunning_opposed",
            Self::EnforcementOrderApplied => "enforcement_order_applied",
        }
    }

    /// The kind with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it lasts for days.
    pub const fn lasts(self) -> bool {
        matches!(
            self,
            Self::Negotiation
                | Self::Deferral
                | Self::CourtDunning
                | Self::Suit
                | Self::Incapacity
                | Self::Estate
                | Self::CourtDunningRejected
        )
    }

    /// Whether it may have begun before there was a claim: what it says of a party counts for every claim.
    pub const fn may_precede_the_claim(self) -> bool {
        matches!(self, Self::Incapacity | Self::Estate)
    }
}

/// A fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fact {
    /// What it is.
    pub kind: FactKind,
    /// The day, or the first day.
    pub from: NaiveDate,
    /// The last day, none while it lasts.
    pub to: Option<NaiveDate>,
    /// The day of service.
    pub served: Option<NaiveDate>,
}

/// What the claim itself says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// When it fell due: by that it arose (§ 199 Abs. 1 Nr. 1 BGB), and the creditor knew of it.
    pub due: NaiveDate,
    /// The first day of default of a consumer loan (§ 497 Abs. 3 S. 3 BGB); none for other claims.
    pub loan_default: Option<NaiveDate>,
}

/// Everything that decides when the claim is barred. Part payments acknowledge (§ 212 Abs. 1 Nr. 1 BGB)
/// unless something else is recorded for their day; disputes are no negotiations and plans no
/// acknowledgements.
pub fn facts(origin: Origin, recorded: &[Fact], payments: &[NaiveDate]) -> LimitationFacts {
    let start = LimitationStart::Ordinary { arose: origin.due, known: origin.due };
    let mut events: Vec<LimitationEvent> =
        recorded.iter().filter_map(|fact| event(fact, recorded)).collect();
    events.extend(payments.iter().map(|on| payment(*on, recorded)));
    if let Some(since) = origin.loan_default {
        let titled = recorded.iter().find(|fact| fact.kind == FactKind::Title);
        let (arose, titled) = (origin.due, titled.map(|fact| fact.from));
        events.push(LimitationEvent::ConsumerLoanDefault { since, arose, titled });
    }
    LimitationFacts { start, events, state: State::Nationwide }
}

fn payment(on: NaiveDate, recorded: &[Fact]) -> LimitationEvent {
    let said = |kind| recorded.iter().any(|fact| fact.kind == kind && fact.from == on);
    let acknowledges = if said(FactKind::PaymentUnderReserve) {
        Acknowledges::No
    } else if said(FactKind::PaymentByOthers) {
        Acknowledges::Unclear
    } else {
        Acknowledges::Yes
    };
    LimitationEvent::Acknowledgement { on, acknowledges }
}

fn event(fact: &Fact, recorded: &[Fact]) -> Option<LimitationEvent> {
    let at = |kind, on| recorded.iter().any(|other| other.kind == kind && other.from == on);
    let (on, from, to) = (fact.from, fact.from, fact.to);
    Some(match fact.kind {
        FactKind::Acknowledgement => {
            LimitationEvent::Acknowledgement { on, acknowledges: Acknowledges::Yes }
        }
        FactKind::Negotiation => LimitationEvent::Negotiation { from, to },
        FactKind::Deferral => LimitationEvent::Deferral { from, to },
        FactKind::CourtDunning => LimitationEvent::CourtDunning(dunning(fact, recorded)),
        FactKind::CourtDunningRejected => LimitationEvent::CourtDunning(CourtDunning {
            filed: from,
            served: None,
            served_soon: false,
            last_step: None,
            enforcement_applied: None,
            opposed: false,
            rejected: Some(Rejection { on: to?, suit: following(fact, recorded).map(suit) }),
        }),
        // The rejection before it tells from when it counts.
        FactKind::Suit if recorded.iter().any(|it| following(it, recorded) == Some(fact)) => {
            return None;
        }
        FactKind::Suit => LimitationEvent::Suit(suit(fact)),
        FactKind::Title => LimitationEvent::Title { final_on: from },
        FactKind::Enforcement => {
            LimitationEvent::Enforcement { on, undone: at(FactKind::EnforcementUndone, on) }
        }
        FactKind::EnforcementUndone if at(FactKind::Enforcement, on) => return None,
        FactKind::EnforcementUndone => LimitationEvent::Enforcement { on, undone: true },
        FactKind::Incapacity => LimitationEvent::Incapacity { since: from, until: to },
        FactKind::Estate => LimitationEvent::Estate { since: from, until: to },
        FactKind::PaymentUnderReserve
        | FactKind::PaymentByOthers
        | FactKind::CourtDunningOpposed
        | FactKind::EnforcementOrderApplied => return None,
    })
}

/// An order for payment with what followed it. Opposition and the application for the enforcement order are steps
/// of the proceedings, too (§ 204 Abs. 2 S. 3 BGB).
fn dunning(fact: &Fact, recorded: &[Fact]) -> CourtDunning {
    let filed_by = |day: NaiveDate| {
        let filed = recorded.iter().filter(|it| it.kind == FactKind::CourtDunning);
        filed.map(|it| it.from).filter(|filed| *filed <= day).max()
    };
    let first = |kind| {
        let of_this = |it: &&Fact| it.kind == kind && filed_by(it.from) == Some(fact.from);
        recorded.iter().filter(of_this).map(|it| it.from).min()
    };
    let opposed = first(FactKind::CourtDunningOpposed);
    let enforcement_applied = first(FactKind::EnforcementOrderApplied);
    CourtDunning {
        filed: fact.from,
        served: fact.served,
        served_soon: served_soon(fact),
        last_step: fact.to.max(opposed).max(enforcement_applied),
        enforcement_applied,
        opposed: opposed.is_some(),
        rejected: None,
    }
}

fn suit(fact: &Fact) -> Suit {
    Suit {
        filed: fact.from,
        served: fact.served.unwrap_or(fact.from),
        served_soon: served_soon(fact),
        ended: fact.to,
    }
}

/// The first suit after the rejection of an application was served.
fn following<'a>(rejection: &Fact, recorded: &'a [Fact]) -> Option<&'a Fact> {
    let on = rejection.to.filter(|_| rejection.kind == FactKind::CourtDunningRejected)?;
    let suits = recorded.iter().filter(|fact| fact.kind == FactKind::Suit && fact.from >= on);
    suits.min_by_key(|fact| fact.from)
}

/// § 167 ZPO: within a month, as the courts measure it by § 691 Abs. 2 ZPO. Later it is not counted in
/// the creditor's favour.
fn served_soon(fact: &Fact) -> bool {
    let month = fact.from.checked_add_months(Months::new(1));
    fact.served.is_none_or(|served| month.is_some_and(|month| served <= month))
}

/// The end of the period at intake: of a title that is final, or of the claim itself. None where a
/// suspension has no end yet or the date leaves the calendar. Pure and without tables, for bulk work.
pub fn expires_at_intake(origin: Origin, title_final_on: Option<NaiveDate>) -> Option<NaiveDate> {
    let title =
        title_final_on.map(|from| Fact { kind: FactKind::Title, from, to: None, served: None });
    limitation(&facts(origin, title.as_slice(), &[])).ok()?.expires_on
}

/// The next day on which a claim has to be looked at: a warning ahead, or the day after the end.
pub fn look_on(expires_on: NaiveDate, today: NaiveDate) -> Option<NaiveDate> {
    let warnings = WARNINGS.iter().filter_map(|months| warning(expires_on, *months));
    let over = expires_on.checked_add_days(Days::new(1));
    warnings.chain(over).filter(|day| *day > today).min()
}

fn warning(expires_on: NaiveDate, months: u32) -> Option<NaiveDate> {
    expires_on.checked_sub_months(Months::new(months))
}

/// How many months are left at the most, once a warning is reached.
pub fn months_left(expires_on: NaiveDate, today: NaiveDate) -> Option<u32> {
    let reached = |months: &u32| warning(expires_on, *months).is_some_and(|day| day <= today);
    WARNINGS.into_iter().filter(reached).min()
}

/// The whole calculation.
pub fn timeline(facts: &LimitationFacts) -> Result<LimitationTimeline, LawError> {
    limitation(facts)
}

/// What a step did, in English.
pub fn effect(step: &LimitationStep) -> String {
    match step.effect {
        LimitationEffect::Begins => "the period begins".to_owned(),
        LimitationEffect::Suspended { from, to: Some(to), days } => {
            let days = days.unwrap_or_default();
            format!("suspended from {from} to {to}, {days} days that do not count (§ 209 BGB)")
        }
        LimitationEffect::Suspended { from, to: None, .. } => {
            format!("suspended since {from}, without an end so far (§ 209 BGB)")
        }
        LimitationEffect::NotBefore { until: Some(until) } => {
            format!("does not end before {until}")
        }
        LimitationEffect::NotBefore { until: None } => "does not end while this lasts".to_owned(),
        LimitationEffect::Restarted => "the period begins anew".to_owned(),
        LimitationEffect::Titled => "the period of the title takes its place".to_owned(),
        LimitationEffect::Without => "without effect on the period".to_owned(),
        LimitationEffect::TooLate => "too late: the period was over".to_owned(),
        LimitationEffect::WithMainClaim => "barred with the main claim (§ 217 BGB)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn origin() -> Origin {
        Origin { due: date("2024-03-31"), loan_default: None }
    }

    fn fact(kind: FactKind, from: &str, to: Option<&str>) -> Fact {
        Fact { kind, from: date(from), to: to.map(date), served: None }
    }

    fn expires(recorded: &[Fact], payments: &[&str]) -> Option<String> {
        let payments: Vec<_> = payments.iter().map(|day| date(day)).collect();
        let timeline = timeline(&facts(origin(), recorded, &payments)).unwrap();
        timeline.expires_on.map(|day| day.to_string())
    }

    #[test]
    fn a_claim_is_barred_three_years_after_the_year_in_which_it_fell_due() {
        assert_eq!(expires(&[], &[]).unwrap(), "2027-12-31");
        assert_eq!(expires_at_intake(origin(), None), Some(date("2027-12-31")));
        assert_eq!(expires_at_intake(origin(), Some(date("2025-06-30"))), Some(date("2055-06-30")));
    }

    #[test]
    fn a_payment_begins_the_period_anew_unless_it_acknowledges_nothing() {
        assert_eq!(expires(&[], &["2026-05-04"]).unwrap(), "2029-05-04");
        for kind in [FactKind::PaymentUnderReserve, FactKind::PaymentByOthers] {
            let said = fact(kind, "2026-05-04", None);
            assert_eq!(expires(&[said], &["2026-05-04"]).unwrap(), "2027-12-31");
            assert_eq!(expires(&[said], &["2026-05-05"]).unwrap(), "2029-05-05");
        }
    }

    #[test]
    fn a_deferral_does_not_count() {
        let deferral = fact(FactKind::Deferral, "2026-01-01", Some("2026-01-31"));
        assert_eq!(expires(&[deferral], &[]).unwrap(), "2028-01-31");
        let open = fact(FactKind::Negotiation, "2026-01-01", None);
        assert_eq!(expires(&[open], &[]), None);
    }

    #[test]
    fn court_dunning_counts_from_filing_where_it_is_served_within_a_month() {
        let filed = fact(FactKind::CourtDunning, "2027-12-30", Some("2028-02-10"));
        let soon = Fact { served: Some(date("2028-01-20")), ..filed };
        let late = Fact { served: Some(date("2028-02-10")), ..filed };
        assert!(expires(&[soon], &[]).unwrap().as_str() > "2028-08-01");
        assert_eq!(expires(&[late], &[]).unwrap(), "2027-12-31");
    }

    #[test]
    fn service_after_exactly_a_month_still_counts_from_filing() {
        let filed = fact(FactKind::CourtDunning, "2027-12-30", Some("2028-02-10"));
        let last = Fact { served: Some(date("2028-01-30")), ..filed };
        assert!(expires(&[last], &[]).unwrap().as_str() > "2028-08-01");
        let late = Fact { served: Some(date("2028-01-31")), ..filed };
        assert_eq!(expires(&[late], &[]).unwrap(), "2027-12-31");
    }

    #[test]
    fn an_order_for_payment_lapses_unless_it_is_opposed_or_enforcement_is_applied_for_in_time() {
        let filed = fact(FactKind::CourtDunning, "2026-01-05", None);
        let order = Fact { served: Some(date("2026-01-12")), ..filed };
        let lapses = |others: &[Fact]| {
            let timeline = timeline(&facts(origin(), &[&[order], others].concat(), &[])).unwrap();
            timeline.steps.iter().any(|step| step.norm.contains("701"))
        };
        assert!(lapses(&[]));
        assert!(!lapses(&[fact(FactKind::CourtDunningOpposed, "2026-01-20", None)]));
        let applied = |day| fact(FactKind::EnforcementOrderApplied, day, None);
        assert!(!lapses(&[applied("2026-07-12")]));
        assert!(lapses(&[applied("2026-07-13")]), "too late");
        assert!(lapses(&[applied("2026-01-04")]), "before this order was applied for");
        // A later order is another one: what follows it says nothing of the first.
        let second = fact(FactKind::CourtDunning, "2026-03-02", None);
        assert!(lapses(&[second, applied("2026-03-20")]));
    }

    #[test]
    fn opposition_is_a_step_of_the_proceedings() {
        let filed = fact(FactKind::CourtDunning, "2027-12-30", None);
        let order = Fact { served: Some(date("2028-01-10")), ..filed };
        // Suspended for six months after service, then after the last step; two days of the period are left.
        assert_eq!(expires(&[order], &[]).unwrap(), "2028-07-12");
        let opposed = fact(FactKind::CourtDunningOpposed, "2028-01-20", None);
        assert_eq!(expires(&[order, opposed], &[]).unwrap(), "2028-07-22");
    }

    #[test]
    fn what_is_recorded_for_a_day_says_nothing_of_another() {
        let enforced = fact(FactKind::Enforcement, "2026-05-04", None);
        let undone = |day| fact(FactKind::EnforcementUndone, day, None);
        assert_eq!(expires(&[enforced, undone("2026-05-05")], &[]).unwrap(), "2029-05-04");
        assert_eq!(expires(&[enforced, undone("2026-05-04")], &[]).unwrap(), "2027-12-31");
        let steps = |recorded: &[Fact]| facts(origin(), recorded, &[]).events.len();
        assert_eq!(steps(&[enforced, undone("2026-05-04")]), 1);
        assert_eq!(steps(&[undone("2026-05-04")]), 1);
    }

    #[test]
    fn who_cannot_act_keeps_the_period_open_for_six_months() {
        for kind in [FactKind::Incapacity, FactKind::Estate] {
            let lasting = fact(kind, "2019-01-01", None);
            assert_eq!(expires(&[lasting], &[]), None);
            let over = fact(kind, "2027-06-01", Some("2027-11-30"));
            assert_eq!(expires(&[over], &[]).unwrap(), "2028-05-30");
        }
    }

    #[test]
    fn the_first_suit_after_a_rejection_is_the_one_that_keeps_its_day() {
        let rejected = fact(FactKind::CourtDunningRejected, "2027-12-20", Some("2028-01-10"));
        let suit = |filed: &str| fact(FactKind::Suit, filed, Some("2028-03-01"));
        // From 20 December, twelve days before the end, to 1 September 2028.
        let kept = Some("2028-09-13");
        for filed in ["2028-01-10", "2028-02-10"] {
            assert_eq!(expires(&[rejected, suit(filed)], &[]).as_deref(), kept, "{filed}");
        }
        assert_eq!(
            expires(&[suit("2028-02-20"), rejected, suit("2028-02-01")], &[]).as_deref(),
            kept
        );
        // Too late, or before the rejection: a suit of its own, after the end of the period.
        for filed in ["2028-02-11", "2028-01-09"] {
            assert_eq!(
                expires(&[rejected, suit(filed)], &[]).as_deref(),
                Some("2027-12-31"),
                "{filed}"
            );
        }
        assert_eq!(expires(&[rejected], &[]).as_deref(), Some("2027-12-31"));
    }

    #[test]
    fn a_consumer_loan_in_default_is_suspended_for_ten_years_at_most() {
        let loan = Origin { loan_default: Some(date("2024-04-01")), ..origin() };
        let end = expires_at_intake(loan, None).unwrap();
        assert!(end > date("2034-03-31"), "{end}");
    }

    #[test]
    fn warnings_come_six_three_and_one_month_before_the_end() {
        let end = date("2027-12-31");
        let mut day = date("2026-11-16");
        let mut days = Vec::new();
        while let Some(next) = look_on(end, day) {
            days.push((next.to_string(), months_left(end, next)));
            day = next;
        }
        let expected = [
            ("2027-06-30", Some(6)),
            ("2027-09-30", Some(3)),
            ("2027-11-30", Some(1)),
            ("2028-01-01", Some(1)),
        ];
        assert_eq!(days, expected.map(|(day, left)| (day.to_owned(), left)));
        assert_eq!(months_left(end, date("2026-11-16")), None);
    }
}
