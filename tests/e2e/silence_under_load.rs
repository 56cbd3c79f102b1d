//! Many messages fall due at once, in two replicas of messaging, over a real SMTP dialogue; one reader
//! says that the mailbox is not the debtor's. From then on nobody's claim reaches that mailbox.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use chrono::TimeDelta;
use kulanz_bus::admin;
use kulanz_chassis::{
    Boot, Constellation, KeyRing, MasterKey, Role, Settings, auth::ISSUERS, server::Signal,
};
use kulanz_proto::{
    claims::v1::{
        ImportRow, ReportWrongPersonRequest, WrongPersonReason,
        report_wrong_person_request::Subject,
    },
    convert::timestamp,
    messaging::v1::{
        ContactPreferences, Message, MessageState, PolicyClass, SendMessageRequest,
        SetContactPreferencesRequest,
    },
    types::v1::Channel,
};
use kulanz_testkit::{Backend, House, RedisServer, reason, serve_connections, until};
use kulanz_tests::{ERIKA, World, calls, definitions};
use kulanz_types::{Seeds, berlin_date, email_key};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
};

/// The mailbox that many debtors are said to have, as its one reader knows it.
const SHARED: &str = "familie.beispiel@example.org";
/// How many debtors are held under it, and how many under addresses of their own.
const SHARING: usize = 48;
const OTHERS: usize = 16;
/// So many mails are through when the reader speaks up: fewer than wait in both replicas' hands.
const BEFORE: usize = 8;
/// No hand-over starts later than this after the answer.
const FENCE: Duration = Duration::from_secs(1);

/// A mail that reached the server whole.
#[derive(Clone)]
struct Mail {
    recipient: String,
    identity: String,
    /// When its hand-over started: the server was told DATA.
    started: Instant,
}

/// A mail server that takes so many mails and lets everyone else wait at the recipient until it is let go.
#[derive(Clone)]
struct MailServer {
    mails: Arc<Mutex<Vec<Mail>>>,
    open: Arc<watch::Sender<bool>>,
    begun: Arc<watch::Sender<usize>>,
}

impl MailServer {
    async fn start() -> (Self, SocketAddr) {
        let server = Self {
            mails: Arc::default(),
            open: Arc::new(watch::Sender::new(false)),
            begun: Arc::new(watch::Sender::new(0)),
        };
        let answering = server.clone();
        let talk = move |stream| {
            let server = answering.clone();
            async move { server.talk(stream).await }
        };
        let address = serve_connections(talk).await;
        (server, address)
    }

    fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }

    fn to(&self, recipient: &str) -> Vec<Mail> {
        let mut mails = self.mails();
        mails.retain(|mail| email_key(&mail.recipient) == email_key(recipient));
        mails
    }

    /// The first few are served, the others wait until one of these gives its place back.
    async fn pass(&self) -> Place {
        let (mut begun, mut open) = (self.begun.subscribe(), self.open.subscribe());
        let first = async {
            while !self.begins() {
                begun.changed().await.unwrap();
            }
        };
        tokio::select! {
            () = first => Place(Some(self.begun.clone())),
            _ = open.wait_for(|open| *open) => Place(None),
        }
    }

    fn begins(&self) -> bool {
        self.begun.send_if_modified(|begun| {
            let first = *begun < BEFORE;
            *begun += usize::from(first);
            first
        })
    }

    async fn talk(&self, stream: TcpStream) -> Option<()> {
        let (reader, mut writer) = stream.into_split();
        let mut lines = BufReader::new(reader).lines();
        let mut recipient = String::new();
        let mut place = Place(None);
        writer.write_all(b"220 test\r\n").await.ok()?;
        while let Some(line) = lines.next_line().await.ok()? {
            let answer: &[u8] = match line.get(..4).unwrap_or_default() {
                "EHLO" => b"250-test\r\n250 8BITMIME\r\n",
                "RCPT" => {
                    recipient = line.split(['<', '>']).nth(1)?.to_owned();
                    place = self.pass().await;
                    b"250 ok\r\n"
                }
                "DATA" => {
                    let started = Instant::now();
                    writer.write_all(b"354 go on\r\n").await.ok()?;
                    let mut identity = String::new();
                    loop {
                        let line = lines.next_line().await.ok()??;
                        if line == "." {
                            break;
                        }
                        if line.starts_with("Message-ID:") {
                            identity = line;
                        }
                    }
                    let recipient = recipient.clone();
                    place.keep();
                    self.mails.lock().unwrap().push(Mail { recipient, identity, started });
                    b"250 taken\r\n"
                }
                _ => b"250 ok\r\n",
            };
            writer.write_all(answer).await.ok()?;
        }
        None
    }
}

