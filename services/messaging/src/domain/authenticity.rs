//! The authenticity code on every message: proves to its reader that the message is genuine.
//!
//! Sixteen Crockford characters in four groups, `K7QF-2M9X-0ABC-DEFG`: four characters (20 bit)
//! find the tenant, seven (35 bit) the message, five (25 bit) sign both. Whoever guesses needs a
//! valid signature and an existing serial: about 2^60 attempts for any hit. The code reveals
//! nothing by itself.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// Crockford's alphabet: no I, L, O, U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TENANT_LENGTH: usize = 4;
const SERIAL_LENGTH: usize = 7;
const SIGNATURE_LENGTH: usize = 5;
const LENGTH: usize = TENANT_LENGTH + SERIAL_LENGTH + SIGNATURE_LENGTH;

/// A well-formed code; only [`AuthenticityCode::is_signed_by`] says whether it is genuine.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AuthenticityCode(String);

impl AuthenticityCode {
    /// Makes a code for a tenant from a random serial.
    pub fn sign(tenant: &str, serial: [u8; 8], key: &[u8]) -> Self {
        let mut text = tenant_tag(tenant);
        text.push_str(&encode(u64::from_be_bytes(serial), SERIAL_LENGTH));
        text.push_str(&signature(&text, key));
        Self(text)
    }

    /// Reads what a person typed: case, blanks and hyphens do not matter, and letters that look
    /// like digits count as those. `None` when it cannot be a code.
    pub fn parse(typed: &str) -> Option<Self> {
        if typed.len() > 4 * LENGTH {
            return None;
        }
        let text: String = typed
            .chars()
            .filter(|character| !character.is_whitespace() && *character != '-')
            .map(canonical)
            .collect::<Option<_>>()?;
        (text.len() == LENGTH).then_some(Self(text))
    }

    /// The part that finds the tenant.
    pub fn tenant_tag(&self) -> &str {
        &self.0[..TENANT_LENGTH]
    }

    /// The characters without grouping, as kept in the database.
    pub fn compact(&self) -> &str {
        &self.0
    }

    /// Whether the signature was made with this key, compared in constant time.
    pub fn is_signed_by(&self, key: &[u8]) -> bool {
        let (body, mark) = self.0.split_at(TENANT_LENGTH + SERIAL_LENGTH);
        let expected = signature(body, key);
        let difference = expected.bytes().zip(mark.bytes()).fold(0, |all, (a, b)| all | (a ^ b));
        difference == 0
    }
}

impl std::fmt::Display for AuthenticityCode {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = &self.0;
        write!(formatter, "{}-{}-{}-{}", &text[..4], &text[4..8], &text[8..12], &text[12..])
    }
}

/// The four characters that find a tenant. They are public and collide rarely; a directory keeps
/// which tenants share one.
pub fn tenant_tag(tenant: &str) -> String {
    let hash = Sha256::digest(tenant.as_bytes());
    encode(leading_bits(&hash), TENANT_LENGTH)
}

fn signature(body: &str, key: &[u8]) -> String {
    // HMAC takes keys of every length, so the error branch cannot be reached; an empty signature
    // would be refused by its length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    mac.update(b"authenticity:");
    mac.update(body.as_bytes());
    encode(leading_bits(&mac.finalize().into_bytes()), SIGNATURE_LENGTH)
}

fn leading_bits(bytes: &[u8]) -> u64 {
    bytes.iter().take(8).fold(0, |bits, byte| (bits << 8) | u64::from(*byte))
}

/// The lowest bits of a number, five per character.
fn encode(bits: u64, length: usize) -> String {
    (0..length)
        .rev()
        .map(|place| char::from(ALPHABET[usize::from(((bits >> (5 * place)) & 31) as u8)]))
        .collect()
}

fn canonical(character: char) -> Option<char> {
    let upper = match character.to_ascii_uppercase() {
        'O' => '0',
        'I' | 'L' => '1',
        other => other,
    };
    upper.is_ascii().then_some(())?;
    ALPHABET.contains(&(upper as u8)).then_some(upper)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &[u8] = b"a key of the test";

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = AuthenticityCode::sign("tenant_1", [7; 8], KEY);
        let typed = code.to_string().to_lowercase().replace('0', "o").replace('1', "l");
        assert_eq!(AuthenticityCode::parse(&format!(" {typed} ")), Some(code.clone()));
        assert!(code.is_signed_by(KEY));
        assert_eq!(code.tenant_tag(), tenant_tag("tenant_1"));
    }

    #[test]
    fn what_is_too_long_or_short_is_no_code() {
        assert_eq!(AuthenticityCode::parse("ABCD"), None);
        assert_eq!(AuthenticityCode::parse(&"A".repeat(17)), None);
        assert_eq!(AuthenticityCode::parse("ABCD-EFGH-JKMN-PQR€"), None);
    }

    proptest! {
        #[test]
        fn a_changed_character_breaks_the_signature(
            serial in prop::array::uniform8(any::<u8>()), place in 0_usize..16, shift in 1_usize..32,
        ) {
            let code = AuthenticityCode::sign("tenant_1", serial, KEY);
            let mut characters = code.compact().as_bytes().to_vec();
            let old = ALPHABET.iter().position(|one| *one == characters[place]).unwrap();
            characters[place] = ALPHABET[(old + shift) % 32];
            let forged = AuthenticityCode::parse(std::str::from_utf8(&characters).unwrap()).unwrap();
            prop_assert!(!forged.is_signed_by(KEY));
        }

        #[test]
        fn another_key_makes_another_signature(serial in prop::array::uniform8(any::<u8>())) {
            let code = AuthenticityCode::sign("tenant_1", serial, KEY);
            prop_assert!(!code.is_signed_by(b"another key"));
        }
    }
}
