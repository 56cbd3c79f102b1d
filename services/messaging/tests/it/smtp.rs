use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use kulanz_proto::messaging::v1::MessageState;
use kulanz_testkit::{on_both_backends, serve_connections};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::watch;

use crate::setup::Bench;

/// How the server of a test behaves.
#[derive(Clone, Copy, PartialEq)]
pub enum Mood {
    Takes,
    RefusesTheRecipient,
    HangsUpAfterTheMail,
    ShutsTheDoor,
    WaitsAtTheRecipient,
    WaitsAtTheMail,
}

/// A mail server of a few lines; keeps the mails that reached it whole.
#[derive(Clone)]
pub struct MailServer {
    waiting: Arc<AtomicUsize>,
    begun: Arc<AtomicUsize>,
    mails: Arc<Mutex<Vec<String>>>,
    mood: Arc<watch::Sender<Mood>>,
}

impl MailServer {
    async fn start(mood: Mood) -> (Self, SocketAddr) {
        let server = Self {
            waiting: Arc::default(),
            begun: Arc::default(),
            mails: Arc::default(),
            mood: Arc::new(watch::Sender::new(mood)),
        };
        let answering = server.clone();
        let talk = move |stream| {
            let server = answering.clone();
            async move { server.talk(stream).await }
        };
        let address = serve_connections(talk).await;
        (server, address)
    }

    fn mood(&self) -> Mood {
        *self.mood.borrow()
    }

    pub fn change(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }

    /// Whether someone waits for an answer.
    pub fn waits(&self) -> bool {
        self.waiting() > 0
    }

    /// How many wait for an answer.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::SeqCst)
    }

    /// How many hand-overs began.
    pub fn data(&self) -> usize {
        self.begun.load(Ordering::SeqCst)
    }

    /// Lets a client wait while the server is in this mood.
    async fn wait(&self, mood: Mood) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        let mut moods = self.mood.subscribe();
        moods.wait_for(|now| *now != mood).await.unwrap();
        self.waiting.fetch_sub(1, Ordering::SeqCst);
    }

    pub fn mails(&self) -> Vec<String> {
        self.mails.lock().unwrap().clone()
    }

    async fn talk(&self, stream: TcpStream) -> Option<()> {
        if self.mood() == Mood::ShutsTheDoor {
            return None;
        }
        let (reader, mut writer) = stream.into_split();
        let mut lines = BufReader::new(reader).lines();
        writer.write_all(b"220 test\r\n").await.ok()?;
        while let Some(line) = lines.next_line().await.ok()? {
            match line.get(..4).unwrap_or_default() {
                "RCPT" if self.mood() == Mood::WaitsAtTheRecipient => {
                    self.wait(Mood::WaitsAtTheRecipient).await;
                }
                "DATA" => {
                    self.begun.fetch_add(1, Ordering::SeqCst);
                    if self.mood() == Mood::WaitsAtTheMail {
                        self.wait(Mood::WaitsAtTheMail).await;
                    }
                }
                _ => {}
            }
            let answer: &[u8] = match line.get(..4).unwrap_or_default() {
                "EHLO" => b"250-test\r\n250 8BITMIME\r\n",
                "RCPT" if self.mood() == Mood::RefusesTheRecipient => b"550 5.1.1 nobody\r\n",
                "DATA" => {
                    writer.write_all(b"354 go on\r\n").await.ok()?;
                    let mut mail = String::new();
                    loop {
                        // Without the dot at its end a mail was not handed over.
                        let line = lines.next_line().await.ok()??;
                        if line == "." {
                            break;
                        }
                        mail.push_str(&line);
                        mail.push('\n');
                    }
                    self.mails.lock().unwrap().push(mail);
                    if self.mood() == Mood::HangsUpAfterTheMail {
                        return None;
                    }
                    b"250 taken\r\n"
                }
                _ => b"250 ok\r\n",
            };
            writer.write_all(answer).await.ok()?;
        }
        None
    }
}

