use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::TimeDelta;
use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use kulanz_chassis::Role;
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::WebhookDeliveryState as State_;
use kulanz_proto::claims::v1::replay_webhook_deliveries_request::Selection;
use kulanz_testkit::{Backend, House, fields, on_both_backends, reason, stand_in, until};
use serde_json::Value;
use sha2::Sha256;
use tonic::{Code, Status};

use crate::challenges::{decide, report};
use crate::evidence::{header, upload};
use crate::questions::{answer, ask, question};
use crate::support::{Case, case_in, creditor};

/// What the other side answers.
#[derive(Clone)]
enum Answers {
    With(StatusCode),
    After(StatusCode, &'static str),
    To(String),
    Never,
}

#[derive(Clone)]
struct Received {
    headers: HeaderMap,
    body: String,
}

impl Received {
    fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    fn id(&self) -> &str {
        self.header("webhook-id")
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// As the specification's receivers do it, from the text of the secret alone.
    fn is_signed_with(&self, secret: &str) -> bool {
        let key = BASE64.decode(secret.strip_prefix("whsec_").unwrap().as_bytes()).unwrap();
        assert!((24..=64).contains(&key.len()));
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key).unwrap();
        mac.update(
            format!("{}.{}.{}", self.id(), self.header("webhook-timestamp"), self.body).as_bytes(),
        );
        let expected = format!("v1,{}", BASE64.encode(&mac.finalize().into_bytes()));
        self.header("webhook-signature").split(' ').any(|signature| signature == expected)
    }
}

#[derive(Default)]
struct Desk {
    answers: VecDeque<Answers>,
    always: Option<Answers>,
    received: Vec<Received>,
}

/// A creditor's system: a real HTTP server.
#[derive(Clone)]
struct Receiver {
    address: SocketAddr,
    desk: Arc<Mutex<Desk>>,
}

impl Receiver {
    async fn start() -> Self {
        let desk = Arc::new(Mutex::new(Desk::default()));
        let app = axum::Router::new().fallback(receive).with_state(Arc::clone(&desk));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { address, desk }
    }

    fn url(&self) -> String {
        format!("http://{}/hooks?from=kulanz", self.address)
    }

    fn answers(&self, answer: Answers) {
        self.desk.lock().unwrap().answers.push_back(answer);
    }

    fn always(&self, answer: Answers) {
        self.desk.lock().unwrap().always = Some(answer);
    }

