//! Page tokens (AIP-158): opaque, authenticated, bound to one tenant, one method and one filter.
//!
//! A token grants nothing: the page is read with the caller's own rights.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use data_encoding::BASE64URL_NOPAD;
use kulanz_types::TenantId;
use sha2::{Digest, Sha256};
use tonic::Code;

use crate::error::Fault;

/// Page size of a request that names none.
pub const DEFAULT_PAGE_SIZE: u32 = 50;
/// Greatest page size; a larger wish is lowered to it.
pub const MAX_PAGE_SIZE: u32 = 1_000;

const NONCE_BYTES: usize = 24;

/// The key that seals page tokens; the same in all replicas of a service.
#[derive(Clone)]
pub struct PageKey {
    cipher: XChaCha20Poly1305,
    /// Nonces are derived from the key and the cursor, so that sealing needs no randomness: equal
    /// tokens then mean equal pages, which a reader of the token may know anyway.
    nonce_key: [u8; 32],
}

impl PageKey {
    /// A key from 32 secret bytes.
    pub fn new(secret: &[u8; 32]) -> Self {
        let nonce_key = Sha256::new().chain_update(b"page nonce").chain_update(secret).finalize();
        Self { cipher: XChaCha20Poly1305::new(&(*secret).into()), nonce_key: nonce_key.into() }
    }

    /// Reads the paging fields of a list call. `filter` is everything else that the request asks
    /// for: a token of another filter is refused.
    pub fn request(
        &self,
        tenant: TenantId,
        method: &str,
        filter: impl AsRef<[u8]>,
        page_size: i32,
        page_token: &str,
    ) -> Result<PageRequest, Fault> {
        let limit = page_limit(page_size)?;
        let scope = scope(tenant, method, filter.as_ref());
        let cursor = match page_token {
            "" => None,
            token => Some(PageToken::open(self, &scope, token).ok_or_else(invalid_token)?.cursor),
        };
        Ok(PageRequest { key: self.clone(), scope, limit, cursor })
    }
}

impl std::fmt::Debug for PageKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("PageKey(..)")
    }
}

/// What page a caller asks for.
#[derive(Clone, Debug)]
pub struct PageRequest {
    key: PageKey,
    scope: [u8; 32],
    limit: u32,
    cursor: Option<String>,
}

impl PageRequest {
    /// Number of rows on this page, 1 to [`MAX_PAGE_SIZE`].
    pub fn limit(&self) -> u64 {
        u64::from(self.limit)
    }

    /// The key of the last row of the page before, `None` on the first page.
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_deref()
    }

    /// The `next_page_token` after the row with this key; empty after the last page.
    pub fn next_token(&self, last_row: Option<&str>) -> String {
        last_row
            .and_then(|cursor| PageToken { cursor: cursor.to_owned() }.seal(&self.key, &self.scope))
            .unwrap_or_default()
    }

    /// Cuts a result that was read with `limit() + 1` rows to the page and names its
    /// `next_page_token`.
    pub fn finish<T>(&self, mut rows: Vec<T>, key_of: impl Fn(&T) -> String) -> (Vec<T>, String) {
        let limit = self.limit as usize;
        if rows.len() <= limit {
            return (rows, String::new());
        }
        rows.truncate(limit);
        let token = self.next_token(rows.last().map(key_of).as_deref());
        (rows, token)
    }
}

/// The inside of a page token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageToken {
    cursor: String,
}

impl PageToken {
    fn seal(&self, key: &PageKey, scope: &[u8; 32]) -> Option<String> {
        let nonce = nonce(key, scope, &self.cursor);
        let payload = Payload { msg: self.cursor.as_bytes(), aad: scope };
        let sealed = key.cipher.encrypt(&XNonce::from(nonce), payload).ok()?;
        Some(BASE64URL_NOPAD.encode(&[nonce.as_slice(), &sealed].concat()))
    }

    fn open(key: &PageKey, scope: &[u8; 32], token: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(token.as_bytes()).ok()?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_BYTES>()?;
        let payload = Payload { msg: sealed, aad: scope };
        let plain = key.cipher.decrypt(&XNonce::from(*nonce), payload).ok()?;
        Some(Self { cursor: String::from_utf8(plain).ok()? })
    }
}

