//! What a person says against a claim, or against being asked at all: said on a page, shown with what is
//! asked of whom until when, answered with a date; and what shields a person.

use axum::Router;
use http::StatusCode;
use kulanz_chassis::Role;
use kulanz_proto::{
    claims::v1::{
        AskCreditorRequest, Challenge, ChallengeKind, ChallengeState, ClaimState, DisputeState,
        ListChallengesRequest, RequestEvidenceRequest, ResolveChallengeRequest,
        ResolveDisputeRequest, WrongPersonReason,
    },
    types::v1::Date,
};
use kulanz_testkit::on_both_backends;
use kulanz_tests::{ERIKA, MAX, World, calls};

use super::{
    Addressee, addressees, blocks,
    browser::{Browser, portal},
    open, opened,
};

/// The person's challenges as staff see them, oldest first.
pub async fn challenges(world: &World, person: &Addressee) -> Vec<Challenge> {
    let request =
        ListChallengesRequest { debtor_id: person.debtor_id.clone(), ..Default::default() };
    let request = world.ask(Role::Agent, request);
    let reply = world.house.clients().claims().list_challenges(request).await.unwrap();
    reply.into_inner().challenges
}

fn german(day: &Date) -> String {
    format!("{:02}.{:02}.{}", day.day, day.month, day.year)
}

fn today(world: &World) -> String {
    german(&calls::today(world).into())
}

/// Says each thing that can be said from its page, and reads from the page after it where it stands.
async fn says_everything(browser: &mut Browser, person: &Addressee) {
    let claim = format!("/claims/{}", person.claim_id);
    let forms: [(String, &[(&str, &str)]); 4] = [
        (
            format!("{claim}/dispute"),
            &[("reason", "not_delivered"), ("explanation", "<script>alert(1)</script> & mehr")],
        ),
        (format!("{claim}/dispute"), &[("reason", "identity_theft")]),
        (format!("{claim}/paid"), &[("paid_on", "2026-03-02"), ("amount", "12,50")]),
        ("/not-me".to_owned(), &[("reason", "moved")]),
    ];
    for (path, typed) in forms {
        let done = browser.fill_and_follow(&path, typed).await;
        let said = browser.page(&done).await;
        let objection = said.links().find(|link| link.starts_with("/objections/")).unwrap();
        assert!(said.html.contains("Unterlagen hochladen"), "{}", said.html);
        browser.page(objection).await;
    }
}

/// Each stands in the list, with its own words, and nothing of what was typed runs in a browser.
async fn all_are_listed(world: &World, browser: &mut Browser, person: &Addressee) {
    let raised = challenges(world, person).await;
    let kinds: Vec<ChallengeKind> = raised.iter().map(Challenge::kind).collect();
    let expected = [
        ChallengeKind::Dispute,
        ChallengeKind::IdentityTheft,
        ChallengeKind::AlreadyPaid,
        ChallengeKind::WrongPerson,
    ];
    assert_eq!(kinds, expected);
    let list = browser.page("/objections").await;
    for words in ["Einwand gegen die Rechnung", "Namensmissbrauch", "Schon bezahlt"] {
        assert!(list.html.contains(words), "{words} is not on {}", list.html);
    }
    let answer_by = german(raised[0].answer_by.as_ref().unwrap());
    assert_eq!(list.html.matches(&answer_by).count(), 4, "{}", list.html);
    assert!(list.html.contains("Nordversand") && list.html.contains(&today(world)));
    let dispute = browser.page(&path(&raised[0])).await;
    for shown in ["Ich habe nichts erhalten", "&#60;script&#62;alert(1)", "&#38; mehr", &answer_by]
    {
        assert!(dispute.html.contains(shown), "{shown} is not on {}", dispute.html);
    }
    assert!(!dispute.html.contains("<script"), "{}", dispute.html);
    let paid = browser.page(&path(&raised[2])).await;
    assert!(paid.html.contains("02.03.2026") && paid.html.contains("12,50\u{a0}€"));
}

fn path(challenge: &Challenge) -> String {
    format!("/objections/{}", challenge.challenge_id)
}