pub async fn bench(backend: kulanz_testkit::Backend, mood: Mood) -> (Bench, MailServer) {
    let (server, address) = MailServer::start(mood).await;
    let settings = format!(
        "[channels]\nemail = \"smtp\"\n[channels.smtp]\nhost = \"127.0.0.1\"\nport = {}\n\
         tls = \"none\"\nfrom = \"post@kulanz.example\"\n",
        address.port()
    );
    (Bench::with_settings(backend, &settings).await, server)
}

/// The Message-ID lines of mails.
pub fn identities(mails: &[String]) -> Vec<String> {
    let identity = |mail: &String| {
        mail.lines().find(|line| line.starts_with("Message-ID:")).unwrap_or_default().to_owned()
    };
    mails.iter().map(identity).collect()
}

on_both_backends! {
    async fn a_mail_carries_the_identity_of_its_message(backend: Backend) {
        let (bench, server) = bench(backend, Mood::Takes).await;
        bench.open_claim().await;
        let message = bench.message().await;
        assert_eq!(message.state(), MessageState::Sent, "{}", message.state_reason);
        let expected = format!("Message-ID: <{}@kulanz.example>", message.message_id);
        assert_eq!(identities(&server.mails()), [expected]);
    }

    async fn a_first_notice_without_an_answer_is_unknown_and_resent_as_the_same_mail(
        backend: Backend
    ) {
        let (bench, server) = bench(backend, Mood::HangsUpAfterTheMail).await;
        bench.open_claim().await;
        assert_eq!(bench.message().await.state(), MessageState::Unknown);
        assert_eq!(bench.published("MessageSent").await, 1);
        server.change(Mood::Takes);
        bench.house.advance_to(bench.house.now() + chrono::TimeDelta::hours(2)).await;
        assert_eq!(bench.message().await.state(), MessageState::Sent);
        let identities = identities(&server.mails());
        assert_eq!(identities.len(), 2);
        assert_eq!(identities[0], identities[1]);
        assert_eq!(bench.published("MessageSent").await, 1);
    }

    async fn a_reminder_without_an_answer_is_never_resent(backend: Backend) {
        let (bench, server) = bench(backend, Mood::Takes).await;
        bench.open_claim().await;
        server.change(Mood::HangsUpAfterTheMail);
        bench.house.advance_days(14).await;
        let states = bench.states().await;
        assert_eq!(states, [MessageState::Unknown, MessageState::Sent]);
        server.change(Mood::Takes);
        bench.house.advance_days(2).await;
        assert_eq!(server.mails().len(), 2);
    }

    async fn a_reminder_interrupted_during_its_hand_over_is_unknown(backend: Backend) {
        let (bench, server) = bench(backend, Mood::Takes).await;
        bench.open_claim().await;
        bench.house.advance_days(14).await;
        let reminder = bench.messages().await[0].clone();
        assert_eq!(reminder.state(), MessageState::Sent);
        bench.interrupt(&reminder.message_id).await;
        assert_eq!(bench.messages().await[0].state(), MessageState::Unknown);
        assert_eq!(server.mails().len(), 2);
    }

    async fn a_refused_recipient_fails_for_good(backend: Backend) {
        let (bench, server) = bench(backend, Mood::RefusesTheRecipient).await;
        bench.open_claim().await;
        let message = bench.message().await;
        assert_eq!(message.state(), MessageState::Failed);
        assert_eq!(message.state_reason, "SMTP 550 5.1.1");
        assert!(server.mails().is_empty());
    }

    async fn a_server_that_is_away_gets_the_mail_later(backend: Backend) {
        let (bench, server) = bench(backend, Mood::ShutsTheDoor).await;
        bench.open_claim().await;
        assert_eq!(bench.states().await, [MessageState::Scheduled]);
        server.change(Mood::Takes);
        bench.house.advance_to(bench.house.now() + chrono::TimeDelta::minutes(30)).await;
        assert_eq!(bench.states().await, [MessageState::Sent]);
        assert_eq!(server.mails().len(), 1);
    }
}
