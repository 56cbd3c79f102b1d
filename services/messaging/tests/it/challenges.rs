//! Receipts and answers to what a person says against a claim.

use chrono::TimeDelta;
use kulanz_proto::claims::v1 as claims;
use kulanz_proto::claims::v1::{
    ChallengeKind, ChallengeState, ClaimState, DisputeReason, HoldKind, ProtectionKind,
    WrongPersonReason,
};
use kulanz_proto::convert::timestamp;
use kulanz_proto::events::v1::{ChallengeOpened, ChallengeResolved};
use kulanz_proto::messaging::v1::{self, ContactPreferences, MessageState, PolicyClass};
use kulanz_proto::types::v1::{Channel, Date};
use kulanz_testkit::on_both_backends;
use kulanz_types::DisputeId;

use crate::setup::Bench;
use crate::smtp;

impl Bench {
    /// Claims knows an undecided objection: nothing was delivered.
    fn challenge(&self) -> claims::Challenge {
        let challenge_id = DisputeId::generate(self.house.seeds(), self.house.now()).to_string();
        let challenge = claims::Challenge {
            challenge_id,
            kind: ChallengeKind::Dispute.into(),
            state: ChallengeState::Received.into(),
            dispute_reason: DisputeReason::NotDelivered.into(),
            debtor_id: self.debtor.clone(),
            claim_ids: vec![self.claim.clone()],
            opened_at: Some(timestamp(self.house.now())),
            answer_by: Some(Date { year: 2026, month: 11, day: 30 }),
            ..claims::Challenge::default()
        };
        self.stands(ClaimState::Disputed, true);
        self.neighbours.world().challenge = Some(challenge.clone());
        challenge
    }

    /// How claims shows the claim.
    fn stands(&self, state: ClaimState, silent: bool) {
        let hold = claims::Hold { kind: HoldKind::Dispute.into(), ..claims::Hold::default() };
        let claim = &mut self.neighbours.world().debtor.claims[0];
        claim.state = state.into();
        claim.holds = if silent { vec![hold] } else { Vec::new() };
    }

    async fn opened(&self, challenge: &claims::Challenge) {
        let event = ChallengeOpened {
            challenge_id: challenge.challenge_id.clone(),
            debtor_id: self.debtor.clone(),
            claim_ids: challenge.claim_ids.clone(),
            kind: challenge.kind,
            answer_by: challenge.answer_by,
            stated_at_intake: false,
        };
        self.house.publish("claims", &self.debtor, &event).await;
        self.house.settle().await;
    }

    /// Claims decides.
    async fn resolved(&self, challenge: claims::Challenge, outcome: ChallengeState, words: &str) {
        let event = ChallengeResolved {
            challenge_id: challenge.challenge_id.clone(),
            debtor_id: self.debtor.clone(),
            claim_ids: challenge.claim_ids.clone(),
            kind: challenge.kind,
            outcome: outcome.into(),
        };
        self.neighbours.world().challenge = Some(claims::Challenge {
            state: outcome.into(),
            resolution: words.to_owned(),
            decided_at: Some(timestamp(self.house.now())),
            ..challenge
        });
        self.house.publish("claims", &self.debtor, &event).await;
        self.house.settle().await;
    }

    /// The person is shielded, and this is said of who acts for her.
    fn shield(&self, kind: ProtectionKind, representative: &str) {
        let mut world = self.neighbours.world();
        world.debtor.state = claims::DebtorState::Protected.into();
        world.debtor.protections.push(claims::Protection {
            kind: kind.into(),
            representative: representative.to_owned(),
            ..claims::Protection::default()
        });
    }

    async fn in_the_evening(&self) {
        self.house.advance_to(self.house.now() + TimeDelta::hours(11)).await;
    }
}

/// Everything that a mail holds, decoded as a reader sees it.
fn text(mail: &str) -> String {
    let joined = mail.replace("\n..", "\n.").replace("=\n", "");
    let mut bytes = Vec::new();
    let mut rest = joined.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| *first == b'=');
        let code =
            code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { &after[2..] } else { after };
    }
    String::from_utf8_lossy(&bytes).split_whitespace().collect::<Vec<_>>().join(" ")
}

fn flat(message: &v1::Message) -> String {
    message.body.split_whitespace().collect::<Vec<_>>().join(" ")
}

