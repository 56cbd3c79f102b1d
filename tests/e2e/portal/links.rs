//! What opens the pages, for how long, and what does not.

use axum::Router;
use chrono::TimeDelta;
use http::StatusCode;
use kulanz_chassis::Role;
use kulanz_proto::{claims::v1::CreateAccessLinkRequest, convert::timestamp};
use kulanz_testkit::{Backend, on_both_backends};
use kulanz_tests::{ERIKA, World};

use super::{
    Addressee, addressees, answer, assert_tells_nothing, blocks,
    browser::{Browser, portal},
    open, opened,
};
use crate::tables;

/// Looks at the link twice, asks for its headers alone, and reads what is shown without a birth date.
async fn followed(portal: &Router, person: &Addressee) {
    let mut scanner = Browser::new(portal);
    let head = scanner.head(&person.link).await;
    assert!(head.html.is_empty());
    for _ in 0..2 {
        let followed = scanner.get(&person.link).await;
        assert_eq!(
            (followed.status, followed.location.as_str()),
            (StatusCode::SEE_OTHER, "/start")
        );
        assert_tells_nothing(&scanner.page("/start").await);
        assert_tells_nothing(&scanner.page("/identity").await);
    }
    assert_eq!(scanner.get("/overview").await.status, StatusCode::UNAUTHORIZED);
}

/// Every row of every table, where that can be read.
async fn rows(world: &World, backend: Backend) -> Option<tables::Dump> {
    match backend {
        Backend::Embedded => Some(tables::dump(&world.house).await),
        Backend::Server => None,
    }
}

/// Which answer was wrong and how near it came is not told.
async fn wrong_answers_read_the_same(portal: &Router, person: &Addressee) {
    let mut browser = Browser::new(portal);
    let (year, month, day) = person.birth_date;
    let near = answer(&mut browser, &person.link, (year, month, day + 1)).await;
    let far = answer(&mut browser, &person.link, (1950, 1, 1)).await;
    browser.get(&person.link).await;
    let postcode = browser.fill("/identity?with=postcode", &[("postcode", "99999")]).await;
    for wrong in [&near, &far, &postcode] {
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.title());
        assert!(wrong.problem().starts_with("Die Angabe passt nicht zu diesem Link."));
        assert_eq!(wrong.problem(), near.problem());
        assert_tells_nothing(wrong);
    }
    assert_eq!(browser.get("/overview").await.status, StatusCode::UNAUTHORIZED);
}

/// The link with one letter of its token changed, at the place `index`.
fn tampered(link: &str, index: usize) -> String {
    let at = "/l/".len() + index;
    let other = if link.as_bytes()[at] == b'A' { "B" } else { "A" };
    format!("{}{other}{}", &link[..at], &link[at + 1..])
}

/// A changed letter in the tenant, in the secret or in the signature, and a link that is none.
async fn tampered_links_are_no_links(portal: &Router, person: &Addressee) {
    let changed = [0, 25, 50].map(|index| tampered(&person.link, index));
    for link in changed.iter().map(String::as_str).chain(["/l/x", "/l/%00"]) {
        let refused = answer(&mut Browser::new(portal), link, person.birth_date).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{link}");
        assert_eq!(refused.title(), "Dieser Link ist nicht gültig");
        assert_tells_nothing(&refused);
    }
}

