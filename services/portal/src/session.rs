//! The one cookie: sealed, so that nobody but the portal reads or changes it.

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::BASE64URL_NOPAD;
use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};
use kulanz_types::Seeds;
use serde::{Deserialize, Serialize};

const NONCE_BYTES: usize = 24;

/// What a visitor carries along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    /// Must come back in every form.
    pub(crate) csrf: String,
    /// The link that was followed, until it is opened.
    pub(crate) link: Option<String>,
    /// The open session.
    pub(crate) debtor: Option<DebtorSession>,
    /// What the last form did, for the page after it.
    pub(crate) notice: Option<Notice>,
}

/// An opened link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DebtorSession {
    /// The bearer token; it ends by the services' clock.
    pub(crate) token: String,
    /// Whose token it is.
    pub(crate) debtor_id: String,
    /// For the greeting.
    pub(crate) name: String,
    /// Who sent the link.
    pub(crate) agency: String,
    /// True if only preferences may be changed.
    pub(crate) preferences_only: bool,
}

/// What the last form did. Dates as `2026-11-21`, amounts in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Notice {
    /// A promise was made.
    Promised { amount_minor: i64, currency: String, date: String },
    /// An objection was raised.
    Disputed { answer_by: String, challenge_id: String },
    /// It was reported as paid.
    AlreadyPaid { answer_by: String, challenge_id: String },
    /// It was the wrong person; the challenge's id is empty for whoever has not opened the link.
    WrongPerson { answer_by: String, challenge_id: String },
    /// A file was taken in.
    Uploaded,
    /// The person is shielded; the kind as the form names it, and by when someone will have looked at it
    /// where that is promised.
    Protected { kind: String, answer_by: String },
    /// Preferences were kept.
    PreferencesSaved,
    /// The session was ended.
    SignedOut,
}

/// Seals sessions into cookies and opens them.
pub(crate) struct CookieJar {
    cipher: XChaCha20Poly1305,
    /// Nonces and CSRF values never repeat, whatever seeds the rest of a run has.
    random: Seeds,
    secure: bool,
}

impl CookieJar {
    pub(crate) fn new(key: &[u8; 32], secure: bool) -> Self {
        Self { cipher: XChaCha20Poly1305::new(&(*key).into()), random: Seeds::from_os(), secure }
    }

    /// `__Host-` binds the cookie to this host over TLS; browsers refuse it on plain loopback.
    pub(crate) fn name(&self) -> &'static str {
        if self.secure { "__Host-kulanz" } else { "kulanz" }
    }

    /// A visitor who has just come.
    pub(crate) fn fresh(&self) -> Session {
        let csrf = BASE64URL_NOPAD.encode(&self.random.bytes::<16>());
        Session { csrf, link: None, debtor: None, notice: None }
    }

    /// The session of a request; anything tampered with is no session.
    pub(crate) fn open(&self, headers: &HeaderMap) -> Option<Session> {
        headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .filter(|(name, _)| *name == self.name())
            .find_map(|(_, value)| self.unseal(value))
    }

    /// The header that hands the session to the browser. It ends with the browser's session; how
    /// long the token in it lives is not the cookie's to say.
    pub(crate) fn header(&self, session: &Session) -> Option<HeaderValue> {
        let sealed = self.seal(session)?;
        let secure = if self.secure { "; Secure" } else { "" };
        let cookie = format!("{}={sealed}; Path=/; HttpOnly; SameSite=Lax{secure}", self.name());
        HeaderValue::try_from(cookie).ok()
    }

    fn seal(&self, session: &Session) -> Option<String> {
        let nonce = self.random.bytes::<NONCE_BYTES>();
        let plain = serde_json::to_vec(session).ok()?;
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), plain.as_slice()).ok()?;
        Some(BASE64URL_NOPAD.encode(&[nonce.as_slice(), &sealed].concat()))
    }

    fn unseal(&self, text: &str) -> Option<Session> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
        let plain = self.cipher.decrypt(&XNonce::from(*nonce), sealed).ok()?;
        serde_json::from_slice(&plain).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jar(key: u8) -> CookieJar {
        CookieJar::new(&[key; 32], true)
    }

    fn sent_back(jar: &CookieJar, session: &Session) -> HeaderMap {
        let header = jar.header(session).unwrap();
        let pair = header.to_str().unwrap().split(';').next().unwrap().to_owned();
        HeaderMap::from_iter([(COOKIE, HeaderValue::try_from(pair).unwrap())])
    }

    #[test]
    fn a_session_survives_the_way_to_the_browser_and_back() {
        let jar = jar(7);
        let session = Session { link: Some("token".to_owned()), ..jar.fresh() };
        assert_eq!(jar.open(&sent_back(&jar, &session)), Some(session));
    }

    #[test]
    fn a_cookie_of_another_key_or_with_one_letter_changed_is_no_session() {
        let jar = jar(7);
        let headers = sent_back(&jar, &jar.fresh());
        assert_eq!(self::jar(8).open(&headers), None);
        let mut text = headers.get(COOKIE).unwrap().to_str().unwrap().to_owned();
        let last = text.pop().unwrap();
        text.push(if last == 'A' { 'Q' } else { 'A' });
        let changed = HeaderMap::from_iter([(COOKIE, HeaderValue::try_from(text).unwrap())]);
        assert_eq!(jar.open(&changed), None);
    }

    #[test]
    fn the_cookie_is_bound_to_the_host_and_hidden_from_scripts() {
        let header = jar(7).header(&jar(7).fresh()).unwrap();
        let text = header.to_str().unwrap();
        assert!(text.starts_with("__Host-kulanz="));
        assert!(text.ends_with("; Path=/; HttpOnly; SameSite=Lax; Secure"));
    }

    #[test]
    fn on_plain_loopback_the_cookie_has_a_plain_name() {
        let jar = CookieJar::new(&[1; 32], false);
        let header = jar.header(&jar.fresh()).unwrap();
        assert!(header.to_str().unwrap().starts_with("kulanz="));
        assert!(!header.to_str().unwrap().contains("Secure"));
    }
}
