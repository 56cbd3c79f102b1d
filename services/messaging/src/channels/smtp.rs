//! E-mail over SMTP. The Message-ID is fixed by the message's id, so that a mail that is sent again
//! is the same mail. Sender and recipient are announced while the dialogue is opened; the hand-over
//! begins with DATA. Only a lost answer to the mail itself leaves its fate unknown: whatever fails
//! before is certainly not delivered.

use std::time::{Duration, Instant};

use async_trait::async_trait;
use kulanz_chassis::config::{SmtpSettings, SmtpTls};
use lettre::address::Envelope;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, MailBodyParameter, MailParameter};
use lettre::{Address, Message};
use secrecy::ExposeSecret;
use tokio::time::{timeout, timeout_at};

use super::{Adapter, HandOver, Opened, Parcel};
use crate::domain::bounce;
use crate::error::Error;

/// Longest time for everything before the mail itself.
const OPENING: Duration = Duration::from_secs(30);
/// Longest wait for the server's answer to the mail.
const PATIENCE: Duration = Duration::from_secs(20);

/// A mail server.
pub struct Smtp {
    settings: SmtpSettings,
    from: Address,
}

impl Smtp {
    /// The server that the settings name.
    pub fn from_settings(settings: &SmtpSettings) -> Result<Self, Error> {
        let from = settings
            .from
            .parse()
            .map_err(|_| Error::field("channels.smtp.from", "must be an e-mail address"))?;
        Ok(Self { settings: settings.clone(), from })
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, lettre::transport::smtp::Error> {
        let settings = &self.settings;
        let server = (settings.host.as_str(), settings.port);
        let hello = ClientId::Domain(self.from.domain().to_owned());
        let tls = || TlsParameters::new(settings.host.clone());
        let implicit = match settings.tls {
            SmtpTls::Implicit => Some(tls()?),
            SmtpTls::Required | SmtpTls::None => None,
        };
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(server, Some(OPENING), &hello, implicit, None)
                .await?;
        if settings.tls == SmtpTls::Required {
            connection.starttls(tls()?, &hello).await?;
        }
        if !settings.username.is_empty() {
            let password = settings.password.expose_secret().to_owned();
            let credentials = Credentials::new(settings.username.clone(), password);
            connection.auth(DEFAULT_MECHANISMS, &credentials).await?;
        }
        Ok(connection)
    }
}

#[async_trait]
impl Adapter for Smtp {
    fn deduplicates(&self) -> bool {
        false
    }

    async fn open(&self, parcel: &Parcel) -> Result<Box<dyn Opened>, HandOver> {
        let (envelope, mail) = mail(&self.from, parcel).map_err(HandOver::Refused)?;
        let dialogue = async {
            let connected = self.connect().await;
            let connection = connected
                .map_err(|error| HandOver::Later(format!("SMTP_CONNECT {}", code(&error))))?;
            let mut announced = Announced { connection, mail };
            announced.announce(&envelope).await?;
            Ok(announced)
        };
        match timeout(OPENING, dialogue).await {
            Ok(announced) => Ok(Box::new(announced?)),
            Err(_) => Err(HandOver::Later("SMTP_CONNECT timeout".to_owned())),
        }
    }
}

/// A connection whose server has taken sender and recipient and waits for the mail.
struct Announced {
    connection: AsyncSmtpConnection,
    mail: Vec<u8>,
}

#[async_trait]
impl Opened for Announced {
    /// A server that says "go on" too late gets no mail: nothing is delivered that it was not given.
    async fn hand_over(mut self: Box<Self>, latest: Instant) -> HandOver {
        match timeout_at(latest.into(), self.connection.command(Data)).await {
            // On a busy machine the answer may be read long after it came.
            Ok(Ok(_)) if Instant::now() <= latest => {}
            Ok(Err(error)) => return refused(&error),
            Ok(Ok(_)) | Err(_) => return HandOver::Later("SMTP_DATA timeout".to_owned()),
        }
        let answer = match timeout(PATIENCE, self.connection.message(&self.mail)).await {
            Ok(Ok(_)) => HandOver::Accepted,
            Ok(Err(error)) => refusal(&error).unwrap_or(HandOver::NoAnswer),
            Err(_) => HandOver::NoAnswer,
        };
        self.connection.abort().await;
        answer
    }
}

impl Announced {
    /// Sender and recipient: a failure here delivers nothing.
    async fn announce(&mut self, envelope: &Envelope) -> Result<(), HandOver> {
        let options = if self.mail.is_ascii() {
            vec![]
        } else {
            vec![MailParameter::Body(MailBodyParameter::EightBitMime)]
        };
        self.command(Mail::new(envelope.from().cloned(), options)).await?;
        for to in envelope.to() {
            self.command(Rcpt::new(to.clone(), vec![])).await?;
        }
        Ok(())
    }

    async fn command<C: std::fmt::Display>(&mut self, command: C) -> Result<(), HandOver> {
        self.connection.command(command).await.map(drop).map_err(|error| refused(&error))
    }
}

/// Before the mail itself every failure means that nothing was delivered.
fn refused(error: &lettre::transport::smtp::Error) -> HandOver {
    refusal(error).unwrap_or_else(|| HandOver::Later(format!("SMTP {}", code(error))))
}

/// What the server's own answer means; `None` when it did not answer.
fn refusal(error: &lettre::transport::smtp::Error) -> Option<HandOver> {
    let code = format!("SMTP {}", code(error));
    if error.is_permanent() {
        Some(HandOver::Refused(code))
    } else if error.is_transient() {
        Some(HandOver::Later(code))
    } else {
        None
    }
}

/// The server's reply code, with the enhanced one (RFC 3463) where it gave one; the rest of its text
/// may hold addresses and is left out.
fn code(error: &lettre::transport::smtp::Error) -> String {
    let Some(reply) = error.status() else { return "no reply".to_owned() };
    let text = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    match bounce::enhanced_code(&text) {
        Some((class, subject, detail)) => format!("{reply} {class}.{subject}.{detail}"),
        None => reply.to_string(),
    }
}

/// The mail as text and HTML, and its envelope.
fn mail(from: &Address, parcel: &Parcel) -> Result<(Envelope, Vec<u8>), String> {
    let broken = |_| "ADDRESS_MALFORMED".to_owned();
    let to: Address = parcel.body.address.parse().map_err(broken)?;
    let envelope = Envelope::new(Some(from.clone()), vec![to.clone()])
        .map_err(|_| "ADDRESS_MALFORMED".to_owned())?;
    let message = Message::builder()
        .message_id(Some(format!("<{}@{}>", parcel.message, from.domain())))
        .from(Mailbox::new(Some(parcel.body.sender.clone()), from.clone()))
        .to(Mailbox::new(Some(parcel.body.recipient.clone()), to))
        .subject(&parcel.body.subject)
        .multipart(MultiPart::alternative_plain_html(
            parcel.body.text.clone(),
            parcel.body.html.clone(),
        ))
        .map_err(|_| "MAIL_MALFORMED".to_owned())?;
    Ok((envelope, message.formatted()))
}