/// Staff ask the person for something and the creditor for an answer: the page says of whom what is
/// awaited until when, but not what the creditor was asked.
async fn is_told_what_is_awaited(world: &World, browser: &mut Browser, dispute: &Challenge) {
    let wanted = RequestEvidenceRequest {
        request_id: world.house.request_id(),
        challenge_id: dispute.challenge_id.clone(),
        slot: "delivery_note".into(),
        wanted: "Den Zettel des Paketboten <oder> ein Foto davon".into(),
        wanted_by: None,
    };
    let mut claims = world.house.clients().claims();
    claims.request_evidence(world.ask(Role::Agent, wanted)).await.unwrap();
    let page = browser.page(&path(dispute)).await.html;
    assert!(page.contains("Wir brauchen noch etwas von Ihnen."), "{page}");
    let asked = AskCreditorRequest {
        request_id: world.house.request_id(),
        claim_id: dispute.claim_ids[0].clone(),
        text: "Wurde das Paket verfolgt?".into(),
        answer_by: None,
        challenge_id: dispute.challenge_id.clone(),
    };
    let asked = claims.ask_creditor(world.ask(Role::Agent, asked)).await.unwrap().into_inner();
    let until = german(asked.question.unwrap().answer_by.as_ref().unwrap());
    let page = browser.page(&path(dispute)).await.html;
    assert!(page.contains("Wir haben das Unternehmen gefragt"), "{page}");
    let from_you =
        "<strong>Von Ihnen:</strong> Den Zettel des Paketboten &#60;oder&#62; ein Foto davon";
    assert!(page.contains(from_you), "{page}");
    let from_creditor = "<strong>Vom Unternehmen:</strong> die Antwort auf unsere Frage, bis zum";
    assert!(page.contains(&format!("{from_creditor} {until}")), "{page}");
    let from_us = "<strong>Von uns:</strong> die Antwort auf Ihre Meldung, bis zum";
    let answer_by = german(dispute.answer_by.as_ref().unwrap());
    assert!(page.contains(&format!("{from_us} {answer_by}")), "{page}");
    assert!(!page.contains("verfolgt"), "what the creditor was asked is not the person's to read");
}

/// Two days later the dispute is decided: the answer stands there with its day, and what is wrong in it
/// for a browser is only text.
async fn reads_the_answer(world: &World, browser: &mut Browser, person: &Addressee, id: &str) {
    let resolution = "Der Bote hat das Paket abgegeben.\n<b>Das</b> zeigt der Beleg.";
    let request = ResolveDisputeRequest {
        request_id: world.house.request_id(),
        dispute_id: id.into(),
        outcome: DisputeState::Rejected.into(),
        resolution: resolution.into(),
        credit: None,
    };
    world.house.advance_days(2).await;
    let request = world.ask(Role::Agent, request);
    world.house.clients().claims().resolve_dispute(request).await.unwrap();
    open(browser, person).await;
    let page = browser.page(&format!("/objections/{id}")).await.html;
    let dated = format!("Unsere Antwort vom {}", today(world));
    for shown in [dated.as_str(), "Wir sehen es anders.", "&#60;b&#62;Das", "<p>Der Bote"] {
        assert!(page.contains(shown), "{shown} is not on {page}");
    }
    assert!(!page.contains("type=\"file\""), "nothing is taken any more: {page}");
    let list = browser.page("/objections").await.html;
    assert!(list.contains("Beantwortet am") && list.contains("Wir sehen es anders."), "{list}");
    assert!(!blocks(world, person).await.is_empty(), "the other reports still silence the claim");
}

/// The report of a payment is confirmed.
async fn is_told_of_being_right(world: &World, browser: &mut Browser, challenge: &Challenge) {
    let request = ResolveChallengeRequest {
        request_id: world.house.request_id(),
        challenge_id: challenge.challenge_id.clone(),
        outcome: ChallengeState::Upheld.into(),
        resolution: "Ihre Zahlung ist gefunden.".into(),
        reason: "bank statement seen".into(),
        credit: None,
    };
    let request = world.ask(Role::Agent, request);
    world.house.clients().claims().resolve_challenge(request).await.unwrap();
    let page = browser.page(&path(challenge)).await.html;
    assert!(page.contains("Sie hatten recht.") && page.contains("Ihre Zahlung ist gefunden."));
    assert!(!page.contains("bank statement seen"), "the reason is for staff");
}

/// To another person, these objections are not there, whatever they try.
async fn sees_nothing_of(portal: &Router, other: &Addressee, raised: &[Challenge]) {
    let mut browser = opened(portal, other).await;
    let list = browser.page("/objections").await;
    assert!(list.html.contains("Sie haben uns nichts gemeldet."), "{}", list.html);
    let form = browser.form(&format!("/claims/{}/dispute", other.claim_id)).await;
    for challenge in raised {
        let foreign = browser.get(&path(challenge)).await;
        let unknown = browser.get("/objections/dispute_01h455vb4pex5vsknk084sn02q").await;
        assert_eq!((foreign.status, foreign.title()), (StatusCode::NOT_FOUND, unknown.title()));
        let mut upload = form.clone();
        upload.path = path(challenge);
        let refused = browser.upload(&upload, "other", "Brief.txt", b"a letter".to_vec()).await;
        assert_eq!((refused.status, refused.title()), (StatusCode::NOT_FOUND, unknown.title()));
    }
}

