//! What is told to creditors' systems, how it is signed, and which addresses may be spoken to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::BASE64;
use hmac::{Hmac, KeyInit, Mac};
use http::Uri;
use sha2::Sha256;

/// Longest address that is taken.
const LONGEST_URL: usize = 2_048;
/// How long the old secret signs beside the new one.
pub const OVERLAP: TimeDelta = TimeDelta::hours(24);
/// The pause after each failed attempt, in seconds of business time; after the last a message is dead.
const PAUSES: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookType {
    /// A claim moved to another state.
    ClaimStateChanged,
    /// An entry changed what is open.
    ClaimBalanceChanged,
    /// The end of a claim's period of limitation comes near.
    ClaimLimitationNear,
    /// The debtor, or someone reached in their place, objects.
    ChallengeOpened,
    /// A file came for an objection.
    ChallengeEvidenceAdded,
    /// An objection was decided.
    ChallengeResolved,
    /// The creditor is asked something about a claim.
    QuestionAsked,
    /// A question was answered.
    QuestionAnswered,
    /// The day by which the creditor was to answer has passed.
    QuestionOverdue,
    /// An import came to its end.
    ImportFinished,
}

impl WebhookType {
    /// Every type.
    pub const ALL: [Self; 10] = [
        Self::ClaimStateChanged,
        Self::ClaimBalanceChanged,
        Self::ClaimLimitationNear,
        Self::ChallengeOpened,
        Self::ChallengeEvidenceAdded,
        Self::ChallengeResolved,
        Self::QuestionAsked,
        Self::QuestionAnswered,
        Self::QuestionOverdue,
        Self::ImportFinished,
    ];

    /// The name as endpoints ask for it and bodies carry it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ClaimStateChanged => "claim.state_changed",
            Self::ClaimBalanceChanged => "claim.balance_changed",
            Self::ClaimLimitationNear => "claim.limitation_near",
            Self::ChallengeOpened => "challenge.opened",
            Self::ChallengeEvidenceAdded => "challenge.evidence_added",
            Self::ChallengeResolved => "challenge.resolved",
            Self::QuestionAsked => "question.asked",
            Self::QuestionAnswered => "question.answered",
            Self::QuestionOverdue => "question.overdue",
            Self::ImportFinished => "import.finished",
        }
    }

    /// The type with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }
}

/// When a message is tried again after its `attempts`-th failure (from 1); none: it is dead. What the
/// receiver asks for counts where it is later, up to the longest pause.
pub fn next_attempt(
    attempts: i64,
    now: DateTime<Utc>,
    asked: Option<TimeDelta>,
) -> Option<DateTime<Utc>> {
    let index = usize::try_from(attempts - 1).ok()?;
    let pause = TimeDelta::seconds(*PAUSES.get(index)?);
    let longest = TimeDelta::seconds(PAUSES[PAUSES.len() - 1]);
    Some(now + asked.map_or(pause, |asked| asked.min(longest).max(pause)))
}

/// Derives and uses the secrets of all endpoints.
#[derive(Clone)]
pub struct WebhookKey([u8; 32]);

/// The secret of one endpoint and generation.
pub struct Secret([u8; 32]);

impl WebhookKey {
    /// A key from 32 secret bytes.
    pub fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    /// The secret of an endpoint: nobody keeps it, so nobody can lose it.
    pub fn secret(&self, endpoint_id: &str, generation: i64) -> Secret {
        Secret(mac(&self.0, format!("{endpoint_id}.{generation}").as_bytes()))
    }
}

impl Secret {
    /// As the receiver is given it.
    pub fn text(&self) -> String {
        format!("whsec_{}", BASE64.encode(&self.0))
    }

    /// The signature of one attempt: over id, instant in seconds and body.
    pub fn sign(&self, id: &str, timestamp: i64, body: &str) -> String {
        signature(&self.0, id, timestamp, body)
    }
}

fn signature(key: &[u8], id: &str, timestamp: i64, body: &str) -> String {
    format!("v1,{}", BASE64.encode(&mac(key, format!("{id}.{timestamp}.{body}").as_bytes())))
}

fn mac(key: &[u8], message: &[u8]) -> [u8; 32] {
    #[expect(clippy::expect_used, reason = "HMAC takes a key of any length (RFC 2104)")]
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("any key length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// Which addresses may be spoken to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reach {
    /// `http://` too.
    pub plain: bool,
    /// Loopback, private and other addresses that are not on the public internet too.
    pub private: bool,
}

/// Where a message goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The address as it was given.
    pub uri: Uri,
    /// Name or address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    /// Whether the connection is encrypted.
    pub tls: bool,
}

