//! Whoever says something against a claim hears that it arrived, and what was decided: by a real mail, with a
//! date, and nothing is asked for in between.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use kulanz_chassis::{Role, outgoing_as};
use kulanz_proto::{
    claims::v1::{
        ChallengeState, DisputeReason, OpenDisputeRequest, ProtectDebtorRequest, ProtectionKind,
        ReportWrongPersonRequest, ResolveChallengeRequest, WrongPersonReason,
        report_wrong_person_request::Subject,
    },
    messaging::v1::{Message, MessageState, PolicyClass},
    types::v1::Channel,
};
use kulanz_testkit::{Backend, House, on_both_backends, serve_connections};
use kulanz_tests::{ERIKA, World, calls, definitions};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

/// A mail server that takes everything.
#[derive(Clone, Default)]
struct MailServer(Arc<Mutex<Vec<String>>>);

impl MailServer {
    async fn start() -> (Self, SocketAddr) {
        let server = Self::default();
        let answering = server.clone();
        let talk = move |stream| {
            let server = answering.clone();
            async move { server.talk(stream).await }
        };
        let address = serve_connections(talk).await;
        (server, address)
    }

    async fn talk(&self, stream: TcpStream) -> Option<()> {
        let (reader, mut writer) = stream.into_split();
        let mut lines = BufReader::new(reader).lines();
        writer.write_all(b"220 test\r\n").await.ok()?;
        while let Some(line) = lines.next_line().await.ok()? {
            if line.starts_with("DATA") {
                writer.write_all(b"354 go on\r\n").await.ok()?;
                let mut mail = String::new();
                loop {
                    let line = lines.next_line().await.ok()??;
                    if line == "." {
                        break;
                    }
                    mail.push_str(&line);
                    mail.push('\n');
                }
                self.0.lock().unwrap().push(mail);
            }
            writer.write_all(b"250 ok\r\n").await.ok()?;
        }
        None
    }

    /// The mail that carries this message, if it reached the server.
    fn mail_of(&self, message: &Message) -> Option<String> {
        self.0.lock().unwrap().iter().find(|mail| mail.contains(&message.message_id)).cloned()
    }
}

/// Erika, told of her claim, and the mailbox that she reads.
struct Scene {
    world: World,
    server: MailServer,
    debtor_id: String,
    claim_id: String,
    session: String,
}

impl Scene {
    async fn open(backend: Backend) -> Self {
        let (server, address) = MailServer::start().await;
        let settings = format!(
            "[channels]\nemail = \"smtp\"\n[channels.smtp]\nhost = \"127.0.0.1\"\nport = {}\n\
             tls = \"none\"\nfrom = \"post@kulanz.example\"\n",
            address.port()
        );
        let world = World::found(House::build(backend, &definitions()).settings(&settings)).await;
        let results = world.import(vec![ERIKA.to_import()]).await;
        world.house.settle().await;
        let (debtor_id, claim_id) = (results[0].debtor_id.clone(), results[0].claim_id.clone());
        let notice = calls::await_message(&world, &debtor_id).await;
        let opened =
            calls::open_access(&world, &calls::link_token(&notice), ERIKA.birth_date).await;
        Self { world, server, debtor_id, claim_id, session: opened.session_token }
    }

    async fn object(&self) -> String {
        let asked = OpenDisputeRequest {
            request_id: self.world.house.request_id(),
            claim_id: self.claim_id.clone(),
            reason: DisputeReason::NotDelivered.into(),
            explanation: "Nie angekommen".into(),
            disputed_amount: None,
        };
        let mut claims = self.world.house.clients().claims();
        let opened = claims.open_dispute(outgoing_as(&self.session, asked)).await.unwrap();
        self.world.house.settle().await;
        opened.into_inner().dispute.unwrap().dispute_id
    }

    async fn decide(&self, challenge_id: &str, outcome: ChallengeState, words: &str) {
        let asked = ResolveChallengeRequest {
            request_id: self.world.house.request_id(),
            challenge_id: challenge_id.into(),
            outcome: outcome.into(),
            resolution: words.into(),
            reason: "papers seen".into(),
            credit: None,
        };
        let asked = self.world.ask(Role::Agent, asked);
        self.world.house.clients().claims().resolve_challenge(asked).await.unwrap();
        self.world.house.settle().await;
    }

    /// What was written since, oldest first, without what asks for payment by itself.
    async fn answers(&self) -> Vec<Message> {
        let mut found = calls::messages(&self.world, &self.debtor_id).await;
        found.retain(|message| message.policy_class() == PolicyClass::Answer);
        found.reverse();
        found
    }