/// The place of one of the first few, given back where no mail came of it: on a busy machine the second
/// within which a hand-over has to begin may pass, and the message is put off.
struct Place(Option<Arc<watch::Sender<usize>>>);

impl Place {
    fn keep(&mut self) {
        self.0 = None;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(begun) = &self.0 {
            begun.send_modify(|begun| *begun -= 1);
        }
    }
}

/// Someone who owes, and where she is said to be reached.
struct Person {
    debtor_id: String,
    claim_ids: Vec<String>,
    email: String,
}

/// All services and a second messaging beside them, on one PostgreSQL and one Redis.
struct Scene {
    world: World,
    second: Constellation,
    server: MailServer,
    people: Vec<Person>,
}

impl Scene {
    async fn open(keys: &Path, redis: &RedisServer) -> Self {
        let (server, address) = MailServer::start().await;
        let seeds = Seeds::fixed(6);
        KeyRing::load_or_generate(keys, &ISSUERS, &seeds).unwrap();
        MasterKey::load_or_generate(keys, &seeds).unwrap();
        let settings = format!(
            "[auth]\nkeys = \"{}\"\n[channels]\nemail = \"smtp\"\n[channels.smtp]\n\
             host = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nfrom = \"post@kulanz.example\"\n",
            keys.display(),
            address.port()
        );
        let builder = House::build(Backend::Server, &definitions())
            .settings(&settings)
            .redis(redis.url())
            .connections(8);
        let world = World::found(builder).await;
        let second = second_messaging(&world).await;
        // At night nothing goes out while the scene is set.
        world.house.advance_to(world.house.now() + TimeDelta::hours(12)).await;
        let people = people(&world).await;
        let scene = Self { world, second, server, people };
        for person in &scene.people {
            scene.pause_until_tomorrow(person).await;
        }
        scene.world.house.settle().await;
        for person in &scene.people {
            let request = scene.first_notice(person);
            let request = scene.world.ask(Role::Agent, request);
            scene.world.house.clients().messaging().send_message(request).await.unwrap();
        }
        assert!(scene.server.mails().is_empty());
        scene
    }

    /// Letters are refused, and nothing is planned before the day after tomorrow.
    async fn pause_until_tomorrow(&self, person: &Person) {
        let tomorrow = berlin_date(self.world.house.now() + TimeDelta::days(1));
        let preferences = ContactPreferences {
            debtor_id: person.debtor_id.clone(),
            refused_channels: vec![Channel::Letter.into()],
            paused_until: Some(tomorrow.into()),
            ..ContactPreferences::default()
        };
        let request_id = self.world.house.request_id();
        let request = SetContactPreferencesRequest { request_id, preferences: Some(preferences) };
        let request = self.world.ask(Role::Agent, request);
        self.world.house.clients().messaging().set_contact_preferences(request).await.unwrap();
    }

    /// A first notice by e-mail, all at the same hour: 10 o'clock on the day after tomorrow.
    fn first_notice(&self, person: &Person) -> SendMessageRequest {
        SendMessageRequest {
            request_id: self.world.house.request_id(),
            debtor_id: person.debtor_id.clone(),
            claim_ids: person.claim_ids.clone(),
            channel: Channel::Email.into(),
            policy_class: PolicyClass::FirstNotice.into(),
            not_before: Some(timestamp(self.world.house.now() + TimeDelta::hours(36))),
            ..SendMessageRequest::default()
        }
    }

    /// All of them fall due at once.
    async fn let_them_fall_due(&self) {
        let due = self.world.house.now() + TimeDelta::hours(37);
        self.world.house.constellation().advance(due).await.unwrap();
    }

    /// The reader of the shared mailbox speaks up about one debtor; when she was answered.
    async fn report(&self) -> Instant {
        let request = ReportWrongPersonRequest {
            request_id: self.world.house.request_id(),
            subject: Some(Subject::DebtorId(self.people[0].debtor_id.clone())),
            reason: WrongPersonReason::ContactPointNotMine.into(),
            explanation: String::new(),
        };
        let request = self.world.ask(Role::Agent, request);
        self.world.house.clients().claims().report_wrong_person(request).await.unwrap();
        Instant::now()
    }

