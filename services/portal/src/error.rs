//! What can stand between a visitor and a page.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use tonic::Code;
use tonic_types::StatusExt;

/// Why a page cannot be shown. What it looks like is decided where the language is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PortalError {
    /// No session, or its 15 minutes are over.
    #[error("the session is over")]
    SessionOver,
    /// No such link.
    #[error("the link is not valid")]
    LinkInvalid,
    /// The link was valid once.
    #[error("the link has expired")]
    LinkExpired,
    /// Too many wrong answers.
    #[error("the link is locked")]
    LinkLocked,
    /// The form is not one of this visitor's.
    #[error("the form does not belong to this visitor")]
    FormOutdated,
    /// No such page, or someone else's.
    #[error("there is no such page")]
    NotFound,
    /// The claim is closed or being looked at.
    #[error("the claim is closed or on hold")]
    ClaimClosed,
    /// An arrangement is running already.
    #[error("an arrangement is running already")]
    AlreadyArranged,
    /// The offer is too old, or something was paid meanwhile.
    #[error("the offer no longer holds")]
    QuoteOver,
    /// The services refuse it for another reason.
    #[error("this is not possible")]
    NotPossible,
    /// A service does not answer.
    #[error("a service does not answer")]
    Unavailable,
}

impl PortalError {
    /// The HTTP status of the page.
    pub(crate) fn http_status(self) -> StatusCode {
        match self {
            Self::SessionOver => StatusCode::UNAUTHORIZED,
            Self::LinkInvalid | Self::NotFound => StatusCode::NOT_FOUND,
            Self::LinkExpired => StatusCode::GONE,
            Self::LinkLocked => StatusCode::TOO_MANY_REQUESTS,
            Self::FormOutdated => StatusCode::FORBIDDEN,
            Self::ClaimClosed | Self::AlreadyArranged | Self::QuoteOver => StatusCode::CONFLICT,
            Self::NotPossible => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    fn of_reason(reason: &str) -> Option<Self> {
        Some(match reason {
            "LINK_INVALID" => Self::LinkInvalid,
            "LINK_EXPIRED" => Self::LinkExpired,
            "LINK_LOCKED" => Self::LinkLocked,
            "CLAIM_STATE" => Self::ClaimClosed,
            "CLAIM_ARRANGED" | "QUOTE_ACCEPTED" => Self::AlreadyArranged,
            "QUOTE_EXPIRED" | "QUOTE_OUTDATED" | "COST_NOTICE_MISSING" | "COST_NOTICE_DIFFERS" => {
                Self::QuoteOver
            }
            _ => return None,
        })
    }

    fn of_code(code: Code) -> Self {
        match code {
            Code::Unauthenticated => Self::SessionOver,
            Code::NotFound | Code::PermissionDenied => Self::NotFound,
            Code::Unavailable | Code::DeadlineExceeded | Code::ResourceExhausted => {
                Self::Unavailable
            }
            Code::Internal | Code::Unknown | Code::DataLoss => Self::Unavailable,
            _ => Self::NotPossible,
        }
    }
}

impl From<tonic::Status> for PortalError {
    fn from(status: tonic::Status) -> Self {
        let error = reason(&status).and_then(|reason| Self::of_reason(&reason));
        error.unwrap_or_else(|| Self::of_code(status.code()))
    }
}

/// The reason of a service's refusal.
pub(crate) fn reason(status: &tonic::Status) -> Option<String> {
    status.get_details_error_info().map(|info| info.reason)
}

/// True if the visitor can mend it by changing what they typed.
pub(crate) fn is_about_input(status: &tonic::Status) -> bool {
    matches!(status.code(), Code::InvalidArgument | Code::OutOfRange)
}

impl IntoResponse for PortalError {
    fn into_response(self) -> Response {
        // The frame around all pages turns this into a page in the visitor's language.
        let mut response = self.http_status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tonic_types::ErrorDetails;

    #[test]
    fn an_expired_link_is_told_from_an_unknown_one() {
        let details = ErrorDetails::with_error_info("LINK_EXPIRED", "claims.kulanz.dev", []);
        let status =
            tonic::Status::with_error_details(Code::FailedPrecondition, "expired", details);
        assert_eq!(PortalError::from(status), PortalError::LinkExpired);
        let unknown = tonic::Status::not_found("no");
        assert_eq!(PortalError::from(unknown), PortalError::NotFound);
    }

    #[test]
    fn an_expired_token_ends_the_session() {
        let status = tonic::Status::unauthenticated("expired");
        assert_eq!(PortalError::from(status), PortalError::SessionOver);
    }
}
