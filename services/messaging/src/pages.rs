//! The inbox page: every message exactly as its recipient sees it. For development only: it asks
//! nobody who they are, and is mounted only where messages end in the inbox.

use std::collections::BTreeMap;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use kulanz_store::Store;
use kulanz_types::{MessageId, TenantId};
use serde::{Deserialize, Serialize};

use crate::domain::blocks::Language;
use crate::domain::catalogue::Channel;
use crate::domain::compose::escape;
use crate::domain::format;
use crate::error::Error;
use crate::store::inbox::{self, Entry};
use crate::store::{messages, tags};

/// Most messages that the list shows.
const SHOWN: u64 = 200;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60em;margin:1em auto;\
padding:0 1em;color:#1a1a1a;background:#fff}table{border-collapse:collapse;width:100%}\
th,td{text-align:left;padding:.5em;border-bottom:1px solid #ccc;vertical-align:top}\
form{display:inline}button{font:inherit;padding:.6em 1em;margin:.2em}\
pre{white-space:pre-wrap;border:1px solid #ccc;padding:1em}iframe{width:100%;height:60em;\
border:1px solid #ccc;background:#fff}";

/// Steps by which the buttons move business time.
const STEPS: [(&str, &str); 4] =
    [("1h", "1 hour"), ("1d", "1 day"), ("7d", "7 days"), ("14d", "14 days")];

/// The pages under `/inbox`.
pub fn router(store: Store) -> Router {
    Router::new()
        .route("/inbox", get(list))
        .route("/inbox/feed", get(feed))
        .route("/inbox/{message_id}", get(show))
        .route("/inbox/{message_id}/view", get(view))
        .with_state(store)
}

async fn list(State(store): State<Store>) -> Response {
    match entries(&store).await {
        Ok((entries, total)) => page("Inbox", &list_html(&store, &entries, total)),
        Err(error) => failure(&error),
    }
}

async fn show(State(store): State<Store>, Path(id): Path<String>) -> Response {
    match entry(&store, &id).await {
        Ok(Some(entry)) => page("Message", &entry_html(&entry)),
        Ok(None) => (StatusCode::NOT_FOUND, "There is no such message.").into_response(),
        Err(error) => failure(&error),
    }
}

/// A stretch of business time.
#[derive(Deserialize)]
struct Stretch {
    /// Not what was received until then.
    after: DateTime<Utc>,
    /// Nothing later.
    until: DateTime<Utc>,
}

/// A message as a program reads it that stands in for the person.
#[derive(Serialize)]
struct Received {
    message_id: String,
    debtor_id: String,
    #[serde(rename = "received_at")]
    at: DateTime<Utc>,
    /// The decision behind it; none for answers and for what was ordered by hand.
    decision_id: Option<String>,
    /// `first_notice`, `outreach` or `answer`.
    class: &'static str,
    /// Level by factor.
    treatment: BTreeMap<&'static str, &'static str>,
}

/// What was received in a stretch of time, oldest first, as JSON.
async fn feed(State(store): State<Store>, Query(stretch): Query<Stretch>) -> Response {
    match received(&store, &stretch).await {
        Ok(received) => Json(received).into_response(),
        Err(error) => failure(&error),
    }
}

async fn received(store: &Store, stretch: &Stretch) -> Result<Vec<Received>, Error> {
    let mut all = Vec::new();
    for tenant in tenants(store).await? {
        let work = store.begin(tenant).await?;
        for (id, at) in inbox::received(&work, stretch.after, stretch.until).await? {
            let Some(message) = messages::find(&work, id).await? else { continue };
            let levels = message.treatment.levels();
            all.push(Received {
                message_id: id.to_string(),
                debtor_id: message.debtor.to_string(),
                at,
                decision_id: message.decision.map(|decision| decision.to_string()),
                class: message.class.name(),
                treatment: levels.into_iter().map(|level| (level.factor, level.level)).collect(),
            });
        }
    }
    Ok(all)
}

/// The message alone, for the frame in which it is shown; its links open in the whole window.
async fn view(State(store): State<Store>, Path(id): Path<String>) -> Response {
    match entry(&store, &id).await {
        Ok(Some(entry)) => {
            let html = entry.body.html.replacen("<head>", "<head><base target=\"_top\">", 1);
            secured(Html(html))
        }
        Ok(None) => (StatusCode::NOT_FOUND, "There is no such message.").into_response(),
        Err(error) => failure(&error),
    }
}

async fn tenants(store: &Store) -> Result<Vec<TenantId>, Error> {
    let nobody = store.begin(TenantId::from_uuid(uuid::Uuid::nil())).await?;
    tags::all(&nobody).await
}

/// The newest messages of all tenants, and how many there are.
async fn entries(store: &Store) -> Result<(Vec<Entry>, u64), Error> {
    let (mut all, mut total) = (Vec::new(), 0);
    for tenant in tenants(store).await? {
        let work = store.begin(tenant).await?;
        all.extend(inbox::newest(&work, SHOWN).await?);
        total += inbox::count(&work).await?;
    }
    all.sort_by(|a, b| (b.received_at, &b.message).cmp(&(a.received_at, &a.message)));
    Ok((all, total))
}

async fn entry(store: &Store, id: &str) -> Result<Option<Entry>, Error> {
    let Ok(message) = id.parse::<MessageId>() else { return Ok(None) };
    for tenant in tenants(store).await? {
        let work = store.begin(tenant).await?;
        if let Some(entry) = inbox::find(&work, message).await? {
            return Ok(Some(entry));
        }
    }
    Ok(None)
}

fn list_html(store: &Store, entries: &[Entry], total: u64) -> String {
    let rows: Vec<String> = entries
        .iter()
        .map(|entry| {
            format!(
                "<tr><td>{}</td><td>{}</td><td>{}</td><td><a href=\"/inbox/{id}\">{}</a></td></tr>",
                when(entry.received_at),
                entry.channel.level(),
                escape(&entry.body.recipient),
                escape(headline(entry)),
                id = escape(&entry.message),
            )
        })
        .collect();
    format!(
        "<h1>Inbox</h1><p>Business time: {}</p>{}<p>{total} messages, the newest \
         {} shown</p><table><thead><tr>\
         <th scope=\"col\">Received</th><th scope=\"col\">Channel</th><th scope=\"col\">To</th>\
         <th scope=\"col\">Message</th></tr></thead><tbody>{}</tbody></table>",
        when(store.clock().now()),
        clock_forms(),
        entries.len(),
        rows.concat()
    )
}

/// Buttons for the page of the business clock, which the house mounts beside this one.
fn clock_forms() -> String {
    let form = |(step, label): (&str, &str)| {
        format!(
            "<form method=\"post\" action=\"/clock\"><input type=\"hidden\" name=\"by\" \
             value=\"{step}\"><button>Advance {label}</button></form>"
        )
    };
    STEPS.map(form).concat()
}

fn headline(entry: &Entry) -> &str {
    let body = &entry.body;
    if body.subject.is_empty() { &body.text } else { &body.subject }
}

fn entry_html(entry: &Entry) -> String {
    let body = &entry.body;
    let shown = if body.html.is_empty() {
        format!("<pre>{}</pre>", linked(&body.text))
    } else {
        let id = escape(&entry.message);
        format!(
            "<iframe title=\"Message\" sandbox=\"allow-top-navigation-by-user-activation \
             allow-popups\" src=\"/inbox/{id}/view\"></iframe><h2>As plain text</h2><pre>{}</pre>",
            linked(&body.text)
        )
    };
    let address = if entry.channel == Channel::Letter { "" } else { body.address.as_str() };
    format!(
        "<p><a href=\"/inbox\">Inbox</a></p><h1>{}</h1><p>From {} to {} {} by {}, {}</p>{shown}",
        escape(headline(entry)),
        escape(&body.sender),
        escape(&body.recipient),
        escape(address),
        entry.channel.level(),
        when(entry.received_at)
    )
}

/// Text in which links can be followed.
fn linked(text: &str) -> String {
    let word = |word: &str| {
        let safe = escape(word);
        let link = word.starts_with("http://") || word.starts_with("https://");
        if link { format!("<a href=\"{safe}\">{safe}</a>") } else { safe }
    };
    let line = |line: &str| line.split(' ').map(word).collect::<Vec<_>>().join(" ");
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn when(instant: DateTime<Utc>) -> String {
    let local = instant.with_timezone(&chrono_tz::Europe::Berlin);
    format!("{}, {}", format::date(local.date_naive(), Language::En), local.format("%H:%M"))
}

fn page(title: &str, body: &str) -> Response {
    secured(Html(format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>{STYLE}</style></head><body>{body}</body></html>"
    )))
}

fn secured(html: Html<String>) -> Response {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; \
                  form-action 'self'; frame-ancestors 'self'";
    let mut response = html.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn failure(error: &Error) -> Response {
    tracing::error!(error = %kulanz_chassis::Chain(error), "inbox page");
    (StatusCode::INTERNAL_SERVER_ERROR, "The inbox cannot be shown.").into_response()
}
