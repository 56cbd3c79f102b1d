//! The other pages: paying, reading one's messages, saying how to be written to; and what a link for
//! preferences alone does not show.

use std::collections::BTreeSet;

use http::StatusCode;
use kulanz_chassis::{Role, outgoing_as};
use kulanz_proto::{
    claims::v1::{AccessPurpose, ClaimState, CreateAccessLinkRequest},
    messaging::v1::{GetContactBudgetRequest, ListMessagesRequest},
    payments::v1::{
        ArrangementState, BankTransfer, ListPaymentOptionsRequest, payment_option::Method,
    },
    types::v1::Channel,
};
use kulanz_testkit::on_both_backends;
use kulanz_tests::{ERIKA, MAX, World, calls};
use tonic::Code;

use super::{
    Addressee, addressees, answer, arrangement, blocks,
    browser::{Browser, portal},
    euros, form_date, opened,
};

/// Goes wherever links lead from the overview; every page is there, and has one heading.
async fn wanders(browser: &mut Browser) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let mut ahead = vec!["/overview".to_owned()];
    while let Some(path) = ahead.pop() {
        let elsewhere = path.starts_with("/language/")
            || path.starts_with("/style")
            || path.ends_with("/statement.pdf");
        if elsewhere || !seen.insert(path.clone()) {
            continue;
        }
        let page = browser.page(&path).await;
        assert_eq!(page.html.matches("<h1>").count(), 1, "{path}");
        ahead.extend(page.links().filter(|link| link.starts_with('/')).map(str::to_owned));
    }
    seen
}

/// What the bank needs is on the page as the service says it, with a code to photograph.
async fn knows_how_to_pay(world: &World, browser: &mut Browser, person: &Addressee) {
    let transfer = transfer(world, person).await;
    let shown = browser.page(&format!("/claims/{}/pay", person.claim_id)).await.html;
    let field = |id: &str, value: &str| format!("id=\"{id}\" readonly value=\"{value}\"");
    assert!(shown.contains(&field("reference", &transfer.reference)), "{shown}");
    assert!(shown.contains(&field("holder", &transfer.holder)), "{shown}");
    assert!(shown.replace(' ', "").contains(&transfer.iban), "{shown}");
    assert!(shown.contains(&euros(transfer.amount.as_ref())) && shown.contains("<svg"), "{shown}");
}

async fn transfer(world: &World, person: &Addressee) -> BankTransfer {
    let request = ListPaymentOptionsRequest { claim_ids: vec![person.claim_id.clone()] };
    let request = world.ask(Role::Agent, request);
    let reply = world.house.clients().payments().list_payment_options(request).await.unwrap();
    let option = reply.into_inner().options.remove(0);
    let Some(Method::BankTransfer(transfer)) = option.method else { panic!("a bank transfer") };
    transfer
}

/// The code of a message shows to anybody that it is ours, and a code of one's own does not.
async fn checks_the_message(world: &World, browser: &mut Browser, person: &Addressee) {
    let message = calls::sent(world, &person.debtor_id).await.remove(0);
    let messages = browser.page("/messages").await;
    assert!(messages.html.contains(&message.authenticity_code), "{}", messages.html);
    let mut anybody = browser.another();
    let genuine = anybody.fill("/verify", &[("code", &message.authenticity_code)]).await;
    assert!(genuine.html.contains("Beispiel Inkasso GmbH"), "{}", genuine.html);
    assert!(!genuine.html.contains("Erika"), "{}", genuine.html);
    let invented = anybody.fill("/verify", &[("code", "AAAA-BBBB-CCCC")]).await;
    assert!(!invented.html.contains("Beispiel Inkasso GmbH"), "{}", invented.html);
}

/// No text messages, please.
async fn refuses_text_messages(world: &World, browser: &mut Browser, person: &Addressee) {
    let next = browser.fill_and_follow("/preferences", &[("sms", "1")]).await;
    let saved = browser.page(&next).await;
    assert!(saved.html.contains("name=\"sms\" value=\"1\" checked"), "{}", saved.html);
    let request = GetContactBudgetRequest { debtor_id: person.debtor_id.clone() };
    let request = world.ask(Role::Agent, request);
    let reply = world.house.clients().messaging().get_contact_budget(request).await.unwrap();
    let kept = reply.into_inner().preferences.unwrap();
    assert_eq!(kept.refused_channels().collect::<Vec<_>>(), [Channel::Sms]);
}

/// All of it, but three weeks later.
async fn defers(world: &World, browser: &mut Browser, person: &Addressee) {
    let path = format!("/claims/{}/deferral", person.claim_id);
    let day = form_date(calls::today(world), 21);
    let offer = browser.fill_and_follow(&path, &[("first_date", &day)]).await;
    let costs = browser.page(&offer).await.link("/costs");
    let check = browser.fill_and_follow(&costs, &[]).await;
    let plan = browser.fill_and_follow(&check, &[]).await;
    world.house.settle().await;
    let agreed = arrangement(world, person).await;
    assert_eq!((agreed.state(), agreed.instalments.len()), (ArrangementState::Active, 1));
    assert_eq!(browser.page(&plan).await.figures()[0], euros(agreed.total.as_ref()));
}

