//! The token of an access link, and the second factor that opens it.
//!
//! A token is 48 bytes: tenant, 128 secret bits, and a signature over both. The tenant is found from the
//! token alone, and a token whose signature does not fit never reaches a table.

use chrono::NaiveDate;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use kulanz_types::{AccessLinkId, TenantId};
use sha2::Sha256;

use super::person::Profile;

/// Wrong second factors after which a link is locked.
pub const MAX_ATTEMPTS: i32 = 5;

const PART: usize = 16;

/// The parts of a token, not trusted until its signature is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// The tenant it names.
    pub tenant: TenantId,
    /// 128 bits that nobody can foresee.
    pub secret: [u8; PART],
}

impl Token {
    fn text(&self, signature: &str) -> Option<String> {
        let signature = HEXLOWER.decode(signature.as_bytes()).ok()?;
        let bytes = [self.tenant.uuid().as_bytes().as_slice(), &self.secret, &signature].concat();
        Some(BASE64URL_NOPAD.encode(&bytes))
    }

    fn read(text: &str) -> Option<(Self, String)> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        let (tenant, rest) = bytes.split_first_chunk::<PART>()?;
        let (secret, signature) = rest.split_first_chunk::<PART>()?;
        let signature: &[u8; PART] = signature.try_into().ok()?;
        let tenant = TenantId::from_uuid(uuid::Uuid::from_bytes(*tenant));
        Some((Self { tenant, secret: *secret }, HEXLOWER.encode(signature)))
    }

    fn subject(&self) -> String {
        HEXLOWER.encode(&self.secret)
    }
}

/// The key that makes and signs the tokens of links. A link's token follows from its id, so that it need
/// not be kept anywhere: the tables hold a keyed hash of it.
#[derive(Clone)]
pub struct AccessKey([u8; 32]);

impl AccessKey {
    /// A key of 32 secret bytes.
    pub const fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    /// The token of a link.
    pub fn token(&self, tenant: TenantId, link: AccessLinkId) -> Token {
        Token { tenant, secret: self.mac("secret", &[tenant.to_string(), link.to_string()]) }
    }

    /// The text of a token as it stands in a link.
    pub fn text(&self, token: &Token) -> String {
        token.text(&self.signature(token)).unwrap_or_default()
    }

    /// The token behind a text, if its signature is ours.
    pub fn verify(&self, text: &str) -> Option<Token> {
        let (token, signature) = Token::read(text)?;
        same_signature(&signature, &self.signature(&token)).then_some(token)
    }

    /// Under which value the tables know a token.
    pub fn look_up(&self, token: &Token) -> String {
        HEXLOWER.encode(&self.mac("look-up", &[token.tenant.to_string(), token.subject()]))
    }

    fn signature(&self, token: &Token) -> String {
        HEXLOWER.encode(&self.mac("signature", &[token.tenant.to_string(), token.subject()]))
    }

    fn mac(&self, purpose: &str, parts: &[String]) -> [u8; PART] {
        #[expect(clippy::expect_used, reason = "HMAC takes a key of any length (RFC 2104)")]
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&self.0).expect("any key length");
        for part in std::iter::once(purpose).chain(parts.iter().map(String::as_str)) {
            mac.update(part.as_bytes());
            mac.update(&[0]);
        }
        let whole: [u8; 32] = mac.finalize().into_bytes().into();
        let mut half = [0; PART];
        half.copy_from_slice(&whole[..PART]);
        half
    }
}

/// Compares signatures without telling by its duration where they differ.
fn same_signature(one: &str, other: &str) -> bool {
    one.len() == other.len()
        && one.bytes().zip(other.bytes()).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}

/// What only the person should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecondFactor {
    /// Date of birth.
    BirthDate(NaiveDate),
    /// Postcode of the address.
    Postcode(String),
}

impl SecondFactor {
    /// Whether it is this debtor's. Spaces in a postcode do not matter, nor a leading zero that a
    /// spreadsheet lost.
    pub fn fits(&self, profile: &Profile) -> bool {
        match self {
            Self::BirthDate(given) => profile.birth_date == Some(*given),
            Self::Postcode(given) => {
                let known = plain(&profile.address.postcode);
                !known.is_empty() && known == plain(given)
            }
        }
    }
}

fn plain(postcode: &str) -> String {
    let digits: String = postcode.chars().filter(|letter| letter.is_alphanumeric()).collect();
    digits.trim_start_matches('0').to_uppercase()
}

#[cfg(test)]
mod tests {
    use kulanz_types::Seeds;

    use super::*;

    const SIGNATURE: &str = "00112233445566778899aabbccddeeff";

    fn token() -> Token {
        let seeds = Seeds::fixed(3);
        let tenant = TenantId::generate(&seeds, chrono::DateTime::UNIX_EPOCH);
        Token { tenant, secret: seeds.bytes() }
    }

    #[test]
    fn a_token_carries_its_tenant_and_signature() {
        let text = token().text(SIGNATURE).unwrap();
        assert_eq!(text.len(), 64);
        assert_eq!(Token::read(&text), Some((token(), SIGNATURE.to_owned())));
    }

    #[test]
    fn what_is_no_token_is_none() {
        let text = token().text(SIGNATURE).unwrap();
        for broken in ["", "x", &text[1..], &format!("{text}AA"), &text.replace(&text[..1], "!")] {
            assert_eq!(Token::read(broken), None);
        }
    }

    #[test]
    fn a_token_that_was_tampered_with_or_signed_elsewhere_is_refused() {
        let key = AccessKey::new([7; 32]);
        let seeds = Seeds::fixed(4);
        let link = AccessLinkId::generate(&seeds, chrono::DateTime::UNIX_EPOCH);
        let other = TenantId::generate(&seeds, chrono::DateTime::UNIX_EPOCH);
        let made = key.token(token().tenant, link);
        assert_eq!(key.verify(&key.text(&made)), Some(made));
        assert_eq!(key.verify(&AccessKey::new([8; 32]).text(&made)), None);
        let moved = Token { tenant: other, ..made };
        let (_, signature) = Token::read(&key.text(&made)).unwrap();
        assert_eq!(key.verify(&moved.text(&signature).unwrap()), None);
    }

    #[test]
    fn the_second_factor_must_be_this_persons() {
        let mut profile = Profile { birth_date: "1970-03-01".parse().ok(), ..Profile::default() };
        profile.address.postcode = "04109".into();
        assert!(SecondFactor::BirthDate("1970-03-01".parse().unwrap()).fits(&profile));
        assert!(!SecondFactor::BirthDate("1970-03-02".parse().unwrap()).fits(&profile));
        assert!(SecondFactor::Postcode(" 04109 ".into()).fits(&profile));
        assert!(SecondFactor::Postcode("4109".into()).fits(&profile));
        assert!(!SecondFactor::Postcode("04108".into()).fits(&profile));
    }

    #[test]
    fn an_unknown_factor_never_fits() {
        assert!(!SecondFactor::Postcode(String::new()).fits(&Profile::default()));
    }
}
