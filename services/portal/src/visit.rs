//! Who asks for a page, in which language, with which session.

use axum::extract::FromRequestParts;
use http::request::Parts;
use kulanz_chassis::outgoing_as;
use serde::Deserialize;

use crate::App;
use crate::error::PortalError;
use crate::language::Language;
use crate::session::{DebtorSession, Session};

/// One request for a page.
pub(crate) struct Visit {
    pub(crate) app: App,
    pub(crate) language: Language,
    pub(crate) path: String,
    /// The visitor's session; a fresh one for a new visitor.
    pub(crate) session: Session,
}

impl FromRequestParts<App> for Visit {
    type Rejection = PortalError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PortalError> {
        Ok(Self {
            app: app.clone(),
            language: Language::of_request(&parts.headers),
            path: parts.uri.path().to_owned(),
            session: app.cookies().open(&parts.headers).unwrap_or_else(|| app.cookies().fresh()),
        })
    }
}

impl Visit {
    /// Refuses a form that another site or an older session made.
    pub(crate) fn check(&self, proof: &Proof) -> Result<(), PortalError> {
        if proof.csrf == self.session.csrf { Ok(()) } else { Err(PortalError::FormOutdated) }
    }
}

/// A request of someone who has opened their link.
pub(crate) struct Debtor {
    pub(crate) visit: Visit,
    pub(crate) debtor: DebtorSession,
}

impl FromRequestParts<App> for Debtor {
    type Rejection = PortalError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PortalError> {
        let visit = Visit::from_request_parts(parts, app).await?;
        let debtor = visit.session.debtor.clone().ok_or(PortalError::SessionOver)?;
        Ok(Self { visit, debtor })
    }
}

impl Debtor {
    /// A request under the debtor's own token.
    pub(crate) fn outgoing<T>(&self, message: T) -> tonic::Request<T> {
        outgoing_as(&self.debtor.token, message)
    }

    pub(crate) fn language(&self) -> Language {
        self.visit.language
    }

    pub(crate) fn clients(&self) -> &kulanz_chassis::Clients {
        self.visit.app.clients()
    }
}

/// The hidden fields of every form that writes.
#[derive(Debug, Deserialize)]
pub(crate) struct Proof {
    /// The session's own value.
    pub(crate) csrf: String,
    /// UUID of the write.
    pub(crate) request_id: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::tests::app;

    fn visit() -> Visit {
        let app = app();
        let session = app.cookies().fresh();
        Visit { app, language: Language::German, path: "/".to_owned(), session }
    }

    #[test]
    fn a_form_of_another_session_is_refused() {
        let (mine, other) = (visit(), visit());
        let proof = |csrf: &str| Proof { csrf: csrf.to_owned(), request_id: String::new() };
        assert_eq!(mine.check(&proof(&mine.session.csrf)), Ok(()));
        let foreign = proof(&other.session.csrf);
        assert_eq!(mine.check(&foreign), Err(PortalError::FormOutdated));
        assert_eq!(mine.check(&proof("")), Err(PortalError::FormOutdated));
    }
}