/// Says that it is paid; the claim is silent at once.
async fn says_it_is_paid(world: &World, browser: &mut Browser, person: &Addressee) {
    let path = format!("/claims/{}/paid", person.claim_id);
    let typed = [("paid_on", "2026-04-01"), ("amount", "89,90"), ("explanation", "")];
    let done = browser.fill_and_follow(&path, &typed).await;
    assert_eq!(blocks(world, person).await, ["claims.hold.already_paid"]);
    assert_eq!(browser.page(&done).await.title(), "Danke für den Hinweis");
    world.house.settle().await;
    assert_eq!(calls::claim(world, &person.claim_id).await.state(), ClaimState::PaymentClaimed);
}

/// Signs out; the way back leads nowhere.
async fn leaves(browser: &mut Browser) {
    let mut form = browser.form("/overview").await;
    form.path = "/sign-out".into();
    let left = browser.send(&form, &[]).await;
    assert_eq!(left.location, "/");
    assert_eq!(browser.page("/").await.title(), "Sie sind abgemeldet");
    assert_eq!(browser.get("/overview").await.status, StatusCode::UNAUTHORIZED);
}

/// The path of a link that is for preferences alone.
async fn preferences_link(world: &World, person: &Addressee) -> String {
    let request = CreateAccessLinkRequest {
        request_id: world.house.request_id(),
        debtor_id: person.debtor_id.clone(),
        purpose: AccessPurpose::Preferences.into(),
        ..Default::default()
    };
    let request = world.ask(Role::Agent, request);
    let reply = world.house.clients().claims().create_access_link(request).await.unwrap();
    format!("/l/{}", reply.into_inner().link.unwrap().token)
}

async fn sees_no_claim(browser: &mut Browser, person: &Addressee) {
    for path in ["/overview", "/messages", "/objections", "/protection"] {
        assert_eq!(browser.get(path).await.location, "/preferences");
    }
    let hidden = ["", "/statement", "/pay", "/instalments", "/promise", "/dispute", "/paid"];
    for page in hidden {
        let refused = browser.get(&format!("/claims/{}{page}", person.claim_id)).await;
        assert_eq!(refused.status, StatusCode::NOT_FOUND, "{page}");
        assert!(!refused.html.contains('€') && !refused.html.contains("RE-1"), "{page}");
    }
}

/// The session that the link opens reaches no further where the services are called directly.
async fn reads_nothing_past_the_pages(world: &World, link: &str, person: &Addressee) {
    let token = link.trim_start_matches("/l/");
    let session = calls::open_access(world, token, person.birth_date).await.session_token;
    let clients = world.house.clients();
    let request = ListMessagesRequest::default();
    let refused = clients.messaging().list_messages(outgoing_as(&session, request)).await;
    assert_eq!(refused.unwrap_err().code(), Code::NotFound);
    let request = ListPaymentOptionsRequest { claim_ids: vec![person.claim_id.clone()] };
    let refused = clients.payments().list_payment_options(outgoing_as(&session, request)).await;
    assert_eq!(refused.unwrap_err().code(), Code::NotFound);
}

on_both_backends! {
    async fn every_page_that_a_link_leads_to_is_there(backend: Backend) {
        let world = World::open(backend).await;
        let [erika, max] = addressees(&world, [ERIKA, MAX]).await;
        let portal = portal(&world);
        let mut browser = opened(&portal, &erika).await;
        let open = wanders(&mut browser).await;
        knows_how_to_pay(&world, &mut browser, &erika).await;
        checks_the_message(&world, &mut browser, &erika).await;
        refuses_text_messages(&world, &mut browser, &erika).await;
        defers(&world, &mut browser, &erika).await;
        let arranged = wanders(&mut browser).await;
        assert!(open.len() > 10 && arranged.len() > 8, "{open:?} {arranged:?}");
        leaves(&mut browser).await;

        let mut browser = opened(&portal, &max).await;
        says_it_is_paid(&world, &mut browser, &max).await;
        wanders(&mut browser).await;
    }

    async fn a_link_for_preferences_shows_nothing_else(backend: Backend) {
        let world = World::open(backend).await;
        let [erika] = addressees(&world, [ERIKA]).await;
        let link = preferences_link(&world, &erika).await;
        let mut browser = Browser::new(&portal(&world));
        let opened = answer(&mut browser, &link, erika.birth_date).await;
        assert_eq!(opened.location, "/preferences", "{}", opened.title());
        sees_no_claim(&mut browser, &erika).await;
        reads_nothing_past_the_pages(&world, &link, &erika).await;
        refuses_text_messages(&world, &mut browser, &erika).await;
    }
}