    /// The first notices that were ordered by hand.
    async fn first_notices(&self) -> Vec<Message> {
        let mut all = Vec::new();
        for person in &self.people {
            let found = calls::messages(&self.world, &person.debtor_id).await;
            all.extend(found.into_iter().filter(|message| message.decision_id.is_empty()));
        }
        all
    }

    /// What a busy machine does not hand over within the second is put off, and a first notice without an
    /// answer goes again, both in business time: it passes whenever nothing is due.
    async fn let_time_pass_if_nothing_is_due(&self) {
        let messaging = self.world.house.constellation().store("messaging").unwrap();
        if admin::due_now(messaging).await.unwrap() == 0 {
            let later = self.world.house.now() + TimeDelta::minutes(15);
            self.world.house.constellation().advance(later).await.unwrap();
        }
    }

    async fn until_all_have_ended(&self) -> Vec<Message> {
        until("every message to have gone out or been called off", async || {
            let found = self.first_notices().await;
            if found.iter().all(|message| self.has_ended(message)) {
                return Some(found);
            }
            self.let_time_pass_if_nothing_is_due().await;
            None
        })
        .await
    }

    /// To the mailbox that fell silent nothing is resent.
    fn has_ended(&self, message: &Message) -> bool {
        match message.state() {
            MessageState::Scheduled | MessageState::Attempted => false,
            MessageState::Unknown => self.is_shared(&message.debtor_id),
            _ => true,
        }
    }

    fn is_shared(&self, debtor_id: &str) -> bool {
        let person = self.people.iter().find(|person| person.debtor_id == debtor_id).unwrap();
        email_key(&person.email) == email_key(SHARED)
    }
}

/// A second replica of messaging in the same process: its own port, pools, runner and consumer.
async fn second_messaging(world: &World) -> Constellation {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (own, others) = (listener.local_addr().unwrap(), world.house.constellation().address());
    let text = format!(
        "{}\n[grpc]\nlisten = \"{own}\"\n[services]\nclaims = \"http://{others}\"\n\
         personas = \"http://{others}\"\nexperimentation = \"http://{others}\"\n\
         payments = \"http://{others}\"\nmessaging = \"http://{own}\"\n",
        world.house.configuration()
    );
    let boot = Boot {
        definitions: vec![kulanz_messaging::DEFINITION],
        settings: Arc::new(Settings::from_overlay(&text).unwrap()),
        seeds: Seeds::fixed(7),
        listener,
        replica: "test-1".into(),
        background: true,
    };
    Constellation::start(boot).await.unwrap()
}

/// Debtors of two creditors; most are held under one mailbox, in several spellings.
async fn people(world: &World) -> Vec<Person> {
    let spelled = |number: usize| match number % 3 {
        0 => SHARED.to_owned(),
        1 => SHARED.to_uppercase(),
        _ => SHARED.replace("example.org", "Example.Org"),
    };
    let emails = (0..SHARING)
        .map(spelled)
        .chain((0..OTHERS).map(|number| format!("person.{number}@example.org")));
    let emails: Vec<String> = emails.collect();
    let creditors = [world.creditor_id.clone(), world.second_creditor().await];
    let mut people = Vec::new();
    for (place, creditor) in creditors.iter().enumerate() {
        let own = emails.iter().enumerate().filter(|(number, _)| number % 2 == place);
        let rows = own.clone().flat_map(|(number, email)| rows_of(number, email)).collect();
        let results = world.import_for(creditor, rows).await;
        let mut claims = results.chunks(2);
        for (_, email) in own {
            let both = claims.next().unwrap();
            assert_eq!(both[0].debtor_id, both[1].debtor_id, "{both:?}");
            people.push(Person {
                debtor_id: both[0].debtor_id.clone(),
                claim_ids: both.iter().map(|row| row.claim_id.clone()).collect(),
                email: email.clone(),
            });
        }
    }
    people.sort_by_key(|person| email_key(&person.email) != email_key(SHARED));
    people
}

/// Two claims of one person.
fn rows_of(number: usize, email: &str) -> Vec<ImportRow> {
    let row = |claim: usize| ImportRow {
        claim_reference: format!("RE-{number:03}-{claim}"),
        customer_number: format!("K-{number:03}"),
        family_name: format!("Beispiel{number:03}"),
        email: email.to_owned(),
        mobile: String::new(),
        ..ERIKA.to_import()
    };
    vec![row(1), row(2)]
}