    /// The words of a message, and that the same left the house by mail.
    fn mailed(&self, message: &Message) -> String {
        assert_eq!(message.state(), MessageState::Sent, "{}", message.state_reason);
        assert_eq!(message.channel(), Channel::Email);
        assert!(
            self.server.mail_of(message).is_some(),
            "{} is not in the mailbox",
            message.message_id
        );
        message.body.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

fn holds_all(text: &str, pieces: &[&str]) {
    for piece in pieces {
        assert!(text.contains(piece), "{piece} is not in {text}");
    }
}

on_both_backends! {
    async fn an_objection_is_confirmed_and_answered_by_mail_and_nothing_is_asked_for_in_between(backend: Backend) {
        let scene = Scene::open(backend).await;
        let id = scene.object().await;
        scene.world.house.advance_days(1).await;
        let answers = scene.answers().await;
        assert_eq!(answers.len(), 1, "{answers:#?}");
        let receipt = scene.mailed(&answers[0]);
        holds_all(&receipt, &["Ihr Einwand ist da.", "Bei Ihnen ist nichts angekommen.", "Nordversand GmbH",
            "Unsere Antwort kommt bis zum", "Vorher fordern wir dazu nichts von Ihnen."]);
        assert!(!receipt.contains("IBAN") && !receipt.contains('€'), "{receipt}");
        let before = calls::messages(&scene.world, &scene.debtor_id).await.len();
        scene.world.house.advance_days(10).await;
        assert_eq!(calls::messages(&scene.world, &scene.debtor_id).await.len(), before);

        scene.decide(&id, ChallengeState::Rejected, "Der Bote hat das Paket am 2. März übergeben.").await;
        scene.world.house.advance_days(1).await;
        let answers = scene.answers().await;
        assert_eq!(answers.len(), 2, "{answers:#?}");
        let answer = scene.mailed(&answers[1]);
        holds_all(&answer, &["Wir sehen es anders.", "Der Bote hat das Paket am 2. März übergeben.", "€",
            "schreiben wir Ihnen dazu nicht", "nicht einverstanden", "rdg@bfj.example"]);
        // The days of rest that the answer names are kept, and then it goes on.
        let told = calls::sent(&scene.world, &scene.debtor_id).await.len();
        scene.world.house.advance_days(5).await;
        assert_eq!(calls::sent(&scene.world, &scene.debtor_id).await.len(), told);
        scene.world.house.advance_days(40).await;
        let found = calls::messages(&scene.world, &scene.debtor_id).await;
        assert!(found.iter().any(|message| message.policy_class() == PolicyClass::Outreach));
    }

    async fn who_was_right_reads_it_and_no_amount(backend: Backend) {
        let scene = Scene::open(backend).await;
        let id = scene.object().await;
        scene.world.house.advance_days(1).await;
        scene.decide(&id, ChallengeState::Upheld, "Die Firma hat nichts geliefert.").await;
        scene.world.house.advance_days(1).await;
        let answers = scene.answers().await;
        let answer = scene.mailed(answers.last().unwrap());
        holds_all(&answer, &["Sie hatten recht.", "Die Firma hat nichts geliefert.",
            "Wir fordern dazu nichts mehr von Ihnen."]);
        assert!(!answer.contains('€'), "{answer}");
    }

    async fn nobody_is_written_to_who_may_be_somebody_else(backend: Backend) {
        let scene = Scene::open(backend).await;
        let asked = ReportWrongPersonRequest {
            request_id: scene.world.house.request_id(),
            subject: Some(Subject::DebtorId(scene.debtor_id.clone())),
            reason: WrongPersonReason::NotMe.into(),
            explanation: "Kenne ich nicht".into(),
        };
        let mut claims = scene.world.house.clients().claims();
        let asked = scene.world.ask(Role::Agent, asked);
        let id = claims.report_wrong_person(asked).await.unwrap().into_inner().challenge_id;
        scene.world.house.settle().await;
        let mails = scene.server.0.lock().unwrap().len();
        scene.decide(&id, ChallengeState::Upheld, "Sie sind es nicht.").await;
        scene.world.house.advance_days(2).await;
        let answers = scene.answers().await;
        let seen: Vec<_> = answers.iter().map(|one| (one.state(), one.state_reason.as_str())).collect();
        assert_eq!(seen, [(MessageState::Cancelled, "answer.person_doubted"); 2]);
        assert_eq!(scene.server.0.lock().unwrap().len(), mails);
    }

    async fn a_debt_adviser_is_written_to_in_the_persons_place(backend: Backend) {
        let scene = Scene::open(backend).await;
        let id = scene.object().await;
        scene.world.house.advance_days(1).await;
        let asked = ProtectDebtorRequest {
            request_id: scene.world.house.request_id(),
            debtor_id: scene.debtor_id.clone(),
            kind: ProtectionKind::DebtAdviser.into(),
            representative: "Schuldnerberatung Köln, Domstraße 3, 50667 Köln".into(),
            ..ProtectDebtorRequest::default()
        };
        let asked = scene.world.ask(Role::Agent, asked);
        scene.world.house.clients().claims().protect_debtor(asked).await.unwrap();
        scene.world.house.settle().await;
        let mails = scene.server.0.lock().unwrap().len();
        scene.decide(&id, ChallengeState::Rejected, "Der Bote hat es übergeben.").await;
        scene.world.house.advance_days(1).await;
        let answers = scene.answers().await;
        let answer = answers.last().unwrap();
        assert_eq!((answer.channel(), answer.state()), (Channel::Letter, MessageState::Sent), "{}", answer.state_reason);
        let body = answer.body.split_whitespace().collect::<Vec<_>>().join(" ");
        holds_all(&body, &["Schuldnerberatung Köln Domstraße 3 50667 Köln", "Sie handeln für Erika",
            "Etwas anderes dazu ist noch nicht klar."]);
        assert_eq!(scene.server.0.lock().unwrap().len(), mails, "nothing to the person");
    }
}