impl Reach {
    /// What an address means, or why it is not taken.
    pub fn target(self, url: &str) -> Result<Target, &'static str> {
        if url.len() > LONGEST_URL {
            return Err("is too long");
        }
        let uri: Uri = url.parse().map_err(|_| "is no address")?;
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if self.plain => false,
            _ => return Err("must begin with https://"),
        };
        let authority = uri.authority().ok_or("names no host")?;
        if authority.as_str().contains('@') {
            return Err("must not carry a user name or password");
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err("names no host");
        }
        if host.parse().is_ok_and(|address| !self.allows(address)) {
            return Err("is not on the public internet");
        }
        let port = authority.port_u16().unwrap_or(if tls { 443 } else { 80 });
        Ok(Target { uri, host, port, tls })
    }

    /// Whether an address may be connected to.
    pub fn allows(self, address: IpAddr) -> bool {
        self.private || is_public(address)
    }
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// What IANA's special-purpose registry does not set aside (RFC 6890).
fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let set_aside = match first {
        0 | 10 | 127 | 224.. => true,
        100 => (64..=127).contains(&second),
        169 => second == 254,
        172 => (16..=31).contains(&second),
        192 => matches!((second, third), (0, 0 | 2) | (88, 99) | (168, _)),
        198 => matches!((second, third), (18 | 19, _) | (51, 100)),
        203 => (second, third) == (0, 113),
        _ => false,
    };
    !set_aside
}

/// Global unicast, without what carries an IPv4 address inside or is for documentation.
fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inside) = address.to_ipv4_mapped() {
        return is_public_v4(inside);
    }
    let [first, second, ..] = address.segments();
    let global = (0x2000..=0x3fff).contains(&first);
    let teredo_or_special = first == 0x2001 && second < 0x0200;
    let documentation =
        (first == 0x2001 && second == 0x0db8) || (first == 0x3fff && second < 0x1000);
    global && !teredo_or_special && !documentation && first != 0x2002
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_the_one_of_the_reference_libraries() {
        let key = BASE64.decode(b"MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let (id, body) = ("msg_p5jXN8AQM9LWM0D4loKWxJek", r#"{"test": 2432232314}"#);
        let expected = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
        assert_eq!(signature(&key, id, 1_614_265_330, body), expected);
    }

    #[test]
    fn secrets_differ_by_endpoint_and_generation() {
        let key = WebhookKey::new([7; 32]);
        let texts = [key.secret("a", 1), key.secret("a", 2), key.secret("b", 1)].map(|s| s.text());
        assert_ne!(texts[0], texts[1]);
        assert_ne!(texts[0], texts[2]);
    }

    #[test]
    fn pauses_grow_and_end_after_ten_attempts() {
        let now = DateTime::UNIX_EPOCH;
        let pauses: Vec<_> = (1..=10).map(|attempts| next_attempt(attempts, now, None)).collect();
        assert_eq!(pauses[0], Some(now + TimeDelta::seconds(5)));
        assert_eq!(pauses[8], Some(now + TimeDelta::hours(24)));
        assert_eq!(pauses[9], None);
        assert!(pauses[..9].is_sorted());
        let asked = next_attempt(1, now, Some(TimeDelta::minutes(2)));
        assert_eq!(asked, Some(now + TimeDelta::minutes(2)));
        let greedy = next_attempt(1, now, Some(TimeDelta::days(30)));
        assert_eq!(greedy, Some(now + TimeDelta::hours(24)));
        assert_eq!(
            next_attempt(2, now, Some(TimeDelta::zero())),
            Some(now + TimeDelta::minutes(5))
        );
    }

    #[test]
    fn addresses_inside_are_refused() {
        for inside in [
            "127.0.0.1",
            "10.1.2.3",
            "172.31.0.1",
            "192.168.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2001:db8::1",
            "2001::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["9.9.9.9", "172.32.0.1", "100.128.0.1", "2a01:4f8::1", "::ffff:9.9.9.9"] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn only_https_without_credentials_is_taken() {
        let strict = Reach::default();
        let target = strict.target("https://erp.example.org/kulanz?x=1").unwrap();
        assert_eq!((target.host.as_str(), target.port, target.tls), ("erp.example.org", 443, true));
        for refused in [
            "",
            "erp.example.org",
            "http://erp.example.org/",
            "ftp://erp.example.org/",
            "https://user:secret@erp.example.org/",
            "https://127.0.0.1/",
            "https://[::1]:8443/",
            "https://169.254.169.254/latest",
        ] {
            assert!(strict.target(refused).is_err(), "{refused}");
        }
        let open = Reach { plain: true, private: true };
        assert_eq!(open.target("http://[::1]:8080/x").unwrap().port, 8080);
    }
}
