//! The keys of a constellation: `<issuer>.pub.pem` for everyone who checks, `<issuer>.key.pem` only
//! where that issuer runs.

use std::collections::BTreeMap;
use std::path::Path;

use data_encoding::BASE64;
use jsonwebtoken::jwk::{AlgorithmParameters, Jwk};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use kulanz_types::{Seeds, SharedClock};
use secrecy::{ExposeSecret, SecretString};

use super::{AuthError, Issuer, Verifier};

/// PKCS#8 (RFC 8410) around the 32 bytes of an Ed25519 private key.
const PRIVATE_HEADER: [u8; 16] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];
/// SPKI (RFC 8410) around the 32 bytes of an Ed25519 public key.
const PUBLIC_HEADER: [u8; 12] =
    [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// The keys that a process has: public ones of all issuers, private ones of those it runs.
#[derive(Clone, Debug, Default)]
pub struct KeyRing {
    public: BTreeMap<String, String>,
    private: BTreeMap<String, SecretString>,
}

impl KeyRing {
    /// New keys for these issuers.
    pub fn generate(issuers: &[&str], seeds: &Seeds) -> Result<Self, AuthError> {
        let mut ring = Self::default();
        for issuer in issuers {
            ring.add(issuer, &seeds.bytes::<32>())?;
        }
        Ok(ring)
    }

    /// Reads the key files of a folder.
    pub fn load(folder: &Path) -> Result<Self, AuthError> {
        let mut ring = Self::default();
        for entry in std::fs::read_dir(folder).map_err(|source| file_error(folder, source))? {
            let path = entry.map_err(|source| file_error(folder, source))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let read =
                || std::fs::read_to_string(&path).map_err(|source| file_error(&path, source));
            if let Some(issuer) = name.strip_suffix(".pub.pem") {
                ring.public.insert(issuer.to_owned(), read()?);
            } else if let Some(issuer) = name.strip_suffix(".key.pem") {
                ring.private.insert(issuer.to_owned(), read()?.into());
            }
        }
        Ok(ring)
    }

    /// Reads the folder and first makes whatever issuer is missing there: for development, where
    /// one process runs all of them.
    pub fn load_or_generate(
        folder: &Path,
        issuers: &[&str],
        seeds: &Seeds,
    ) -> Result<Self, AuthError> {
        std::fs::create_dir_all(folder).map_err(|source| file_error(folder, source))?;
        let mut ring = Self::load(folder)?;
        for issuer in issuers {
            if !ring.private.contains_key(*issuer) {
                ring.add(issuer, &seeds.bytes::<32>())?;
                ring.save(folder, issuer)?;
            }
        }
        Ok(ring)
    }

    /// The issuer of this name, who needs a private key.
    pub fn issuer(
        &self,
        name: &str,
        audience: &str,
        clock: SharedClock,
    ) -> Result<Issuer, AuthError> {
        let pem = self.private.get(name).ok_or_else(|| AuthError::NoPrivateKey(name.to_owned()))?;
        let key = EncodingKey::from_ed_pem(pem.expose_secret().as_bytes())
            .map_err(|source| AuthError::Key { issuer: name.to_owned(), source })?;
        Ok(Issuer::new(name, audience, key, clock))
    }

    /// Checks tokens of the trusted issuers that have a public key here.
    pub fn verifier(
        &self,
        trusted: &[String],
        audience: &str,
        clock: SharedClock,
    ) -> Result<Verifier, AuthError> {
        let mut keys = BTreeMap::new();
        for (issuer, pem) in self.public.iter().filter(|(issuer, _)| trusted.contains(issuer)) {
            let key = DecodingKey::from_ed_pem(pem.as_bytes())
                .map_err(|source| AuthError::Key { issuer: issuer.clone(), source })?;
            keys.insert(issuer.clone(), key);
        }
        Ok(Verifier::new(keys, audience, clock))
    }

    fn add(&mut self, issuer: &str, private: &[u8; 32]) -> Result<(), AuthError> {
        let pem = pem("PRIVATE KEY", &[PRIVATE_HEADER.as_slice(), private].concat());
        let public = public_of(&pem)
            .map_err(|source| AuthError::Key { issuer: issuer.to_owned(), source })?;
        self.public.insert(issuer.to_owned(), public);
        self.private.insert(issuer.to_owned(), pem.into());
        Ok(())
    }

    fn save(&self, folder: &Path, issuer: &str) -> Result<(), AuthError> {
        if let Some(public) = self.public.get(issuer) {
            write(&folder.join(format!("{issuer}.pub.pem")), public, 0o644)?;
        }
        if let Some(private) = self.private.get(issuer) {
            write(&folder.join(format!("{issuer}.key.pem")), private.expose_secret(), 0o600)?;
        }
        Ok(())
    }
}

fn public_of(private_pem: &str) -> Result<String, jsonwebtoken::errors::Error> {
    let key = EncodingKey::from_ed_pem(private_pem.as_bytes())?;
    let jwk = Jwk::from_encoding_key(&key, Algorithm::EdDSA)?;
    let point = match jwk.algorithm {
        AlgorithmParameters::OctetKeyPair(pair) => pair.x,
        _ => String::new(),
    };
    let point = data_encoding::BASE64URL_NOPAD.decode(point.as_bytes()).unwrap_or_default();
    Ok(pem("PUBLIC KEY", &[PUBLIC_HEADER.as_slice(), &point].concat()))
}

fn pem(label: &str, der: &[u8]) -> String {
    // An Ed25519 key fits one line of base64, as RFC 7468 limits lines to 64 characters.
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", BASE64.encode(der))
}

fn write(path: &Path, text: &str, mode: u32) -> Result<(), AuthError> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(mode)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|source| file_error(path, source))
}

fn file_error(path: &Path, source: std::io::Error) -> AuthError {
    AuthError::KeyFile { path: path.display().to_string(), source }
}