fn nonce(key: &PageKey, scope: &[u8; 32], cursor: &str) -> [u8; NONCE_BYTES] {
    let hash: [u8; 32] = Sha256::new()
        .chain_update(key.nonce_key)
        .chain_update(scope)
        .chain_update(cursor)
        .finalize()
        .into();
    let mut nonce = [0; NONCE_BYTES];
    nonce.copy_from_slice(&hash[..NONCE_BYTES]);
    nonce
}

fn scope(tenant: TenantId, method: &str, filter: &[u8]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in [tenant.to_string().as_bytes(), method.as_bytes(), filter] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

fn page_limit(page_size: i32) -> Result<u32, Fault> {
    match u32::try_from(page_size) {
        Ok(0) => Ok(DEFAULT_PAGE_SIZE),
        Ok(size) => Ok(size.min(MAX_PAGE_SIZE)),
        Err(_) => Err(Fault::new(Code::InvalidArgument, "INVALID_FIELDS")
            .message("the page size is negative")
            .violation("page_size", "must not be negative")),
    }
}

fn invalid_token() -> Fault {
    Fault::new(Code::InvalidArgument, "PAGE_TOKEN_INVALID")
        .message("the page token does not belong to this query")
        .violation("page_token", "must come from the same call with the same arguments")
}

#[cfg(test)]
mod tests {
    use super::*;
    use kulanz_types::{Clock, Seeds, SystemClock};

    fn tenants() -> (TenantId, TenantId) {
        let seeds = Seeds::fixed(7);
        let now = SystemClock.now();
        (TenantId::generate(&seeds, now), TenantId::generate(&seeds, now))
    }

    fn token(key: &PageKey, tenant: TenantId) -> String {
        key.request(tenant, "ListClaims", "open", 10, "").unwrap().next_token(Some("claim_9"))
    }

    #[test]
    fn a_token_leads_to_the_next_page_of_its_query() {
        let key = PageKey::new(&[1; 32]);
        let (tenant, _) = tenants();
        let page = key.request(tenant, "ListClaims", "open", 5, &token(&key, tenant)).unwrap();
        assert_eq!(page.cursor(), Some("claim_9"));
        assert_eq!(page.limit(), 5);
    }

    #[test]
    fn a_token_of_another_query_tenant_or_key_is_refused() {
        let key = PageKey::new(&[1; 32]);
        let (tenant, other) = tenants();
        let token = token(&key, tenant);
        let reason = |page: Result<PageRequest, Fault>| page.unwrap_err().reason();
        for page in [
            key.request(tenant, "ListClaims", "settled", 5, &token),
            key.request(tenant, "ListCreditors", "open", 5, &token),
            key.request(other, "ListClaims", "open", 5, &token),
            PageKey::new(&[2; 32]).request(tenant, "ListClaims", "open", 5, &token),
            key.request(tenant, "ListClaims", "open", 5, "e30"),
        ] {
            assert_eq!(reason(page), "PAGE_TOKEN_INVALID");
        }
    }

    #[test]
    fn the_page_size_is_bounded_and_never_negative() {
        let key = PageKey::new(&[1; 32]);
        let (tenant, _) = tenants();
        let limit = |size| key.request(tenant, "m", "", size, "").map(|page| page.limit());
        assert_eq!(limit(0).unwrap(), u64::from(DEFAULT_PAGE_SIZE));
        assert_eq!(limit(5_000).unwrap(), u64::from(MAX_PAGE_SIZE));
        assert_eq!(limit(-1).unwrap_err().reason(), "INVALID_FIELDS");
    }

    #[test]
    fn only_the_last_page_has_no_token() {
        let key = PageKey::new(&[1; 32]);
        let (tenant, _) = tenants();
        let page = key.request(tenant, "m", "", 2, "").unwrap();
        let (rows, token) = page.finish(vec![1, 2, 3], ToString::to_string);
        assert_eq!((rows.len(), token.is_empty()), (2, false));
        let (rows, token) = page.finish(vec![1, 2], ToString::to_string);
        assert_eq!((rows.len(), token.is_empty()), (2, true));
    }
}
