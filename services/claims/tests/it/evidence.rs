use futures::{StreamExt, stream};
use kulanz_chassis::{Role, outgoing_as};
use kulanz_proto::claims::v1 as pb;
use kulanz_proto::claims::v1::upload_evidence_request::Part;
use kulanz_proto::claims::v1::{ChallengeState, WrongPersonReason};
use kulanz_proto::convert::timestamp;
use kulanz_proto::types::v1::Date;
use kulanz_testkit::{fields, on_both_backends, reason};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tonic::{Code, Status};

use crate::access::session;
use crate::challenges::{challenge, decide, report};
use crate::support::{Case, ago, case, import, row_of};

const MIB: usize = 1024 * 1024;

pub fn header(case: &Case, challenge_id: &str, slot: &str) -> pb::EvidenceHeader {
    pb::EvidenceHeader {
        request_id: case.house.request_id(),
        challenge_id: challenge_id.into(),
        slot: slot.into(),
        file_name: "Ausweis Lindqvist.pdf".into(),
    }
}

fn messages(
    header: pb::EvidenceHeader,
    bytes: &[u8],
    size: usize,
) -> Vec<pb::UploadEvidenceRequest> {
    let message = |part| pb::UploadEvidenceRequest { part: Some(part) };
    let chunks = bytes.chunks(size).map(|chunk| message(Part::Chunk(chunk.to_vec())));
    std::iter::once(message(Part::Header(header))).chain(chunks).collect()
}

pub async fn upload(
    case: &Case,
    header: pb::EvidenceHeader,
    bytes: &[u8],
) -> Result<pb::UploadEvidenceResponse, Status> {
    let asked = case.house.ask(Role::Agent, stream::iter(messages(header, bytes, 300_000)));
    Ok(case.house.clients().claims().upload_evidence(asked).await?.into_inner())
}

fn pdf(size: usize) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    bytes.extend((bytes.len()..size).map(|index| u8::try_from(index % 251).expect("small")));
    bytes
}

async fn download(case: &Case, evidence_id: &str) -> Result<(pb::EvidenceFile, Vec<u8>), Status> {
    let asked = pb::GetEvidenceRequest { evidence_id: evidence_id.into() };
    let asked = case.house.ask(Role::Agent, asked);
    let mut answers = case.house.clients().claims().get_evidence(asked).await?.into_inner();
    let (mut file, mut bytes) = (None, Vec::new());
    while let Some(message) = answers.message().await? {
        file = file.or(message.file);
        bytes.extend(message.chunk);
    }
    Ok((file.expect("a file"), bytes))
}

async fn want(case: &Case, id: &str, slot: &str, wanted: &str) -> Result<pb::Challenge, Status> {
    let asked = pb::RequestEvidenceRequest {
        request_id: case.house.request_id(),
        challenge_id: id.into(),
        slot: slot.into(),
        wanted: wanted.into(),
        wanted_by: None,
    };
    let asked = case.house.ask(Role::Agent, asked);
    let answer = case.house.clients().claims().request_evidence(asked).await?;
    Ok(answer.into_inner().challenge.expect("it"))
}

