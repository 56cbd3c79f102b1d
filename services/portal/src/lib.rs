//! The debtor's web pages: rendered on the server, made for a phone first, usable without scripts.
//!
//! The portal owns no data and has no rights of its own. Besides the public calls it only forwards
//! the 15-minute token that opening a link yields, which it keeps nowhere but in the visitor's own
//! sealed cookie.

mod amount;
mod answer;
mod error;
mod format;
mod language;
mod pages;
mod qr;
mod session;
mod texts;
mod visit;

use std::sync::Arc;

use axum::Router;
use kulanz_chassis::Clients;
use kulanz_types::Seeds;

use crate::session::CookieJar;

/// What the pages need to run.
pub struct PortalSettings {
    /// The services, without an identity of the portal's own.
    pub clients: Clients,
    /// Seals the cookie; the same in all replicas.
    pub cookie_key: [u8; 32],
    /// What every link to these pages begins with; cookies are `Secure` where it is `https`.
    pub base_url: String,
    /// Where the request ids of forms come from.
    pub seeds: Seeds,
}

/// What every page can reach.
#[derive(Clone)]
struct App(Arc<Shared>);

struct Shared {
    clients: Clients,
    cookies: CookieJar,
    seeds: Seeds,
}

impl App {
    fn clients(&self) -> &Clients {
        &self.0.clients
    }

    fn cookies(&self) -> &CookieJar {
        &self.0.cookies
    }

    /// A UUID for the write that a form will cause: sending the form twice is one effect.
    fn request_id(&self) -> String {
        uuid::Builder::from_random_bytes(self.0.seeds.bytes()).into_uuid().to_string()
    }
}

/// All pages under one router.
pub fn router(settings: PortalSettings) -> Router {
    let secure = settings.base_url.starts_with("https://");
    let app = App(Arc::new(Shared {
        clients: settings.clients,
        cookies: CookieJar::new(&settings.cookie_key, secure),
        seeds: settings.seeds,
    }));
    pages::router(app)
}
