//! Files that show what a person says: taken from the page into claims, or refused on the page with what
//! is wrong about them; nothing of what was refused or cut off is kept.

use axum::body::{Body, Bytes};
use http::StatusCode;
use kulanz_chassis::Role;
use kulanz_proto::claims::v1::{
    ChallengeState, EvidenceFile, GetChallengeRequest, GetEvidenceRequest, RequestEvidenceRequest,
};
use kulanz_proto::types::v1::Date;
use kulanz_testkit::on_both_backends;
use kulanz_tests::{ERIKA, World};

use super::{
    Addressee, addressees,
    browser::{BOUNDARY, Browser, Form, multipart, portal},
    objections::challenges,
    opened,
};

const MIB: usize = 1024 * 1024;

fn pdf(size: usize) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    bytes.extend((bytes.len()..size).map(|index| u8::try_from(index % 251).expect("small")));
    bytes
}

/// Objects, and opens the page of the objection: its id and its form.
async fn objects(world: &World, browser: &mut Browser, person: &Addressee) -> (String, Form) {
    let path = format!("/claims/{}/dispute", person.claim_id);
    browser.fill_and_follow(&path, &[("reason", "returned")]).await;
    let id = challenges(world, person).await.remove(0).challenge_id;
    let form = browser.form(&format!("/objections/{id}")).await;
    (id, form)
}

/// All files of the challenge, and whether it waits for the person.
async fn files(world: &World, id: &str) -> (Vec<EvidenceFile>, ChallengeState) {
    let request = world.ask(Role::Agent, GetChallengeRequest { challenge_id: id.into() });
    let reply = world.house.clients().claims().get_challenge(request).await.unwrap();
    let challenge = reply.into_inner().challenge.unwrap();
    let state = challenge.state();
    (challenge.evidence.into_iter().flat_map(|slot| slot.files).collect(), state)
}

async fn bytes_of(world: &World, file: &EvidenceFile) -> Vec<u8> {
    let request =
        world.ask(Role::Agent, GetEvidenceRequest { evidence_id: file.evidence_id.clone() });
    let mut answers =
        world.house.clients().claims().get_evidence(request).await.unwrap().into_inner();
    let mut bytes = Vec::new();
    while let Some(message) = answers.message().await.unwrap() {
        bytes.extend(message.chunk);
    }
    bytes
}

/// What staff asked for is uploaded: it is kept to the byte, once, however often the form is sent.
async fn shows_what_was_asked_for(world: &World, browser: &mut Browser, id: &str) {
    let wanted = RequestEvidenceRequest {
        request_id: world.house.request_id(),
        challenge_id: id.into(),
        slot: "parcel_receipt".into(),
        wanted: "Den Einlieferungsbeleg".into(),
        wanted_by: Some(Date { year: 2026, month: 12, day: 24 }),
    };
    let wanted = world.ask(Role::Agent, wanted);
    world.house.clients().claims().request_evidence(wanted).await.unwrap();
    let page = browser.page(&format!("/objections/{id}")).await;
    assert!(page.html.contains("value=\"parcel_receipt\" checked"), "{}", page.html);
    let shown = "Den Einlieferungsbeleg (bitte bis zum 24.12.2026)";
    assert!(
        page.html.contains(shown) && page.html.contains("Brauchen Sie länger?"),
        "{}",
        page.html
    );
    let form = browser.form(&format!("/objections/{id}")).await;
    let bytes = pdf(2 * MIB + 17);
    for _ in 0..2 {
        let name = "C:\\Fotos\\Beleg \"1\" <Köln>.pdf";
        let taken = browser.upload(&form, "parcel_receipt", name, bytes.clone()).await;
        assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.problem());
        assert_eq!(taken.location, format!("/objections/{id}"));
    }
    let (kept, state) = files(world, id).await;
    assert_eq!((kept.len(), state), (1, ChallengeState::ToDecide));
    assert_eq!(kept[0].media_type, "application/pdf");
    assert!(kept[0].uploaded_by.starts_with("debtor:"), "{}", kept[0].uploaded_by);
    assert!(bytes_of(world, &kept[0]).await == bytes, "the bytes are those that were sent");
    let after = browser.page(&format!("/objections/{id}")).await.html;
    assert!(after.contains("Ihre Datei ist angekommen."), "{after}");
    assert!(after.contains("&#60;Köln&#62;.pdf") && after.contains("2,1\u{a0}MB"), "{after}");
    assert!(!after.contains("Fotos"), "folders of the person's machine are not ours to know");
    assert!(!after.contains("<strong>Von Ihnen:"), "it has come: {after}");
    assert!(!after.contains("Brauchen Sie länger?"), "{after}");
    let later = browser.page(&format!("/objections/{id}")).await.html;
    assert!(!later.contains("Ihre Datei ist angekommen."), "said once");
}