on_both_backends! {
    async fn what_a_person_says_against_a_claim_is_confirmed_with_the_day_of_the_answer(backend: Backend) {
        let (bench, server) = smtp::bench(backend, smtp::Mood::Takes).await;
        let challenge = bench.challenge();
        bench.opened(&challenge).await;
        bench.opened(&challenge).await;
        let message = bench.message().await;
        assert_eq!(message.state(), MessageState::Sent, "{}", message.state_reason);
        assert_eq!((message.policy_class(), message.channel()), (PolicyClass::Answer, Channel::Email));
        let mails = server.mails();
        assert_eq!(mails.len(), 1);
        let mail = text(&mails[0]);
        for piece in ["Erika Beispiel", "am 16. November 2026 notiert", "Bei Ihnen ist nichts angekommen",
            "Stadtwerke Beispiel GmbH, Zeichen R-2026-17", "Antwort kommt bis zum 30. November 2026",
            "Vorher fordern wir dazu nichts von Ihnen", "https://kulanz.example/l/"] {
            assert!(mail.contains(piece), "{piece} in {mail}");
        }
        for piece in ["283,92", "IBAN", "DE89"] {
            assert!(!mail.contains(piece), "{piece} in {mail}");
        }
    }

    async fn a_rejected_objection_is_answered_with_the_reason_what_is_open_and_what_comes_next(backend: Backend) {
        let (bench, server) = smtp::bench(backend, smtp::Mood::Takes).await;
        bench.open_claim().await;
        bench.house.advance_days(11).await;
        let challenge = bench.challenge();
        bench.stands(ClaimState::Open, false);
        let words = "Die Lieferung wurde am 3. August\nan der Haustür übergeben.";
        bench.resolved(challenge, ChallengeState::Rejected, words).await;
        let mails = server.mails();
        let mail = text(mails.last().unwrap());
        for piece in ["Antwort vom 27. November 2026", "Einwand vom 27. November 2026", "Wir sehen es anders.",
            "Das ist der Grund: Die Lieferung wurde am 3. August an der Haustür übergeben.",
            "R-2026-17: 283,92", "Vor dem 4. Dezember 2026 schreiben wir Ihnen dazu nicht",
            "nicht einverstanden", "Bundesamt für Justiz, 53094 Bonn", "+4922112345"] {
            assert!(mail.contains(piece), "{piece} in {mail}");
        }
        assert!(!mail.contains("IBAN"));
        // What the answer says of the days to come is kept.
        bench.house.advance_days(6).await;
        assert_eq!(server.mails().len(), 2);
        bench.house.advance_days(5).await;
        assert_eq!(server.mails().len(), 3);
    }

    async fn who_was_right_reads_so_and_is_asked_for_nothing(backend: Backend) {
        let bench = Bench::start(backend).await;
        let challenge = bench.challenge();
        bench.stands(ClaimState::Withdrawn, false);
        bench.resolved(challenge, ChallengeState::Upheld, "Der Händler hat nichts geliefert.").await;
        let message = bench.message().await;
        let body = flat(&message);
        assert_eq!(message.state(), MessageState::Sent, "{}", message.state_reason);
        for piece in ["Sie hatten recht.", "Der Händler hat nichts geliefert.", "Wir fordern dazu nichts mehr von Ihnen."] {
            assert!(body.contains(piece), "{piece} in {body}");
        }
        assert!(!body.contains("283,92") && !body.contains("nicht einverstanden"), "{body}");
    }

    async fn a_person_is_answered_in_english_and_informally_as_she_wishes(backend: Backend) {
        for (language, form, piece) in [("en", 0, "You were right in part."), ("de", 2, "Du hattest zum Teil recht.")] {
            let bench = Bench::start(backend).await;
            let challenge = bench.challenge();
            bench.stands(ClaimState::Open, false);
            language.clone_into(&mut bench.neighbours.world().debtor.language);
            bench.neighbours.world().debtor.form_of_address = form;
            bench.resolved(challenge, ChallengeState::PartlyUpheld, "20.00 EUR come off.").await;
            let message = bench.message().await;
            assert_eq!(message.state(), MessageState::Sent, "{}", message.state_reason);
            assert!(flat(&message).contains(piece), "{}", message.body);
        }
    }

    async fn whoever_may_be_somebody_else_gets_no_message_and_it_is_kept_why(backend: Backend) {
        let bench = Bench::start(backend).await;
        let report = claims::Challenge {
            kind: ChallengeKind::WrongPerson.into(),
            dispute_reason: 0,
            person_reason: WrongPersonReason::NotMe.into(),
            ..bench.challenge()
        };
        bench.neighbours.world().challenge = Some(report.clone());
        bench.opened(&report).await;
        bench.resolved(report, ChallengeState::Upheld, "Sie sind es nicht.").await;
        let messages = bench.messages().await;
        assert_eq!(messages.len(), 2);
        for message in messages {
            assert_eq!((message.state(), message.state_reason.as_str()), (MessageState::Cancelled, "answer.person_doubted"));
        }
        assert_eq!((bench.received().await, bench.neighbours.world().checks), (0, 0));
    }

    async fn a_shielded_person_is_answered_through_whoever_acts_for_them(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.shield(ProtectionKind::DebtAdviser, "Schuldnerberatung Köln, Domstraße 3, 50667 Köln");
        let challenge = bench.challenge();
        bench.neighbours.world().blocks = vec!["claims.hold.represented".to_owned()];
        bench.opened(&challenge).await;
        let message = bench.message().await;
        assert_eq!((message.state(), message.channel()), (MessageState::Sent, Channel::Letter), "{}", message.state_reason);
        let body = flat(&message);
        for piece in ["Schuldnerberatung Köln Domstraße 3 50667 Köln", "Guten Tag Schuldnerberatung Köln",
            "Sie handeln für Erika Beispiel"] {
            assert!(body.contains(piece), "{piece} in {body}");
        }
        assert!(!body.contains("Lindenweg"), "{body}");
        assert_eq!(bench.neighbours.world().to_representatives, [true]);
    }

    async fn nobody_writes_to_the_dead_or_past_a_representative_without_an_address(backend: Backend) {
        for (kind, named) in [(ProtectionKind::Death, ""), (ProtectionKind::Lawyer, "RAin Ostermann, Leipzig")] {
            let bench = Bench::start(backend).await;
            bench.shield(kind, named);
            let challenge = bench.challenge();
            bench.resolved(challenge, ChallengeState::Rejected, "Nein.").await;
            let message = bench.message().await;
            assert_eq!((message.state(), message.state_reason.as_str()), (MessageState::Cancelled, "answer.shielded"));
            assert_eq!(bench.received().await, 0);
        }
    }

    async fn an_answer_finds_whoever_acts_for_the_person_since_it_was_written(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.in_the_evening().await;
        let challenge = bench.challenge();
        bench.opened(&challenge).await;
        assert_eq!(bench.message().await.state(), MessageState::Scheduled);
        bench.shield(ProtectionKind::Lawyer, "RAin Ostermann\nRing 1\n04109 Leipzig");
        bench.neighbours.world().blocks = vec!["claims.hold.represented".to_owned()];
        bench.house.advance_days(1).await;
        let messages = bench.messages().await;
        let seen: Vec<_> = messages.iter().map(|one| (one.channel(), one.state(), one.state_reason.as_str())).collect();
        assert_eq!(seen, [
            (Channel::Letter, MessageState::Sent, ""),
            (Channel::Email, MessageState::Cancelled, "claims.hold.represented"),
        ]);
    }

    async fn a_receipt_that_waits_stays_in_silence_and_gives_way_to_the_answer(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.in_the_evening().await;
        let challenge = bench.challenge();
        bench.opened(&challenge).await;
        bench.hold_for_a_dispute().await;
        assert_eq!(bench.message().await.state(), MessageState::Scheduled);
        bench.stands(ClaimState::Open, false);
        bench.resolved(challenge.clone(), ChallengeState::Rejected, "Nein.").await;
        // The news of its beginning comes late and changes nothing.
        bench.opened(&challenge).await;
        bench.house.advance_days(1).await;
        let messages = bench.messages().await;
        let seen: Vec<_> = messages.iter().map(|one| (one.state(), one.state_reason.as_str())).collect();
        assert_eq!(seen, [(MessageState::Sent, ""), (MessageState::Cancelled, "CHALLENGE_DECIDED")]);
        assert_eq!(bench.received().await, 1);
    }

    async fn an_answer_goes_by_the_way_that_the_person_likes_and_no_way_is_kept_as_a_reason(backend: Backend) {
        let bench = Bench::start(backend).await;
        bench.open_claim().await;
        let preferred_channels = vec![Channel::Letter.into()];
        bench.wish(ContactPreferences { preferred_channels, ..ContactPreferences::default() }).await;
        let challenge = bench.challenge();
        bench.opened(&challenge).await;
        let receipt = bench.messages().await[0].clone();
        assert_eq!((receipt.state(), receipt.channel()), (MessageState::Sent, Channel::Letter));
        let mut debtor = bench.neighbours.world().debtor.clone();
        (debtor.contact_points, debtor.address) = (Vec::new(), None);
        bench.neighbours.world().debtor = debtor;
        bench.resolved(challenge, ChallengeState::Rejected, "Nein.").await;
        let answer = bench.messages().await[0].clone();
        assert_eq!((answer.state(), answer.state_reason.as_str()), (MessageState::Cancelled, "contact.no_contact_point"));
    }

    async fn what_a_creditor_passed_on_with_its_claim_is_not_confirmed(backend: Backend) {
        let bench = Bench::start(backend).await;
        let challenge = bench.challenge();
        let event = ChallengeOpened {
            challenge_id: challenge.challenge_id.clone(),
            debtor_id: bench.debtor.clone(),
            claim_ids: challenge.claim_ids.clone(),
            kind: challenge.kind,
            answer_by: challenge.answer_by,
            stated_at_intake: true,
        };
        bench.house.publish("claims", &bench.debtor, &event).await;
        bench.house.settle().await;
        assert!(bench.messages().await.is_empty());
    }
}
