//! The debtor's pages before the real services: what a person with a phone and our message can do, and
//! what nobody else can.

mod browser;
mod evidence;
mod links;
mod objections;
mod pages;

use axum::Router;
use chrono::{Days, NaiveDate};
use http::StatusCode;
use kulanz_chassis::Role;
use kulanz_proto::{
    claims::v1::{
        CheckOutreachRequest, ClaimState, GetStatementRequest, OutreachCheck, OutreachPurpose,
        Statement,
    },
    messaging::v1::GetMessageRequest,
    payments::v1::{
        Arrangement, ArrangementState, GetArrangementRequest, get_arrangement_request::Lookup,
    },
    types::v1::{Channel, Money},
};
use kulanz_testkit::on_both_backends;
use kulanz_tests::{ERIKA, MAX, Row, World, calls};

use browser::{Answer, Browser, portal};

/// Someone who got our message.
struct Addressee {
    debtor_id: String,
    claim_id: String,
    /// Path of the link in the message.
    link: String,
    birth_date: (i32, i32, i32),
}

/// Imports the rows and waits until each of their people got a message.
async fn addressees<const N: usize>(world: &World, rows: [Row; N]) -> [Addressee; N] {
    let imports = rows.iter().map(Row::to_import).collect();
    let results = world.import(imports).await;
    world.house.settle().await;
    let mut found = Vec::new();
    for (row, result) in rows.iter().zip(&results) {
        calls::await_message(world, &result.debtor_id).await;
        found.push((row.birth_date, result.debtor_id.clone(), result.claim_id.clone()));
    }
    let mut addressees = Vec::new();
    for (birth_date, debtor_id, claim_id) in found {
        let link = link_of(world, &debtor_id).await;
        addressees.push(Addressee { debtor_id, claim_id, link, birth_date });
    }
    addressees.try_into().unwrap_or_else(|_| panic!("one addressee for each row"))
}

/// Where the link of the newest message leads, as the body of the message has it.
async fn link_of(world: &World, debtor_id: &str) -> String {
    let message_id = calls::sent(world, debtor_id).await.remove(0).message_id;
    let request = world.ask(Role::Agent, GetMessageRequest { message_id });
    let reply = world.house.clients().messaging().get_message(request).await.unwrap();
    let message = reply.into_inner().message.unwrap();
    assert!(message.body.contains("http://127.0.0.1:8080/l/"), "{}", message.body);
    format!("/l/{}", calls::link_token(&message))
}

/// Follows the link and answers with this birth date.
async fn answer(browser: &mut Browser, link: &str, birth: (i32, i32, i32)) -> Answer {
    browser.get(link).await;
    let (year, month, day) = birth;
    let [year, month, day] = [year, month, day].map(|part| part.to_string());
    browser.fill("/identity", &[("day", &day), ("month", &month), ("year", &year)]).await
}

/// A visitor who has opened their link.
async fn opened(portal: &Router, person: &Addressee) -> Browser {
    let mut browser = Browser::new(portal);
    open(&mut browser, person).await;
    browser
}

async fn open(browser: &mut Browser, person: &Addressee) {
    let granted = answer(browser, &person.link, person.birth_date).await;
    assert_eq!(granted.status, StatusCode::SEE_OTHER, "{}", granted.title());
    assert_eq!(granted.location, "/overview");
}

/// `1.234,56 €`, as a German page writes it.
fn euros(amount: Option<&Money>) -> String {
    let cents = amount.unwrap().minor_units;
    assert!((0..100_000).contains(&cents), "written without groups and sign: {cents}");
    format!("{},{:02}\u{a0}€", cents / 100, cents % 100)
}

async fn statement(world: &World, claim_id: &str) -> Statement {
    let request = GetStatementRequest { claim_id: claim_id.into(), ..Default::default() };
    let request = world.ask(Role::Agent, request);
    let reply = world.house.clients().claims().get_statement(request).await.unwrap();
    reply.into_inner().statement.unwrap()
}

/// The overview of a single claim shows it at once, and the statement of the page is the service's to the cent.
async fn reads_the_statement(world: &World, browser: &mut Browser, person: &Addressee) {
    let expected = statement(world, &person.claim_id).await;
    let total = euros(expected.totals.as_ref().unwrap().total.as_ref());
    let overview = browser.page("/overview").await;
    assert!(overview.html.contains(&total), "{total} is not on {}", overview.html);
    assert!(overview.html.contains("Erika Beispiel") && overview.html.contains("Nordversand"));
    let shown = browser.page(&overview.link("/statement")).await;
    let lines = expected.lines.iter().map(|line| euros(line.amount.as_ref()));
    let figures: Vec<_> = lines.chain([total]).collect();
    assert_eq!(shown.figures(), figures);
    for line in &expected.lines {
        assert!(shown.html.contains(&line.norm), "{} is not on the page", line.norm);
    }
}

