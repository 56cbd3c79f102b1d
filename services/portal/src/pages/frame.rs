//! What surrounds every page: headers, style, language.

use axum::extract::{Path, Query, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, SET_COOKIE};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Deserialize;

use crate::answer::see_other;
use crate::error::PortalError;
use crate::language::{LANGUAGE_COOKIE, Language};

const STYLE: &str = include_str!("../../templates/style.css");

const HEADERS: [(&str, &str); 7] = [
    (
        "content-security-policy",
        "default-src 'self'; script-src 'none'; object-src 'none'; base-uri 'none'; \
         form-action 'self'; frame-ancestors 'none'",
    ),
    ("referrer-policy", "no-referrer"),
    ("x-robots-tag", "noindex, nofollow"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
    ("cross-origin-opener-policy", "same-origin"),
];

/// Puts the security headers on every answer; what a page shows is kept in no cache.
pub(super) async fn headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// The style sheet: small, our own, the same for everyone.
pub(super) async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, "public, max-age=3600")], STYLE)
}

/// No icon: browsers ask for one all the same.
pub(super) async fn icon() -> StatusCode {
    StatusCode::NO_CONTENT
}

#[derive(Deserialize)]
pub(super) struct Switch {
    #[serde(default)]
    to: String,
}

/// Keeps the chosen language and goes back to the page.
pub(super) async fn language(
    Path(code): Path<String>,
    Query(switch): Query<Switch>,
) -> Result<Response, PortalError> {
    let language = Language::of_code(&code).ok_or(PortalError::NotFound)?;
    let mut response = see_other(own_path(&switch.to));
    let cookie = format!(
        "{LANGUAGE_COOKIE}={}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax",
        language.code()
    );
    if let Ok(value) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(SET_COOKIE, value);
    }
    Ok(response)
}

/// A path on this site; anything that could lead elsewhere becomes the first page.
fn own_path(path: &str) -> &str {
    let plain = path.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_-.".contains(&byte));
    if path.starts_with('/') && !path.starts_with("//") && plain { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::own_path;

    #[test]
    fn the_language_switch_leads_nowhere_else() {
        assert_eq!(own_path("/claims/claim_01/pay"), "/claims/claim_01/pay");
        for elsewhere in ["//evil.example", "https://evil.example", "/\\evil", "/a?b", ""] {
            assert_eq!(own_path(elsewhere), "/");
        }
    }
}