/// What must hold of a scene in which the reader was answered at `answered`.
fn assert_silence(scene: &Scene, messages: &[Message], answered: Instant) {
    let (shared, latest) = (scene.server.to(SHARED), answered + FENCE);
    let late: Vec<_> = shared
        .iter()
        .filter(|mail| mail.started > latest)
        .map(|mail| mail.started - answered)
        .collect();
    assert!(late.is_empty(), "{} of {} mails started late: {late:?}", late.len(), shared.len());
    assert!(shared.len() < SHARING, "nobody was left to be silenced");
    for person in &scene.people {
        let sent = scene.server.to(&person.email);
        // The receipt of the report is kept as not sent: whoever reported is not the person.
        let own = messages.iter().filter(|one| {
            one.debtor_id == person.debtor_id && one.policy_class() != PolicyClass::Answer
        });
        let own: Vec<_> = own.map(|one| (one.state(), one.state_reason.as_str())).collect();
        let arrived = sent.iter().any(|mail| {
            messages.iter().any(|one| {
                one.debtor_id == person.debtor_id && mail.identity.contains(&one.message_id)
            })
        });
        let expected = if arrived { MessageState::Sent } else { MessageState::Cancelled };
        // Without an answer it stays unknown whether it arrived, where nothing may be resent.
        let unanswered = MessageState::Unknown;
        let ends =
            own[0].0 == expected || own[0].0 == unanswered && scene.is_shared(&person.debtor_id);
        assert!(own.len() == 1 && ends, "{}, arrived: {arrived}: {own:?}", person.email);
    }
    for person in scene.people.iter().filter(|person| email_key(&person.email) != email_key(SHARED))
    {
        // A first notice whose hand-over had no answer goes again under the same identity.
        let got: BTreeSet<_> =
            scene.server.to(&person.email).into_iter().map(|mail| mail.identity).collect();
        assert_eq!(got.len(), 1, "{}: {got:?}", person.email);
    }
    let all = scene.server.mails().len();
    eprintln!(
        "{all} mails in all, {} of them to the shared mailbox, the last {:?} after the answer",
        shared.len(),
        shared.iter().map(|mail| mail.started.saturating_duration_since(answered)).max()
    );
}

async fn race(redis: &RedisServer) -> (Scene, Vec<Message>, Instant, tempfile::TempDir) {
    let keys = tempfile::TempDir::new().unwrap();
    let scene = Scene::open(keys.path(), redis).await;
    scene.let_them_fall_due().await;
    let through = async || {
        if scene.server.mails().len() >= BEFORE {
            return Some(());
        }
        scene.let_time_pass_if_nothing_is_due().await;
        None
    };
    until("the first mails to be through", through).await;
    // What both replicas have opened goes on while the reader is being answered.
    let release = async { scene.server.open.send_replace(true) };
    let (answered, _) = tokio::join!(scene.report(), release);
    let messages = scene.until_all_have_ended().await;
    (scene, messages, answered, keys)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_a_report_nobodys_claim_reaches_that_mailbox_from_two_replicas() {
    let redis = RedisServer::start();
    let (scene, messages, answered, _keys) = race(&redis).await;
    assert_silence(&scene, &messages, answered);
    // Once the news is around nothing is even taken for this mailbox.
    scene.world.house.settle().await;
    for person in scene.people.iter().filter(|one| email_key(&one.email) == email_key(SHARED)) {
        let request = scene.world.ask(Role::Agent, scene.first_notice(person));
        let refused = scene.world.house.clients().messaging().send_message(request).await;
        assert_eq!(reason(&refused.unwrap_err()), "CONTACT_RULE");
    }
    let mails = scene.server.to(SHARED).len();
    scene.world.house.advance_days(8).await;
    assert_eq!(scene.server.to(SHARED).len(), mails);
    scene.second.shutdown(Signal::Interrupt).await;
    scene.world.house.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_mailbox_is_silent_even_while_no_event_reaches_messaging() {
    let redis = RedisServer::start();
    let keys = tempfile::TempDir::new().unwrap();
    let scene = Scene::open(keys.path(), &redis).await;
    drop(redis);
    let answered = scene.report().await;
    scene.server.open.send_replace(true);
    scene.let_them_fall_due().await;
    let messages = scene.until_all_have_ended().await;
    assert_eq!(scene.server.to(SHARED).len(), 0);
    assert_silence(&scene, &messages, answered);
    let rules: BTreeSet<_> = messages
        .iter()
        .filter(|one| one.state() == MessageState::Cancelled)
        .map(|one| one.state_reason.as_str())
        .collect();
    assert!(rules.contains("claims.contact_point.disowned"), "{rules:?}");
    scene.second.shutdown(Signal::Interrupt).await;
    scene.world.house.stop().await;
}