/// From the wish for three instalments to the offer; the path of the offer's first option.
async fn wishes(browser: &mut Browser, person: &Addressee) -> String {
    let wish = format!("/claims/{}/instalments", person.claim_id);
    let unclear = browser.fill(&wish, &[("months", "61")]).await;
    assert_eq!(unclear.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!unclear.problem().is_empty());
    let offer = browser.fill_and_follow(&wish, &[("months", "3")]).await;
    let costs = browser.page(&offer).await.link("/costs");
    costs.trim_end_matches("/costs").into()
}

/// Neither the page to agree on nor a form sent past it is there before the cost notice.
async fn cannot_agree_before_the_notice(
    world: &World,
    browser: &mut Browser,
    person: &Addressee,
    option: &str,
) {
    let check = format!("{option}/check");
    let early = browser.get(&check).await;
    assert_eq!(early.location, format!("{option}/costs"));
    let mut forged = browser.form(&format!("{option}/costs")).await;
    forged.path = check;
    let refused = browser.send(&forged, &[]).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.title());
    world.house.settle().await;
    assert_eq!(calls::claim(world, &person.claim_id).await.state(), ClaimState::Open);
}

/// Reads what it costs, checks, and agrees.
async fn agrees(world: &World, browser: &mut Browser, person: &Addressee, option: &str) {
    let costs = format!("{option}/costs");
    let notice = browser.page(&costs).await;
    assert!(notice.html.contains("<div class=\"notice\">\n<p>"), "{}", notice.html);
    let check = browser.fill_and_follow(&costs, &[]).await;
    assert_eq!(check, format!("{option}/check"));
    let plan = pressed_twice(browser, &check).await;
    assert_eq!(plan, format!("/claims/{}/arrangement", person.claim_id));
    world.house.settle().await;
    let agreed = arrangement(world, person).await;
    let owed = statement(world, &person.claim_id).await;

    let anew = browser.fill(&check, &[]).await;
    assert_eq!(anew.status, StatusCode::CONFLICT);
    assert_eq!(anew.title(), "Es gibt schon eine Vereinbarung");
    world.house.settle().await;
    assert_eq!(arrangement(world, person).await, agreed);
    assert_eq!(statement(world, &person.claim_id).await, owed, "it costs once");
    shows_the_plan(browser, &plan, &agreed).await;
}

/// An impatient thumb sends the same form twice at once, and a third time later: one answer.
async fn pressed_twice(browser: &Browser, path: &str) -> String {
    let (mut one, mut other) = (browser.clone(), browser.clone());
    let form = one.form(path).await;
    let (first, second) = tokio::join!(one.send(&form, &[]), other.send(&form, &[]));
    let third = one.send(&form, &[]).await;
    for answer in [&first, &second, &third] {
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.title());
        assert_eq!(answer.location, first.location);
    }
    third.location
}

async fn shows_the_plan(browser: &mut Browser, path: &str, agreed: &Arrangement) {
    assert_eq!(agreed.state(), ArrangementState::Active);
    assert_eq!(agreed.instalments.len(), 3);
    let rates = agreed.instalments.iter().map(|rate| euros(rate.amount.as_ref()));
    let figures: Vec<_> = rates.chain([euros(agreed.total.as_ref())]).collect();
    assert_eq!(browser.page(path).await.figures(), figures);
}

async fn arrangement(world: &World, person: &Addressee) -> Arrangement {
    let lookup = Some(Lookup::ClaimId(person.claim_id.clone()));
    let request = world.ask(Role::Agent, GetArrangementRequest { lookup });
    let reply = world.house.clients().payments().get_arrangement(request).await.unwrap();
    reply.into_inner().arrangement.unwrap()
}