/// Says what shields them; silent from the same second, with whom to talk to and what follows.
async fn is_shielded(world: &World, browser: &mut Browser, person: &Addressee) {
    let unsaid = browser.fill("/protection", &[]).await;
    assert_eq!(unsaid.problem(), "Wählen Sie bitte aus, was zutrifft.");
    let long = "x".repeat(501);
    let typed = [("kind", "insolvency"), ("file_number", long.as_str())];
    let too_long = browser.fill("/protection", &typed).await;
    assert_eq!(too_long.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        too_long.html.contains(&long) && too_long.html.contains("value=\"insolvency\" checked")
    );
    let mut planted = browser.form("/protection").await;
    planted.hidden.insert("csrf".into(), "somebody-else".into());
    let refused = browser.send(&planted, &[("kind", "insolvency")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(blocks(world, person).await.is_empty());
    let kinds = [
        ("adviser", "claims.hold.represented", "Schuldnerberatung"),
        ("lawyer", "claims.hold.represented", "Kanzlei"),
        ("guardian", "claims.hold.protection", "Betreuer"),
        ("insolvency", "claims.hold.protection", "im Insolvenzverfahren"),
    ];
    for (kind, rule, follows) in kinds {
        let typed = [
            ("kind", kind),
            ("file_number", "404 IK 12/26"),
            ("representative", "Dr. Ost <Leipzig>"),
        ];
        let done = browser.fill_and_follow("/protection", &typed).await;
        assert!(blocks(world, person).await.iter().any(|block| block == rule), "{kind}");
        let said = browser.page(&done).await.html;
        assert!(said.contains(follows) && said.contains("href=\"tel:"), "{said}");
    }
    assert_eq!(calls::claim(world, &person.claim_id).await.state(), ClaimState::Protected);
    let shown = browser.page(&format!("/claims/{}", person.claim_id)).await.html;
    assert!(shown.contains("Sie sind geschützt oder vertreten."), "{shown}");
    assert!(!shown.contains("Jetzt bezahlen"), "nothing is asked of whoever is shielded: {shown}");
}

/// A relative says that the person died: noted as a report, with a day by which it is looked into.
async fn a_death_is_reported(world: &World, browser: &mut Browser, person: &Addressee) {
    let typed = [("kind", "death"), ("representative", "Ich bin die Tochter")];
    let done = browser.fill_and_follow("/protection", &typed).await;
    let rules = blocks(world, person).await;
    assert_eq!(rules, ["claims.debtor.protected", "claims.hold.protection"]);
    let report = challenges(world, person).await.remove(0);
    assert_eq!(report.person_reason(), WrongPersonReason::Deceased);
    assert_eq!(report.explanation, "Ich bin die Tochter");
    let said = browser.page(&done).await.html;
    let day = german(report.answer_by.as_ref().unwrap());
    assert!(said.contains("Unser Beileid.") && said.contains(&day), "{said}");
}

on_both_backends! {
    async fn what_was_said_from_the_pages_is_listed_and_answered_with_a_date(backend: Backend) {
        let world = World::open(backend).await;
        let [erika, max] = addressees(&world, [ERIKA, MAX]).await;
        let portal = portal(&world);
        let mut browser = opened(&portal, &erika).await;
        says_everything(&mut browser, &erika).await;
        all_are_listed(&world, &mut browser, &erika).await;
        let raised = challenges(&world, &erika).await;
        is_told_what_is_awaited(&world, &mut browser, &raised[0]).await;
        reads_the_answer(&world, &mut browser, &erika, &raised[0].challenge_id).await;
        is_told_of_being_right(&world, &mut browser, &raised[2]).await;
        sees_nothing_of(&portal, &max, &raised).await;
        assert!(blocks(&world, &max).await.is_empty(), "nobody else falls silent");
    }

    async fn whoever_is_shielded_says_so_and_is_asked_for_nothing_from_the_same_second(backend: Backend) {
        let world = World::open(backend).await;
        let [erika, max] = addressees(&world, [ERIKA, MAX]).await;
        let portal = portal(&world);
        is_shielded(&world, &mut opened(&portal, &max).await, &max).await;
        assert!(blocks(&world, &erika).await.is_empty(), "nobody else falls silent");
        a_death_is_reported(&world, &mut opened(&portal, &erika).await, &erika).await;
    }
}
