//! Tokens: Ed25519-signed JWTs, one key per issuer, checked once and then remembered until expiry.

mod grant;
mod issuer;
mod keys;
mod verifier;

pub use grant::{Grant, TokenClaims};
pub use issuer::Issuer;
pub use keys::KeyRing;
pub use verifier::{TokenFault, Verifier};

/// Issues tokens for people and systems of a tenant.
pub const OPERATOR: &str = "operator";
/// The service that opens access links, hence the only issuer of debtors' tokens.
pub const CLAIMS: &str = "claims";

/// Every issuer of a constellation: the operator and each service under its own name. The portal is none:
/// whoever breaks into the one pod that faces the internet must not find a key that others trust.
pub const ISSUERS: [&str; 6] =
    [OPERATOR, CLAIMS, "personas", "experimentation", "messaging", "payments"];

/// Keys or tokens cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum AuthError {
    /// A key file cannot be read or written.
    #[error("key file {path} cannot be used")]
    KeyFile {
        /// The file.
        path: String,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A key is not an Ed25519 key in PKCS#8 or SPKI form.
    #[error("the key of issuer {issuer} is not an Ed25519 key")]
    Key {
        /// Whose key.
        issuer: String,
        /// Why.
        #[source]
        source: jsonwebtoken::errors::Error,
    },
    /// There is no private key for this issuer.
    #[error("no private key for issuer {0}")]
    NoPrivateKey(String),
    /// The issuer may not hand out such a token.
    #[error("issuer {issuer} may not issue a token for {subject}")]
    NotItsToken {
        /// The issuer.
        issuer: String,
        /// The subject that the token would have had.
        subject: String,
    },
    /// Signing failed.
    #[error("the token cannot be signed")]
    Sign(#[source] jsonwebtoken::errors::Error),
}