/// Eight wrong answers at the same instant, each from a browser of its own: five are heard. Then not even
/// the right one helps.
async fn five_wrong_answers_lock(portal: &Router, person: &Addressee) {
    let guesses = (1..=8).map(async |day| {
        let mut browser = Browser::new(portal);
        answer(&mut browser, &person.link, (1950, 1, day)).await.status
    });
    let answers = futures::future::join_all(guesses).await;
    let heard = answers.iter().filter(|status| **status == StatusCode::UNPROCESSABLE_ENTITY);
    let locked = answers.iter().filter(|status| **status == StatusCode::TOO_MANY_REQUESTS);
    assert_eq!((heard.count(), locked.count()), (5, 3), "{answers:?}");
    let mut browser = Browser::new(portal);
    let locked = answer(&mut browser, &person.link, person.birth_date).await;
    assert_eq!(locked.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(locked.title(), "Der Zugang ist gesperrt");
    assert_eq!(browser.get("/overview").await.status, StatusCode::UNAUTHORIZED);
}

/// A link for an hour opens a minute before its end, and at its end no more.
async fn an_hour_is_an_hour(world: &World, portal: &Router, person: &Addressee) {
    let link = link_for_an_hour(world, person).await;
    pass(world, TimeDelta::minutes(59)).await;
    let granted = answer(&mut Browser::new(portal), &link, person.birth_date).await;
    assert_eq!(granted.location, "/overview", "{}", granted.title());
    pass(world, TimeDelta::minutes(1)).await;
    let mut browser = Browser::new(portal);
    let expired = answer(&mut browser, &link, person.birth_date).await;
    assert_eq!((expired.status, expired.title()), (StatusCode::GONE, "Dieser Link ist abgelaufen"));
    assert_eq!(browser.get("/overview").await.status, StatusCode::UNAUTHORIZED);
}

/// A link that staff make while they speak with the person.
async fn link_for_an_hour(world: &World, person: &Addressee) -> String {
    let request = CreateAccessLinkRequest {
        request_id: world.house.request_id(),
        debtor_id: person.debtor_id.clone(),
        expires_at: Some(timestamp(world.house.now() + TimeDelta::hours(1))),
        ..Default::default()
    };
    let request = world.ask(Role::Agent, request);
    let reply = world.house.clients().claims().create_access_link(request).await.unwrap();
    format!("/l/{}", reply.into_inner().link.unwrap().token)
}

/// The session works until just before its end and not after; a written form is lost with it.
async fn the_session_ends(world: &World, browser: &mut Browser, person: &Addressee) {
    let form = browser.form(&format!("/claims/{}/dispute", person.claim_id)).await;
    pass(world, TimeDelta::minutes(14)).await;
    browser.page("/overview").await;
    pass(world, TimeDelta::minutes(1)).await;
    let late = browser.send(&form, &[("reason", "other")]).await;
    assert_eq!((late.status, late.title()), (StatusCode::UNAUTHORIZED, "Your session has ended"));
    let blocked = blocks(world, person).await;
    assert!(blocked.is_empty(), "{blocked:?}");
    assert_eq!(browser.get("/overview").await.status, StatusCode::UNAUTHORIZED);
}

async fn pass(world: &World, time: TimeDelta) {
    world.house.advance_to(world.house.now() + time).await;
}

on_both_backends! {
    async fn a_link_opens_with_the_birth_date_alone_however_often_it_is_followed(backend: Backend) {
        let world = World::open(backend).await;
        let [erika] = addressees(&world, [ERIKA]).await;
        let portal = portal(&world);
        let before = rows(&world, backend).await;
        followed(&portal, &erika).await;
        assert_eq!(rows(&world, backend).await, before, "following a link changes nothing");
        wrong_answers_read_the_same(&portal, &erika).await;
        opened(&portal, &erika).await;
    }

    async fn a_tampered_locked_or_expired_link_opens_nothing(backend: Backend) {
        let world = World::open(backend).await;
        let [erika] = addressees(&world, [ERIKA]).await;
        let portal = portal(&world);
        tampered_links_are_no_links(&portal, &erika).await;
        five_wrong_answers_lock(&portal, &erika).await;
        an_hour_is_an_hour(&world, &portal, &erika).await;
    }

    async fn an_english_session_ends_after_fifteen_minutes_of_business_time(backend: Backend) {
        let world = World::open(backend).await;
        let [erika] = addressees(&world, [ERIKA]).await;
        let portal = portal(&world);
        let mut browser = Browser::reading(&portal, "fr, en-GB;q=0.8, de;q=0.5");
        open(&mut browser, &erika).await;
        let overview = browser.page("/overview").await;
        assert!(overview.html.contains("<html lang=\"en\">") && overview.html.contains("€3"));
        the_session_ends(&world, &mut browser, &erika).await;
        open(&mut browser, &erika).await;
    }
}