    fn received(&self) -> Vec<Received> {
        self.desk.lock().unwrap().received.clone()
    }
}

async fn receive(
    State(desk): State<Arc<Mutex<Desk>>>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let answer = {
        let mut desk = desk.lock().unwrap();
        desk.received.push(Received { headers, body });
        let next = desk.answers.pop_front();
        next.or_else(|| desk.always.clone())
    };
    match answer.unwrap_or(Answers::With(StatusCode::NO_CONTENT)) {
        Answers::With(status) => status.into_response(),
        Answers::After(status, pause) => (status, [(header::RETRY_AFTER, pause)]).into_response(),
        Answers::To(url) => (StatusCode::FOUND, [(header::LOCATION, url)]).into_response(),
        Answers::Never => std::future::pending().await,
    }
}

const NEARBY: &str =
    "[webhooks]\nallow_http = true\nallow_private_addresses = true\ntimeout_ms = 3000\n";

async fn house_with(backend: Backend, overlay: &str) -> House {
    let neighbours = [stand_in("payments"), stand_in("messaging")];
    let all = [&[kulanz_claims::DEFINITION][..], &neighbours].concat();
    House::build(backend, &all).settings(overlay).start().await
}

async fn case(backend: Backend) -> Case {
    case_in(house_with(backend, NEARBY).await).await
}

async fn create(
    house: &House,
    endpoint: pb::WebhookEndpoint,
) -> Result<pb::WebhookEndpoint, Status> {
    let request_id = house.request_id();
    let asked = pb::CreateWebhookEndpointRequest { request_id, endpoint: Some(endpoint) };
    let asked = house.ask(Role::Integration, asked);
    let answer = house.clients().claims().create_webhook_endpoint(asked).await?;
    Ok(answer.into_inner().endpoint.unwrap())
}

/// An endpoint that hears of states only.
async fn endpoint(house: &House, url: String) -> pb::WebhookEndpoint {
    let event_types = vec!["claim.state_changed".to_owned()];
    let wanted = pb::WebhookEndpoint { url, event_types, ..Default::default() };
    create(house, wanted).await.unwrap()
}

async fn hold(case: &Case) {
    let asked = pb::HoldClaimRequest {
        request_id: case.house.request_id(),
        claim_id: case.claim_id.clone(),
        kind: pb::HoldKind::Manual.into(),
        reason: "asked by phone".into(),
        expires_at: None,
    };
    let asked = case.house.ask(Role::Agent, asked);
    case.house.clients().claims().hold_claim(asked).await.unwrap();
}

async fn deliveries(house: &House, endpoint_id: &str) -> Vec<pb::WebhookDelivery> {
    let asked = pb::ListWebhookDeliveriesRequest {
        webhook_endpoint_id: endpoint_id.into(),
        ..Default::default()
    };
    let asked = house.ask(Role::Integration, asked);
    let answer = house.clients().claims().list_webhook_deliveries(asked).await;
    answer.unwrap().into_inner().deliveries
}

async fn replay(
    house: &House,
    endpoint_id: &str,
    selection: Option<Selection>,
) -> Result<i64, Status> {
    let asked = pb::ReplayWebhookDeliveriesRequest {
        request_id: house.request_id(),
        webhook_endpoint_id: endpoint_id.into(),
        selection,
    };
    let asked = house.ask(Role::Integration, asked);
    Ok(house.clients().claims().replay_webhook_deliveries(asked).await?.into_inner().count)
}

async fn pause(
    house: &House,
    endpoint_id: &str,
    paused: bool,
) -> Result<pb::WebhookEndpoint, Status> {
    let asked = pb::PauseWebhookEndpointRequest {
        request_id: house.request_id(),
        webhook_endpoint_id: endpoint_id.into(),
        paused,
    };
    let asked = house.ask(Role::Integration, asked);
    let answer = house.clients().claims().pause_webhook_endpoint(asked).await?;
    Ok(answer.into_inner().endpoint.unwrap())
}

async fn rotate(house: &House, endpoint_id: &str) -> Result<pb::WebhookEndpoint, Status> {
    let asked = pb::RotateWebhookSecretRequest {
        request_id: house.request_id(),
        webhook_endpoint_id: endpoint_id.into(),
    };
    let asked = house.ask(Role::Integration, asked);
    let answer = house.clients().claims().rotate_webhook_secret(asked).await?;
    Ok(answer.into_inner().endpoint.unwrap())
}

/// What was told of each type, the latest last.
fn told(receiver: &Receiver, kind: &str) -> Vec<Value> {
    let bodies = receiver.received().into_iter().map(|one| one.json());
    bodies.filter(|body| body["type"] == kind).map(|body| body["data"].clone()).collect()
}

async fn advance(house: &House, pause: TimeDelta) {
    house.advance_to(house.now() + pause).await;
}

on_both_backends! {
    async fn a_change_of_state_is_told_once_and_signed(backend: Backend) {
        let receiver = Receiver::start().await;
        let case = case(backend).await;
        let endpoint = endpoint(&case.house, receiver.url()).await;
        hold(&case).await;
        case.house.settle().await;
        let received = receiver.received();
        assert_eq!(received.len(), 1);
        assert!(received[0].is_signed_with(&endpoint.secret));
        assert_eq!(received[0].header("content-type"), "application/json");
        let body = received[0].json();
        assert_eq!(body["type"], "claim.state_changed");
        assert!(body["timestamp"].as_str().unwrap().starts_with("2026-11-16T09:00:00"));
        let data = &body["data"];
        assert_eq!(data["claim_id"], case.claim_id.as_str());
        assert_eq!(data["reference"], "R-1");
        assert_eq!((data["from_state"].as_str(), data["to_state"].as_str()), (Some("registered"), Some("on_hold")));
        assert_eq!(data["reason"], "HOLD_PLACED");
        for personal in ["Lindqvist", "Jette", "Speicher", "example.org"] {
            assert!(!received[0].body.contains(personal));
        }
        let kept = deliveries(&case.house, &endpoint.webhook_endpoint_id).await;
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].webhook_delivery_id, received[0].id());
        assert_eq!((kept[0].state(), kept[0].attempts), (State_::Delivered, 1));
        assert_eq!(kept[0].body, received[0].body);
        case.house.stop().await;
    }

    async fn an_endpoint_hears_of_its_creditor_and_its_types_only(backend: Backend) {
        let receiver = Receiver::start().await;
        let case = case(backend).await;
        let other = creditor(&case.house).await;
        let url = receiver.url();
        let deaf = pb::WebhookEndpoint { creditor_id: other, url: url.clone(), ..Default::default() };
        create(&case.house, deaf).await.unwrap();
        let event_types = vec!["claim.balance_changed".to_owned(), "import.finished".to_owned()];
        let creditor_id = case.creditor_id.clone();
        let own = pb::WebhookEndpoint { creditor_id, url, event_types, ..Default::default() };
        create(&case.house, own).await.unwrap();
        hold(&case).await;
        let principal = crate::support::euros(24_980);
        let rows = vec![pb::ImportRow { principal, ..crate::support::row(&case.house, "R-2") }];
        crate::support::import(&case.house, &case.creditor_id, rows).await;
        case.house.settle().await;
        let mut bodies: Vec<Value> = receiver.received().iter().map(Received::json).collect();
        // Order is not promised.
        bodies.sort_by_key(|body| body["type"].as_str().unwrap() == "claim.balance_changed");
        let types: Vec<_> = bodies.iter().map(|body| body["type"].as_str().unwrap()).collect();
        assert_eq!(types, ["import.finished", "claim.balance_changed"]);
        assert_eq!(bodies[0]["data"]["accepted_count"], 1);
        assert_eq!(bodies[1]["data"]["cause"], "COST");
        let costs = &bodies[1]["data"]["balance"]["costs"];
        assert_eq!((costs["currency_code"].as_str(), costs["minor_units"].as_i64()), (Some("EUR"), Some(3_090)));
        case.house.stop().await;
    }

    async fn every_step_of_a_challenge_and_its_question_is_told_signed_and_without_the_person(backend: Backend) {
        let receiver = Receiver::start().await;
        let case = case(backend).await;
        let types = ["challenge.opened", "challenge.evidence_added", "challenge.resolved",
            "question.asked", "question.answered", "question.overdue"];
        let wanted = pb::WebhookEndpoint {
            creditor_id: case.creditor_id.clone(),
            url: receiver.url(),
            event_types: types.map(str::to_owned).to_vec(),
            ..Default::default()
        };
        let endpoint = create(&case.house, wanted).await.unwrap();
        // The first message of all is refused once, and comes again.
        receiver.answers(Answers::With(StatusCode::SERVICE_UNAVAILABLE));
        let id = report(&case, pb::WrongPersonReason::NotMe).await;
        case.house.settle().await;
        assert_eq!(receiver.received().len(), 1);
        advance(&case.house, TimeDelta::seconds(5)).await;
        let received = receiver.received();
        assert_eq!((received.len(), received[0].id()), (2, received[1].id()));
        let opened = told(&receiver, "challenge.opened").pop().unwrap();
        assert_eq!(opened["challenge_id"], id.as_str());
        assert_eq!((opened["kind"].as_str(), opened["state"].as_str()), (Some("wrong_person"), Some("received")));
        assert_eq!(opened["claim_id"], case.claim_id.as_str());
        assert!(opened["answer_by"].as_str().is_some());

        let file = upload(&case, header(&case, &id, ""), b"I never lived there, Jette Lindqvist").await.unwrap();
        let question = ask(&case, question(&case, &id)).await.unwrap();
        case.house.settle().await;
        let added = told(&receiver, "challenge.evidence_added").pop().unwrap();
        assert_eq!(added["evidence_id"], file.file.unwrap().evidence_id.as_str());
        assert_eq!(added["media_type"], "text/plain");
        let asked = told(&receiver, "question.asked").pop().unwrap();
        assert_eq!((asked["question_id"].as_str(), asked["challenge_id"].as_str()),
            (Some(question.question_id.as_str()), Some(id.as_str())));

        assert!(told(&receiver, "question.overdue").is_empty());
        advance(&case.house, TimeDelta::days(20)).await;
        let overdue = told(&receiver, "question.overdue");
        assert_eq!(overdue.len(), 1);
        assert_eq!((&overdue[0]["question_id"], &overdue[0]["answer_by"]), (&asked["question_id"], &asked["answer_by"]));
        answer(&case, &question.question_id).await.unwrap();
        decide(&case, &id, pb::ChallengeState::Rejected).await.unwrap();
        case.house.settle().await;
        let answered = told(&receiver, "question.answered").pop().unwrap();
        assert_eq!(answered["question_id"], question.question_id.as_str());
        let resolved = told(&receiver, "challenge.resolved").pop().unwrap();
        assert_eq!(resolved["state"], "rejected");
        assert_eq!(resolved["claim_version"], case.claim().await.version);
        for received in receiver.received() {
            assert!(received.is_signed_with(&endpoint.secret));
            for personal in ["Lindqvist", "Jette", "signed order", "here it is", "example.org"] {
                assert!(!received.body.contains(personal), "{}", received.body);
            }
        }
        case.house.stop().await;
    }

    async fn a_failed_message_is_tried_again_under_its_id(backend: Backend) {
        let receiver = Receiver::start().await;
        receiver.answers(Answers::With(StatusCode::INTERNAL_SERVER_ERROR));
        receiver.answers(Answers::After(StatusCode::TOO_MANY_REQUESTS, "3600"));
        let case = case(backend).await;
        let endpoint = endpoint(&case.house, receiver.url()).await;
        let id = &endpoint.webhook_endpoint_id;
        hold(&case).await;
        case.house.settle().await;
        let failed = deliveries(&case.house, id).await.remove(0);
        assert_eq!((failed.state(), failed.last_error.as_str()), (State_::Pending, "HTTP_500"));
        advance(&case.house, TimeDelta::seconds(5)).await;
        assert_eq!(receiver.received().len(), 2);
        // The second pause would be five minutes; the receiver asked for an hour.
        advance(&case.house, TimeDelta::minutes(59)).await;
        assert_eq!(receiver.received().len(), 2);
        advance(&case.house, TimeDelta::minutes(2)).await;
        let received = receiver.received();
        assert_eq!(received.len(), 3);
        assert!(received.iter().all(|one| one.id() == received[0].id() && one.body == received[0].body));
        assert!(received.iter().all(|one| one.is_signed_with(&endpoint.secret)));
        let kept = deliveries(&case.house, id).await.remove(0);
        assert_eq!((kept.state(), kept.attempts, kept.last_error.as_str()), (State_::Delivered, 3, ""));
        case.house.stop().await;
    }

    async fn a_message_is_dead_after_the_schedule_and_can_be_sent_again(backend: Backend) {
        let receiver = Receiver::start().await;
        receiver.always(Answers::With(StatusCode::BAD_GATEWAY));
        let case = case(backend).await;
        let endpoint = endpoint(&case.house, receiver.url()).await;
        let id = &endpoint.webhook_endpoint_id;
        hold(&case).await;
        advance(&case.house, TimeDelta::days(4)).await;
        let dead = deliveries(&case.house, id).await.remove(0);
        assert_eq!((dead.state(), dead.attempts, dead.next_attempt_at), (State_::Dead, 10, None));
        assert_eq!(receiver.received().len(), 10);
        receiver.always(Answers::With(StatusCode::OK));
        assert_eq!(replay(&case.house, id, Some(Selection::Dead(true))).await.unwrap(), 1);
        case.house.settle().await;
        let received = receiver.received();
        assert_eq!((received.len(), received[10].id()), (11, received[0].id()));
        assert_eq!(deliveries(&case.house, id).await[0].state(), State_::Delivered);
        assert_eq!(replay(&case.house, id, Some(Selection::Dead(true))).await.unwrap(), 0);
        let since = Selection::Since(kulanz_proto::convert::timestamp(case.house.now() - TimeDelta::days(9)));
        assert_eq!(replay(&case.house, id, Some(since)).await.unwrap(), 1);
        let one = Selection::WebhookDeliveryId(received[0].id().to_owned());
        assert_eq!(replay(&case.house, id, Some(one)).await.unwrap(), 1);
        case.house.settle().await;
        assert!(receiver.received().len() >= 12);
        case.house.stop().await;
    }

    async fn a_new_secret_signs_beside_the_old_one_for_a_day(backend: Backend) {
        let receiver = Receiver::start().await;
        let case = case(backend).await;
        let old = endpoint(&case.house, receiver.url()).await;
        let new = rotate(&case.house, &old.webhook_endpoint_id).await.unwrap();
        assert_ne!(old.secret, new.secret);
        hold(&case).await;
        case.house.settle().await;
        let both = receiver.received().remove(0);
        assert!(both.is_signed_with(&old.secret) && both.is_signed_with(&new.secret));
        advance(&case.house, TimeDelta::hours(24)).await;
        let since = Selection::Since(kulanz_proto::convert::timestamp(case.house.now() - TimeDelta::days(2)));
        replay(&case.house, &old.webhook_endpoint_id, Some(since)).await.unwrap();
        case.house.settle().await;
        let later = receiver.received().remove(1);
        assert!(!later.is_signed_with(&old.secret) && later.is_signed_with(&new.secret));
        case.house.stop().await;
    }

    async fn a_secret_is_told_to_who_made_it_and_never_kept(backend: Backend) {
        let house = house_with(backend, NEARBY).await;
        let asked = pb::CreateWebhookEndpointRequest {
            request_id: house.request_id(),
            endpoint: Some(pb::WebhookEndpoint { url: "http://127.0.0.1:9/".into(), ..Default::default() }),
        };
        let mut claims = house.clients().claims();
        let first = claims.create_webhook_endpoint(house.ask(Role::Admin, asked.clone())).await.unwrap();
        let again = claims.create_webhook_endpoint(house.ask(Role::Admin, asked)).await.unwrap();
        let first = first.into_inner().endpoint.unwrap();
        assert_eq!(Some(&first), again.into_inner().endpoint.as_ref());
        let listed = claims
            .list_webhook_endpoints(house.ask(Role::Admin, pb::ListWebhookEndpointsRequest::default()))
            .await
            .unwrap()
            .into_inner()
            .endpoints;
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0], pb::WebhookEndpoint { secret: String::new(), ..first });
        house.stop().await;
    }

    async fn a_redirect_is_not_followed(backend: Backend) {
        let (receiver, elsewhere) = (Receiver::start().await, Receiver::start().await);
        receiver.answers(Answers::To(elsewhere.url()));
        let case = case(backend).await;
        let endpoint = endpoint(&case.house, receiver.url()).await;
        hold(&case).await;
        case.house.settle().await;
        let kept = deliveries(&case.house, &endpoint.webhook_endpoint_id).await.remove(0);
        assert_eq!((kept.state(), kept.last_error.as_str()), (State_::Pending, "HTTP_302"));
        assert!(elsewhere.received().is_empty());
        case.house.stop().await;
    }

    async fn an_address_inside_is_refused_when_it_is_given_and_when_a_name_means_it(backend: Backend) {
        let receiver = Receiver::start().await;
        let case = case_in(house_with(backend, "[webhooks]\nallow_http = true\n").await).await;
        for url in [receiver.url(), "http://10.0.0.1/".into(), "https://[::1]/".into(), "ftp://x/".into()] {
            let refused = create(&case.house, pb::WebhookEndpoint { url, ..Default::default() }).await;
            let refused = refused.unwrap_err();
            assert_eq!((reason(&refused).as_str(), fields(&refused)), ("INVALID_FIELDS", vec!["endpoint.url".to_owned()]));
        }
        let named = format!("http://localhost:{}/", receiver.address.port());
        let endpoint = endpoint(&case.house, named).await;
        hold(&case).await;
        case.house.settle().await;
        let kept = deliveries(&case.house, &endpoint.webhook_endpoint_id).await.remove(0);
        assert_eq!(kept.last_error, "ADDRESS_REFUSED");
        assert!(receiver.received().is_empty());
        case.house.stop().await;
    }

    async fn an_endpoint_that_is_gone_is_left_alone_until_it_is_resumed(backend: Backend) {
        let receiver = Receiver::start().await;
        receiver.answers(Answers::With(StatusCode::GONE));
        let case = case(backend).await;
        let endpoint = endpoint(&case.house, receiver.url()).await;
        let id = &endpoint.webhook_endpoint_id;
        hold(&case).await;
        advance(&case.house, TimeDelta::days(2)).await;
        assert_eq!(receiver.received().len(), 1);
        let kept = deliveries(&case.house, id).await.remove(0);
        assert_eq!((kept.state(), kept.last_error.as_str()), (State_::Pending, "HTTP_410"));
        let again = pause(&case.house, id, true).await.unwrap();
        assert_eq!(again.paused_reason, "REQUESTED");
        let resumed = pause(&case.house, id, false).await.unwrap();
        assert!(!resumed.paused && resumed.paused_reason.is_empty());
        case.house.settle().await;
        assert_eq!(receiver.received().len(), 2);
        assert_eq!(deliveries(&case.house, id).await[0].state(), State_::Delivered);
        case.house.stop().await;
    }

    async fn what_comes_up_during_a_pause_is_sent_after_it_and_dropped_by_a_deletion(backend: Backend) {
        let receiver = Receiver::start().await;
        let case = case(backend).await;
        let endpoint = endpoint(&case.house, receiver.url()).await;
        let id = &endpoint.webhook_endpoint_id;
        pause(&case.house, id, true).await.unwrap();
        hold(&case).await;
        case.house.settle().await;
        assert!(receiver.received().is_empty());
        pause(&case.house, id, false).await.unwrap();
        case.house.settle().await;
        assert_eq!(receiver.received().len(), 1);
        let asked = pb::DeleteWebhookEndpointRequest {
            request_id: case.house.request_id(),
            webhook_endpoint_id: id.clone(),
        };
        let asked = case.house.ask(Role::Integration, asked);
        case.house.clients().claims().delete_webhook_endpoint(asked).await.unwrap();
        assert!(deliveries(&case.house, id).await.is_empty());
        assert_eq!(pause(&case.house, id, true).await.unwrap_err().code(), Code::NotFound);
        case.house.stop().await;
    }

    async fn what_nobody_answers_is_not_lost_and_holds_up_nobody_else(backend: Backend) {
        let (slow, quick) = (Receiver::start().await, Receiver::start().await);
        slow.always(Answers::Never);
        let case = case(backend).await;
        let stuck = endpoint(&case.house, slow.url()).await;
        endpoint(&case.house, quick.url()).await;
        hold(&case).await;
        if backend == Backend::Server {
            let told = async || (!quick.received().is_empty()).then_some(());
            let soon = Duration::from_millis(2_500);
            tokio::time::timeout(soon, until("the quick one to hear", told)).await.unwrap();
        }
        case.house.settle().await;
        assert_eq!(quick.received().len(), 1);
        let kept = deliveries(&case.house, &stuck.webhook_endpoint_id).await.remove(0);
        assert_eq!((kept.state(), kept.last_error.as_str()), (State_::Pending, "TIMEOUT"));
        slow.always(Answers::With(StatusCode::OK));
        advance(&case.house, TimeDelta::seconds(5)).await;
        let kept = deliveries(&case.house, &stuck.webhook_endpoint_id).await.remove(0);
        assert_eq!(kept.state(), State_::Delivered);
        case.house.stop().await;
    }

    async fn wrong_requests_and_strangers_are_refused(backend: Backend) {
        let case = case(backend).await;
        let house = &case.house;
        let event_types = vec!["claim.sneezed".to_owned()];
        let wrong = pb::WebhookEndpoint { url: "nowhere".into(), event_types, ..Default::default() };
        let refused = create(house, wrong).await.unwrap_err();
        assert_eq!(fields(&refused), ["endpoint.url", "endpoint.event_types"]);
        let creditor_id = "creditor_01h455vb4pex5vsknk084sn02q".to_owned();
        let unknown = pb::WebhookEndpoint { creditor_id, url: "http://127.0.0.1:9/".into(), ..Default::default() };
        assert_eq!(create(house, unknown).await.unwrap_err().code(), Code::NotFound);
        let endpoint = endpoint(house, "http://127.0.0.1:9/".into()).await;
        let id = endpoint.webhook_endpoint_id.as_str();
        for selection in [None, Some(Selection::Dead(false))] {
            let refused = replay(house, id, selection).await.unwrap_err();
            assert_eq!(reason(&refused), "INVALID_FIELDS");
        }
        let foreign = Selection::WebhookDeliveryId("delivery_01h455vb4pex5vsknk084sn02q".into());
        assert_eq!(replay(house, id, Some(foreign)).await.unwrap_err().code(), Code::NotFound);
        let mut claims = house.clients().claims();
        let list = pb::ListWebhookDeliveriesRequest { state: 99, ..Default::default() };
        let refused = claims.list_webhook_deliveries(house.ask(Role::Admin, list)).await.unwrap_err();
        assert_eq!(reason(&refused), "INVALID_FIELDS");
        let asked = pb::RotateWebhookSecretRequest { request_id: house.request_id(), webhook_endpoint_id: id.into() };
        let refused = claims.rotate_webhook_secret(house.ask_as_other(Role::Admin, asked.clone())).await;
        assert_eq!(refused.unwrap_err().code(), Code::NotFound);
        let refused = claims.rotate_webhook_secret(house.ask(Role::Agent, asked)).await;
        assert_eq!(reason(&refused.unwrap_err()), "CALL_NOT_ALLOWED");
        let asked = pb::PauseWebhookEndpointRequest { request_id: house.request_id(), webhook_endpoint_id: id.into(), paused: true };
        let refused = claims.pause_webhook_endpoint(house.ask_as_other(Role::Admin, asked)).await;
        assert_eq!(refused.unwrap_err().code(), Code::NotFound);
        let asked = pb::DeleteWebhookEndpointRequest { request_id: house.request_id(), webhook_endpoint_id: id.into() };
        let refused = claims.delete_webhook_endpoint(house.ask_as_other(Role::Admin, asked)).await;
        assert_eq!(refused.unwrap_err().code(), Code::NotFound);
        let asked = pb::ReplayWebhookDeliveriesRequest {
            request_id: house.request_id(), webhook_endpoint_id: id.into(), selection: Some(Selection::Dead(true)),
        };
        let refused = claims.replay_webhook_deliveries(house.ask_as_other(Role::Admin, asked)).await;
        assert_eq!(refused.unwrap_err().code(), Code::NotFound);
        let asked = house.ask_as_other(Role::Admin, pb::ListWebhookEndpointsRequest::default());
        assert!(claims.list_webhook_endpoints(asked).await.unwrap().into_inner().endpoints.is_empty());
        let asked = house.ask_as_other(Role::Admin, pb::ListWebhookDeliveriesRequest::default());
        assert!(claims.list_webhook_deliveries(asked).await.unwrap().into_inner().deliveries.is_empty());
        case.house.stop().await;
    }
}
