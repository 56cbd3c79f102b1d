//! E-mail over SMTP. The Message-ID is fixed by the message's id, so that a mail that is sent again
//! is the same mail. Only a lost answer to the mail itself leaves its fate unknown: whatever fails
//! before is certainly not delivered.

use std::time::Duration;

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
use tokio::time::timeout;

use super::{Adapter, HandOver, Line, Parcel};
use crate::error::Error;

/// Longest wait for one answer of the server.
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
            AsyncSmtpConnection::connect_tokio1(server, Some(PATIENCE), &hello, implicit, None)
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

    async fn open(&self) -> Result<Box<dyn Line>, String> {
        match timeout(2 * PATIENCE, self.connect()).await {
            Ok(Ok(connection)) => Ok(Box::new(Open { connection, from: self.from.clone() })),
            Ok(Err(error)) => Err(format!("SMTP_CONNECT {}", code(&error))),
            Err(_) => Err("SMTP_CONNECT timeout".to_owned()),
        }
    }
}

struct Open {
    connection: AsyncSmtpConnection,
    from: Address,
}

#[async_trait]
impl Line for Open {
    async fn hand_over(mut self: Box<Self>, parcel: &Parcel) -> HandOver {
        let (envelope, mail) = match mail(&self.from, parcel) {
            Ok(mail) => mail,
            Err(code) => return HandOver::Refused(code),
        };
        if let Err(answer) = self.announce(&envelope, &mail).await {
            return answer;
        }
        let answer = match timeout(PATIENCE, self.connection.message(&mail)).await {
            Ok(Ok(_)) => HandOver::Accepted,
            Ok(Err(error)) => refusal(&error).unwrap_or(HandOver::NoAnswer),
            Err(_) => HandOver::NoAnswer,
        };
        self.connection.abort().await;
        answer
    }
}

impl Open {
    /// Sender, recipient and the announcement of the mail: a failure here delivers nothing.
    async fn announce(&mut self, envelope: &Envelope, mail: &[u8]) -> Result<(), HandOver> {
        let options = if mail.is_ascii() {
            vec![]
        } else {
            vec![MailParameter::Body(MailBodyParameter::EightBitMime)]
        };
        let from = Mail::new(envelope.from().cloned(), options);
        self.command(from).await?;
        for to in envelope.to() {
            self.command(Rcpt::new(to.clone(), vec![])).await?;
        }
        self.command(Data).await
    }

    async fn command<C: std::fmt::Display>(&mut self, command: C) -> Result<(), HandOver> {
        match timeout(PATIENCE, self.connection.command(command)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(refusal(&error)
                .unwrap_or_else(|| HandOver::Later(format!("SMTP {}", code(&error))))),
            Err(_) => Err(HandOver::Later("SMTP timeout".to_owned())),
        }
    }
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

/// The server's reply code; its text may hold addresses and is left out.
fn code(error: &lettre::transport::smtp::Error) -> String {
    error.status().map_or_else(|| "no reply".to_owned(), |code| code.to_string())
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
