//! All pages and the frame around them.

mod access;
mod arrangement;
mod claim;
mod evidence;
mod frame;
mod help;
mod messages;
mod objections;
mod pay;
mod preferences;
mod problem;
mod promise;
mod protection;
mod quote;
mod report;
mod statement;
mod verify;
mod wrong_person;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::routing::{get, post};

use crate::App;
use crate::error::PortalError;

/// Greatest form: an explanation of 4000 characters, percent-encoded.
const FORM_BYTES_MAX: usize = 64 * 1024;

pub(crate) fn router(app: App) -> Router {
    Router::new()
        .merge(visitor_pages())
        .merge(claim_pages())
        .merge(objection_pages())
        .merge(arrangement_pages())
        .fallback(|| async { PortalError::NotFound })
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(middleware::from_fn_with_state(app.clone(), problem::show))
        .layer(middleware::from_fn(frame::headers))
        .with_state(app)
}

fn visitor_pages() -> Router<App> {
    Router::new()
        .route("/", get(access::home))
        .route("/l/{token}", get(access::follow))
        .route("/start", get(access::start))
        .route("/identity", get(access::ask).post(access::open))
        .route("/sign-out", post(access::sign_out))
        .route("/not-me", get(wrong_person::ask).post(wrong_person::report))
        .route("/not-me/done", get(wrong_person::done))
        .route("/verify", get(verify::ask).post(verify::check))
        .route("/help", get(help::show))
        .route("/messages", get(messages::show))
        .route("/preferences", get(preferences::ask).post(preferences::save))
        .route("/language/{code}", get(frame::language))
        .route("/style.css", get(frame::style))
        .route("/favicon.ico", get(frame::icon))
}

fn claim_pages() -> Router<App> {
    Router::new()
        .route("/overview", get(claim::overview))
        .route("/claims/{claim_id}", get(claim::show))
        .route("/claims/{claim_id}/statement", get(statement::show))
        .route("/claims/{claim_id}/statement.pdf", get(statement::document))
        .route("/claims/{claim_id}/pay", get(pay::show))
        .route("/claims/{claim_id}/dispute", get(report::ask_dispute).post(report::dispute))
        .route("/claims/{claim_id}/disputed", get(report::disputed))
        .route("/claims/{claim_id}/paid", get(report::ask_paid).post(report::paid))
        .route("/claims/{claim_id}/paid/done", get(report::paid_done))
        .route("/claims/{claim_id}/promise", get(promise::ask).post(promise::make))
        .route("/claims/{claim_id}/promised", get(promise::done))
}

fn objection_pages() -> Router<App> {
    let upload = post(evidence::upload).layer(DefaultBodyLimit::max(evidence::READ_MAX));
    Router::new()
        .route("/objections", get(objections::list))
        .route("/objections/{challenge_id}", get(objections::show).merge(upload))
        .route("/protection", get(protection::ask).post(protection::say))
        .route("/protection/done", get(protection::done))
}

fn arrangement_pages() -> Router<App> {
    Router::new()
        .route("/claims/{claim_id}/later", get(quote::later))
        .route("/claims/{claim_id}/instalments", get(quote::ask_rate).post(quote::instalments))
        .route("/claims/{claim_id}/deferral", get(quote::ask_date).post(quote::deferral))
        .route("/claims/{claim_id}/arrangement", get(arrangement::show))
        .route("/quotes/{quote_id}", get(quote::show))
        .route(
            "/quotes/{quote_id}/{option_id}/costs",
            get(arrangement::costs).post(arrangement::confirm_costs),
        )
        .route(
            "/quotes/{quote_id}/{option_id}/check",
            get(arrangement::check).post(arrangement::accept),
        )
}

#[cfg(test)]
pub(crate) mod tests;
