use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http::header::{CONTENT_TYPE, HOST, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::Full;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use kulanz_types::{Clock as _, SystemClock};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use crate::domain::webhook::{Reach, Target};

/// Puts messages through to addresses of others: no redirects, no proxies, no address inside.
#[derive(Clone)]
pub struct Post {
    tls: TlsConnector,
    reach: Reach,
    timeout: Duration,
}

/// Why a message did not get through; its code is what the creditor reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PostError {
    /// The address is not taken any more: the settings changed.
    #[error("URL_REFUSED")]
    Url,
    /// The name is unknown.
    #[error("DNS")]
    Name,
    /// The name means an address that is not on the public internet.
    #[error("ADDRESS_REFUSED")]
    Address,
    /// No connection.
    #[error("CONNECT")]
    Connect,
    /// No trusted certificate.
    #[error("TLS")]
    Tls,
    /// The connection broke, or what came back is no HTTP.
    #[error("CONNECTION")]
    Connection,
    /// No answer in time.
    #[error("TIMEOUT")]
    Timeout,
    /// An answer other than 2xx, with how long it asks to wait.
    #[error("HTTP_{}", .0.as_u16())]
    Status(StatusCode, Option<TimeDelta>),
}

impl Post {
    /// A post of this reach that waits this long for an answer, connection included.
    ///
    /// # Errors
    /// Where the TLS library does not take its own defaults.
    pub fn new(reach: Reach, timeout: Duration) -> Result<Self, tokio_rustls::rustls::Error> {
        let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { tls: TlsConnector::from(Arc::new(config)), reach, timeout })
    }

    /// Puts a message through: `Ok` for an answer of 2xx, whose body is not read.
    pub async fn put(&self, url: &str, headers: HeaderMap, body: String) -> Result<(), PostError> {
        let target = self.reach.target(url).map_err(|_| PostError::Url)?;
        let sent = self.exchange(&target, headers, body);
        let answer = tokio::time::timeout(self.timeout, sent).await;
        let (status, headers) = answer.map_err(|_| PostError::Timeout)??;
        if status.is_success() {
            return Ok(());
        }
        Err(PostError::Status(status, retry_after(&headers, SystemClock.now())))
    }

    async fn exchange(
        &self,
        target: &Target,
        headers: HeaderMap,
        body: String,
    ) -> Result<(StatusCode, HeaderMap), PostError> {
        let stream = self.connect(target).await?;
        if !target.tls {
            return speak(stream, target, headers, body).await;
        }
        let name = ServerName::try_from(target.host.clone()).map_err(|_| PostError::Tls)?;
        let stream = self.tls.connect(name, stream).await.map_err(|_| PostError::Tls)?;
        speak(stream, target, headers, body).await
    }

    /// Connects to an address that was checked: the name is not looked up a second time.
    async fn connect(&self, target: &Target) -> Result<TcpStream, PostError> {
        let found = lookup_host((target.host.as_str(), target.port)).await;
        let addresses: Vec<SocketAddr> = found.map_err(|_| PostError::Name)?.collect();
        if addresses.iter().any(|address| !self.reach.allows(address.ip())) {
            return Err(PostError::Address);
        }
        TcpStream::connect(addresses.as_slice()).await.map_err(|_| PostError::Connect)
    }
}

async fn speak<S>(
    stream: S,
    target: &Target,
    headers: HeaderMap,
    body: String,
) -> Result<(StatusCode, HeaderMap), PostError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connected = handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = connected.map_err(|_| PostError::Connection)?;
    let request = request(target, headers, body).map_err(|_| PostError::Url)?;
    let exchange = async move {
        let answer = sender.send_request(request).await.map_err(|_| PostError::Connection)?;
        Ok((answer.status(), answer.headers().clone()))
    };
    // Once the head of the answer is there, the connection is dropped with whatever else comes.
    tokio::select! {
        answer = exchange => answer,
        _ = connection => Err(PostError::Connection),
    }
}

fn request(
    target: &Target,
    headers: HeaderMap,
    body: String,
) -> Result<Request<Full<Bytes>>, http::Error> {
    let path = target.uri.path_and_query().map_or("/", http::uri::PathAndQuery::as_str);
    let host = target.uri.authority().map_or("", http::uri::Authority::as_str);
    let mut request = Request::builder()
        .method(Method::POST)
        .uri(path)
        .header(HOST, host)
        .header(USER_AGENT, concat!("kulanz/", env!("CARGO_PKG_VERSION")))
        .header(CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body)))?;
    request.headers_mut().extend(headers);
    Ok(request)
}

/// Seconds, or an instant of the machines' time (RFC 9110, 10.2.3).
fn retry_after(headers: &HeaderMap, now: DateTime<Utc>) -> Option<TimeDelta> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let pause = match text.parse::<u32>() {
        Ok(seconds) => TimeDelta::seconds(seconds.into()),
        Err(_) => DateTime::parse_from_rfc2822(text).ok()?.with_timezone(&Utc) - now,
    };
    Some(pause.max(TimeDelta::zero()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receiver_may_ask_for_seconds_or_for_an_instant() {
        let now: DateTime<Utc> = "2026-11-16T09:00:00Z".parse().unwrap();
        let asked = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, text.parse().unwrap());
            retry_after(&headers, now)
        };
        assert_eq!(asked("120"), Some(TimeDelta::minutes(2)));
        assert_eq!(asked("Mon, 16 Nov 2026 09:10:00 GMT"), Some(TimeDelta::minutes(10)));
        assert_eq!(asked("Mon, 16 Nov 2026 08:10:00 GMT"), Some(TimeDelta::zero()));
        assert_eq!(asked("soon"), None);
    }
}
