//! What holds for every page of an opened session, in both languages.

use http::StatusCode;
use kulanz_proto::claims::v1::{
    Challenge, EvidenceFile, EvidenceSlot, GetChallengeResponse, GetStatementResponse,
    GetTenantResponse, ListChallengesResponse, Statement, Tenant,
};
use kulanz_proto::messaging::v1::{
    GetContactBudgetResponse, ListMessagesResponse, Message, MessageState,
};
use kulanz_proto::payments::v1::ListPaymentOptionsResponse;

use super::agreeing::arranging;
use super::claims::{CLAIM, opened};
use super::{get, text};

const OF_A_CLAIM: [&str; 10] = [
    "",
    "/statement",
    "/pay",
    "/later",
    "/instalments",
    "/deferral",
    "/promise",
    "/dispute",
    "/paid",
    "/arrangement",
];
const OTHERS: [&str; 11] = [
    "/overview",
    "/objections",
    "/objections/dispute_1",
    "/protection",
    "/help",
    "/preferences",
    "/messages",
    "/not-me",
    "/quotes/quote_1",
    "/quotes/quote_1/a/costs",
    "/quotes/quote_1/a/check",
];

fn paths() -> Vec<String> {
    let of_claim = OF_A_CLAIM.iter().map(|page| format!("/claims/{CLAIM}{page}"));
    of_claim.chain(OTHERS.iter().map(|page| (*page).to_owned())).collect()
}

/// The fields of a page that a person fills in.
fn fields(html: &str) -> usize {
    let tags = html.split("<input").skip(1).filter_map(|rest| rest.split('>').next());
    let shown = tags.filter(|tag| !tag.contains("type=\"hidden\"")).count();
    shown + html.matches("<textarea").count()
}

fn messages() -> ListMessagesResponse {
    let of_state = |state: MessageState, body: &str| Message {
        state: state.into(),
        body: body.to_owned(),
        ..Message::default()
    };
    let messages = vec![
        of_state(MessageState::Sent, "Guten Tag"),
        of_state(MessageState::Scheduled, "noch nicht"),
    ];
    ListMessagesResponse { messages, ..ListMessagesResponse::default() }
}

fn challenge() -> Challenge {
    let file = EvidenceFile { file_name: "Beleg.pdf".to_owned(), ..EvidenceFile::default() };
    let slot = |name: &str, files| EvidenceSlot {
        slot: name.to_owned(),
        wanted: "Ein Beleg".to_owned(),
        files,
        ..EvidenceSlot::default()
    };
    let evidence = vec![slot("correspondence", vec![file]), slot("other", Vec::new())];
    Challenge { challenge_id: "dispute_1".to_owned(), evidence, ..Challenge::default() }
}

#[tokio::test]
async fn only_what_has_left_the_house_is_shown() {
    let backend = arranging(true).answers("ListMessages", &messages());
    let (router, cookie) = opened(&backend).await;
    let html = text(get(&router, "/messages", &cookie).await).await;
    assert!(html.contains("<p>Guten Tag</p>") && !html.contains("noch nicht"));
}

#[tokio::test]
async fn every_page_has_one_heading_and_labels_in_both_languages() {
    let statement = GetStatementResponse { statement: Some(Statement::default()) };
    let backend = arranging(true)
        .answers("GetStatement", &statement)
        .answers("ListPaymentOptions", &ListPaymentOptionsResponse::default())
        .answers("GetContactBudget", &GetContactBudgetResponse::default())
        .answers("ListMessages", &messages())
        .answers("GetChallenge", &GetChallengeResponse { challenge: Some(challenge()) })
        .answers(
            "ListChallenges",
            &ListChallengesResponse { challenges: vec![challenge()], ..Default::default() },
        )
        .answers("GetTenant", &GetTenantResponse { tenant: Some(Tenant::default()) });
    let (router, cookie) = opened(&backend).await;
    for language in ["de", "en"] {
        let cookie = format!("{cookie}; kulanz_language={language}");
        for path in paths() {
            let response = get(&router, &path, &cookie).await;
            assert_eq!(response.status(), StatusCode::OK, "{path}");
            let html = text(response).await;
            assert!(html.contains(&format!("<html lang=\"{language}\">")), "{path}");
            assert_eq!(html.matches("<h1").count(), 1, "{path}");
            assert_eq!(html.matches("<label").count(), fields(&html), "{path}");
            assert!(html.len() < 50_000, "{path}");
        }
    }
}