/// A refused file leads back to the form, which says why and keeps what was chosen.
async fn is_told_why(browser: &mut Browser, form: &Form, name: &str, bytes: Vec<u8>, why: &str) {
    let refused = browser.upload(form, "returned_goods", name, bytes).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
    assert!(refused.problem().starts_with(why), "{name}: {}", refused.problem());
    assert!(refused.html.contains("value=\"returned_goods\" checked"), "{}", refused.html);
    assert!(refused.html.contains("role=\"alert\"") && refused.html.contains("aria-invalid"));
}

async fn refused_files_are_told_why(browser: &mut Browser, form: &Form) {
    let program = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00".repeat(40_000);
    is_told_why(browser, form, "Beleg.pdf", program, "Diese Datei können wir nicht annehmen.")
        .await;
    let page = b"<!DOCTYPE html><script>alert(1)</script>".to_vec();
    is_told_why(browser, form, "Beleg.txt", page, "Diese Datei können wir nicht annehmen.").await;
    let empty = Vec::new();
    is_told_why(browser, form, "leer.pdf", empty, "Diese Datei können wir nicht annehmen.").await;
    let large = pdf(10 * MIB + 1);
    is_told_why(browser, form, "Film.pdf", large, "Diese Datei ist zu groß.").await;
    is_told_why(browser, form, "", Vec::new(), "Wählen Sie bitte zuerst eine Datei aus.").await;
    let unknown = browser.upload(form, "nowhere", "Brief.txt", b"a letter".to_vec()).await;
    assert_eq!(unknown.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unknown.problem().starts_with("Das hat nicht geklappt."), "{}", unknown.problem());
}

/// The pieces of a body of 100 MB that looks like a document, and how many of them were read.
fn endless(form: &Form) -> Body {
    let mut start = multipart(form, "other", "Film.pdf", b"%PDF-1.7\n");
    let end = start.split_off(start.len() - format!("\r\n--{BOUNDARY}--\r\n").len());
    let piece = Bytes::from(vec![7; MIB]);
    let pieces = std::iter::once(Bytes::from(start))
        .chain(std::iter::repeat_n(piece, 100))
        .chain([Bytes::from(end)]);
    Body::from_stream(futures::stream::iter(pieces.map(Ok::<_, std::io::Error>)))
}

/// A hundred megabytes are read to their end and refused on the page, a line that breaks is no file, and
/// neither is what comes before the value that shows whose form it is.
async fn neither_floods_nor_halves(browser: &mut Browser, form: &Form) {
    let flood = browser.post_multipart(&form.path, endless(form)).await;
    assert_eq!(flood.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(flood.problem().starts_with("Diese Datei ist zu groß."), "{}", flood.problem());

    let mut half = multipart(form, "other", "Brief.txt", b"half a letter");
    half.truncate(half.len() - format!("ter\r\n--{BOUNDARY}--\r\n").len());
    let broken = browser.post_multipart(&form.path, Body::from(half)).await;
    assert_eq!(broken.status, StatusCode::FORBIDDEN, "{}", broken.title());

    let mut planted = form.clone();
    planted.hidden.insert("csrf".into(), "somebody-else".into());
    let refused = browser.upload(&planted, "other", "Brief.txt", b"a letter".to_vec()).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    planted.hidden.clear();
    let refused = browser.upload(&planted, "other", "Brief.txt", b"a letter".to_vec()).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let no_upload = browser.send(form, &[("slot", "other")]).await;
    assert_eq!(no_upload.status, StatusCode::FORBIDDEN, "a form of another kind");
    let mut stranger = browser.another();
    let unknown = stranger.upload(form, "other", "Brief.txt", b"a letter".to_vec()).await;
    assert_eq!(unknown.status, StatusCode::UNAUTHORIZED);
}

on_both_backends! {
    async fn a_file_goes_from_the_page_to_claims_or_is_refused_with_what_is_wrong_about_it(backend: Backend) {
        let world = World::open(backend).await;
        let [erika] = addressees(&world, [ERIKA]).await;
        let mut browser = opened(&portal(&world), &erika).await;
        let (id, form) = objects(&world, &mut browser, &erika).await;
        refused_files_are_told_why(&mut browser, &form).await;
        neither_floods_nor_halves(&mut browser, &form).await;
        assert!(files(&world, &id).await.0.is_empty(), "nothing of all that is kept");
        shows_what_was_asked_for(&world, &mut browser, &id).await;
    }
}