on_both_backends! {
    async fn a_file_is_kept_and_read_back_to_the_byte(backend: Backend) {
        let case = case(backend).await;
        let id = report(&case, WrongPersonReason::NotMe).await;
        let bytes = pdf(2 * MIB + 17);
        let kept = upload(&case, header(&case, &id, "proof_of_identity"), &bytes).await.unwrap();
        let file = kept.file.unwrap();
        assert_eq!((file.media_type.as_str(), file.size), ("application/pdf", 2_097_169));
        let slots = kept.challenge.unwrap().evidence;
        let slot = slots.iter().find(|slot| slot.slot == "proof_of_identity").unwrap();
        assert_eq!(slot.files, std::slice::from_ref(&file));
        assert!(!slot.wanted.is_empty());
        let (read, back) = download(&case, &file.evidence_id).await.unwrap();
        assert_eq!(read, file);
        assert!(back == bytes);
        case.house.stop().await;
    }

    async fn what_was_asked_for_and_came_waits_for_a_decision(backend: Backend) {
        let case = case(backend).await;
        let id = report(&case, WrongPersonReason::NotMe).await;
        upload(&case, header(&case, &id, ""), b"a first letter").await.unwrap();
        assert_eq!(challenge(&case, &id).await.state(), ChallengeState::Received);
        let wanted = want(&case, &id, "registration", "Bitte eine Meldebescheinigung").await.unwrap();
        assert_eq!(wanted.state(), ChallengeState::EvidenceWanted);
        assert_eq!(wanted.evidence[0].wanted, "Bitte eine Meldebescheinigung");
        assert_eq!(wanted.evidence[0].requested_at, Some(timestamp(case.house.now())));
        assert!(wanted.evidence[1..].iter().all(|slot| slot.requested_at.is_none()));
        upload(&case, header(&case, &id, "other"), b"something else").await.unwrap();
        assert_eq!(challenge(&case, &id).await.state(), ChallengeState::EvidenceWanted);
        upload(&case, header(&case, &id, "registration"), b"registered in Leipzig").await.unwrap();
        let found = challenge(&case, &id).await;
        assert_eq!(found.state(), ChallengeState::ToDecide);
        let steps: Vec<&str> = found.history.iter().map(|step| step.reason.as_str()).collect();
        assert_eq!(steps, ["OPENED", "EVIDENCE_REQUESTED", "EVIDENCE_UPLOADED"]);
        decide(&case, &id, ChallengeState::Rejected).await.unwrap();
        let refused = upload(&case, header(&case, &id, "other"), b"too late").await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::FailedPrecondition, "CHALLENGE_STATE"));
        let refused = want(&case, &id, "more", "more").await.unwrap_err();
        assert_eq!(reason(&refused), "CHALLENGE_STATE");
        case.house.stop().await;
    }

    async fn evidence_is_wanted_by_a_day(backend: Backend) {
        let case = case(backend).await;
        let id = report(&case, WrongPersonReason::NotMe).await;
        let wanted = want(&case, &id, "registration", "Bitte eine Meldebescheinigung").await.unwrap();
        // A week, as its last day is a working day: from Monday, 16 November 2026.
        assert_eq!(wanted.evidence[0].wanted_by, Some(Date { year: 2026, month: 11, day: 23 }));
        assert!(wanted.evidence[1..].iter().all(|slot| slot.wanted_by.is_none()));
        let asked = |by: chrono::NaiveDate| pb::RequestEvidenceRequest {
            request_id: case.house.request_id(),
            challenge_id: id.clone(),
            slot: "registration".into(),
            wanted: "Bitte eine Meldebescheinigung".into(),
            wanted_by: Some(by.into()),
        };
        let mut claims = case.house.clients().claims();
        let refused = claims.request_evidence(case.house.ask(Role::Agent, asked(ago(&case.house, 0)))).await;
        assert_eq!(fields(&refused.unwrap_err()), ["wanted_by"]);
        let later = ago(&case.house, 0) + chrono::Days::new(30);
        claims.request_evidence(case.house.ask(Role::Agent, asked(later))).await.unwrap();
        assert_eq!(challenge(&case, &id).await.evidence[0].wanted_by, Some(later.into()));
        case.house.stop().await;
    }

    async fn an_upload_beyond_the_limit_is_cut_off_long_before_its_end(backend: Backend) {
        let case = case(backend).await;
        let id = report(&case, WrongPersonReason::NotMe).await;
        let sent = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&sent);
        let first = messages(header(&case, &id, ""), &pdf(MIB), MIB);
        let endless = stream::iter(first).chain(stream::iter(1..100).map(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            pb::UploadEvidenceRequest { part: Some(Part::Chunk(vec![7; MIB])) }
        }));
        let asked = case.house.ask(Role::Agent, endless);
        let refused = case.house.clients().claims().upload_evidence(asked).await.unwrap_err();
        assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "EVIDENCE_TOO_LARGE"));
        assert!(sent.load(Ordering::Relaxed) < 50, "{sent:?}");
        assert!(challenge(&case, &id).await.evidence.iter().all(|slot| slot.files.is_empty()));
        case.house.stop().await;
    }

    async fn programs_scripts_pages_and_archives_are_refused(backend: Backend) {
        let case = case(backend).await;
        let id = report(&case, WrongPersonReason::NotMe).await;
        let files: [&[u8]; 7] = [
            b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00",
            b"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00",
            b"#!/bin/sh\necho hello world\n",
            b"PK\x03\x04\x14\x00\x00\x00\x08\x00\x00\x00\x00\x00\x00\x00",
            b"<!DOCTYPE html><script>alert(1)</script>",
            b"caf\xe9 in another encoding",
            b"",
        ];
        for file in files {
            let refused = upload(&case, header(&case, &id, ""), file).await.unwrap_err();
            assert_eq!((refused.code(), reason(&refused).as_str()), (Code::InvalidArgument, "EVIDENCE_TYPE"));
        }
        case.house.stop().await;
    }

    async fn the_same_upload_again_is_kept_once_and_other_bytes_are_refused(backend: Backend) {
        let case = case(backend).await;
        let id = report(&case, WrongPersonReason::NotMe).await;
        let header = header(&case, &id, "");
        let first = upload(&case, header.clone(), b"a letter").await.unwrap();
        let again = upload(&case, header.clone(), b"a letter").await.unwrap();
        assert_eq!(first, again);
        let refused = upload(&case, header, b"another letter").await.unwrap_err();
        assert_eq!(reason(&refused), "REQUEST_ID_REUSED");
        let other = again.challenge.unwrap().evidence.into_iter().find(|slot| slot.slot == "other").unwrap();
        assert_eq!(other.files.len(), 1);
        case.house.stop().await;
    }

    async fn an_upload_needs_a_header_a_known_slot_and_pieces_of_a_mebibyte(backend: Backend) {
        let case = case(backend).await;
        let id = report(&case, WrongPersonReason::NotMe).await;
        let mut claims = case.house.clients().claims();
        let headless = vec![pb::UploadEvidenceRequest { part: Some(Part::Chunk(b"x".to_vec())) }];
        let refused = claims.upload_evidence(case.house.ask(Role::Agent, stream::iter(headless))).await.unwrap_err();
        assert_eq!(fields(&refused), ["part"]);
        let nowhere = pb::EvidenceHeader { slot: "nowhere".into(), file_name: String::new(), ..header(&case, &id, "") };
        let refused = upload(&case, nowhere, b"x").await.unwrap_err();
        assert_eq!(fields(&refused), ["header.slot", "header.file_name"]);
        let large = messages(header(&case, &id, ""), &pdf(MIB + 1), MIB + 1);
        let refused = claims.upload_evidence(case.house.ask(Role::Agent, stream::iter(large))).await.unwrap_err();
        assert_eq!(fields(&refused), ["chunk"]);
        let refused = want(&case, &id, "Not A Slot", "").await.unwrap_err();
        assert_eq!(fields(&refused), ["slot", "wanted"]);
        let nameless = pb::EvidenceHeader { request_id: "1".into(), ..header(&case, &id, "") };
        assert_eq!(reason(&upload(&case, nameless, b"x").await.unwrap_err()), "REQUEST_ID_INVALID");
        case.house.stop().await;
    }

    async fn evidence_is_its_own_persons_and_tenants(backend: Backend) {
        let case = case(backend).await;
        let id = report(&case, WrongPersonReason::ContactPointNotMine).await;
        let kept = upload(&case, header(&case, &id, ""), b"a letter").await.unwrap().file.unwrap();
        let mut claims = case.house.clients().claims();
        let own = session(&case).await;
        let asked = outgoing_as(&own, stream::iter(messages(header(&case, &id, ""), b"mine", 100)));
        let mine = claims.upload_evidence(asked).await.unwrap().into_inner().file.unwrap();
        assert!(mine.uploaded_by.starts_with("debtor:"));
        let asked = pb::GetEvidenceRequest { evidence_id: kept.evidence_id.clone() };
        let refused = claims.get_evidence(case.house.ask_as_other(Role::Agent, asked.clone())).await;
        assert_eq!(refused.err().unwrap().code(), Code::NotFound);
        let refused = claims.get_evidence(outgoing_as(&own, asked)).await;
        assert_eq!(refused.err().unwrap().code(), Code::PermissionDenied);
        let foreign = case.house.ask_as_other(Role::Agent, stream::iter(messages(header(&case, &id, ""), b"x", 100)));
        assert_eq!(claims.upload_evidence(foreign).await.unwrap_err().code(), Code::NotFound);
        import(&case.house, &case.creditor_id, vec![row_of(&case.house, "R-2", "C-2", "Quast")]).await;
        let unknown = header(&case, "dispute_01h455vb4pex5vsknk084sn02q", "");
        assert_eq!(upload(&case, unknown, b"x").await.unwrap_err().code(), Code::NotFound);
        case.house.stop().await;
    }
}