/// Promises all of it for a day next week.
async fn promises(world: &World, browser: &mut Browser, person: &Addressee) {
    let path = format!("/claims/{}/promise", person.claim_id);
    let today = calls::today(world);
    let too_late = form_date(today, 31);
    let refused = browser.fill(&path, &[("date", &too_late), ("amount", "")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let in_time = form_date(today, 7);
    let done = browser.fill_and_follow(&path, &[("date", &in_time), ("amount", "")]).await;
    let noted = browser.page(&done).await;
    let day = today.checked_add_days(Days::new(7)).unwrap().format("%d.%m.%Y").to_string();
    let owed = statement(world, &person.claim_id).await.totals.unwrap();
    let amount = euros(owed.total.as_ref());
    assert!(noted.html.contains(&day) && noted.html.contains(&amount), "{}", noted.html);
    world.house.settle().await;
    assert_eq!(calls::claim(world, &person.claim_id).await.state(), ClaimState::Arranged);
    let running = browser.page(&format!("/claims/{}/arrangement", person.claim_id)).await;
    assert_eq!(running.title(), "Ihre Zusage");
}

fn form_date(today: NaiveDate, days: u64) -> String {
    today.checked_add_days(Days::new(days)).unwrap().to_string()
}

/// Objects; from the answer on nobody may ask for this money.
async fn objects(world: &World, browser: &mut Browser, person: &Addressee) {
    let path = format!("/claims/{}/dispute", person.claim_id);
    let unsaid = browser.fill(&path, &[]).await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut planted = browser.form(&path).await;
    planted.hidden.insert("csrf".into(), "somebody-else".into());
    let refused = browser.send(&planted, &[("reason", "other")]).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "a form that another site planted");
    assert!(blocks(world, person).await.is_empty());
    let typed = [("reason", "not_delivered"), ("explanation", "Nichts angekommen & bezahlt?")];
    let done = browser.fill_and_follow(&path, &typed).await;
    assert_eq!(blocks(world, person).await, ["claims.hold.dispute"]);
    assert_eq!(browser.page(&done).await.title(), "Wir prüfen das");
    world.house.settle().await;
    assert_eq!(calls::claim(world, &person.claim_id).await.state(), ClaimState::Disputed);
}

/// The rules that stand against asking the person for payment.
async fn blocks(world: &World, person: &Addressee) -> Vec<String> {
    let check = OutreachCheck {
        debtor_id: person.debtor_id.clone(),
        claim_ids: vec![person.claim_id.clone()],
        channel: Channel::Email.into(),
        purpose: OutreachPurpose::Collect.into(),
        address: String::new(),
        to_representative: false,
    };
    let request = world.ask(Role::Agent, CheckOutreachRequest { checks: vec![check] });
    let reply = world.house.clients().claims().check_outreach(request).await.unwrap();
    let verdict = reply.into_inner().verdicts.remove(0);
    assert_eq!(verdict.allowed, verdict.blocks.is_empty());
    verdict.blocks.into_iter().map(|block| block.rule_id).collect()
}

/// Whoever is not meant says so with the link alone, and learns nothing about who is.
async fn is_not_meant(world: &World, portal: &Router, person: &Addressee) {
    let mut stranger = Browser::new(portal);
    stranger.get(&person.link).await;
    let start = stranger.page("/start").await;
    let path = start.link("/not-me");
    assert_tells_nothing(&stranger.page(&path).await);
    let done = stranger.fill_and_follow(&path, &[("reason", "not_me")]).await;
    assert!(!blocks(world, person).await.is_empty());
    let thanks = stranger.page(&done).await;
    assert_eq!(thanks.title(), "Danke, das hilft uns");
    assert_tells_nothing(&thanks);
    assert_eq!(stranger.get("/overview").await.status, StatusCode::UNAUTHORIZED);
}

/// Days pass, and nobody is written to.
async fn stays_silent(world: &World, people: [&Addressee; 2]) {
    world.house.settle().await;
    let before = people.map(|person| calls::sent(world, &person.debtor_id));
    let [erika, max] = before;
    let before = [erika.await.len(), max.await.len()];
    world.house.advance_days(10).await;
    for (person, count) in people.iter().zip(before) {
        assert_eq!(calls::sent(world, &person.debtor_id).await.len(), count);
    }
}

fn assert_tells_nothing(page: &Answer) {
    for telling in ["Erika", "Max", "Nordversand", "Inkasso", "RE-", "€", "1980", "/l/"] {
        assert!(!page.html.contains(telling), "{telling} is on {}", page.html);
    }
}

on_both_backends! {
    async fn a_debtor_reads_the_statement_and_agrees_on_instalments(backend: Backend) {
        let world = World::open(backend).await;
        let [erika] = addressees(&world, [ERIKA]).await;
        let mut browser = opened(&portal(&world), &erika).await;
        reads_the_statement(&world, &mut browser, &erika).await;
        let option = wishes(&mut browser, &erika).await;
        cannot_agree_before_the_notice(&world, &mut browser, &erika, &option).await;
        agrees(&world, &mut browser, &erika, &option).await;
    }

    async fn a_promise_is_noted_and_an_objection_silences_the_claim(backend: Backend) {
        let world = World::open(backend).await;
        let [erika, max] = addressees(&world, [ERIKA, MAX]).await;
        let portal = portal(&world);
        let mut browser = opened(&portal, &max).await;
        promises(&world, &mut browser, &max).await;
        objects(&world, &mut browser, &max).await;
        let foreign = browser.get(&format!("/claims/{}/statement", erika.claim_id)).await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND, "another person's claim");
        assert!(blocks(&world, &erika).await.is_empty(), "nobody else falls silent");
        is_not_meant(&world, &portal, &erika).await;
        stays_silent(&world, [&erika, &max]).await;
    }
}
