//! A visitor's browser: it carries the cookies, fills in the forms it is shown, and looks at the headers
//! of every answer.

use std::{collections::BTreeMap, fmt::Write as _};

use axum::{Router, body::Body, response::Response};
use http::{
    HeaderMap, Method, Request, StatusCode,
    header::{ACCEPT_LANGUAGE, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE},
};
use http_body_util::BodyExt;
use kulanz_portal::PortalSettings;
use kulanz_tests::World;
use kulanz_types::Seeds;
use tower::ServiceExt;

/// One visitor; a clone is the same browser with another tab.
#[derive(Clone)]
pub struct Browser {
    portal: Router,
    language: &'static str,
    cookies: BTreeMap<String, String>,
}

/// What the portal answered.
pub struct Answer {
    pub status: StatusCode,
    /// Where it sends the visitor on; empty for nowhere.
    pub location: String,
    pub html: String,
}

/// A form as it was shown: where it goes and what it carries unseen.
#[derive(Clone)]
pub struct Form {
    pub path: String,
    pub hidden: BTreeMap<String, String>,
}

/// The portal before the services of `world`.
pub fn portal(world: &World) -> Router {
    kulanz_portal::router(PortalSettings {
        clients: world.house.clients().clone(),
        cookie_key: [7; 32],
        base_url: "http://127.0.0.1:8080".into(),
        seeds: Seeds::from_os(),
    })
}

impl Browser {
    /// A new visitor who reads German.
    pub fn new(portal: &Router) -> Self {
        Self::reading(portal, "de-DE,de;q=0.9")
    }

    /// A new visitor with these wishes, as browsers write them.
    pub fn reading(portal: &Router, language: &'static str) -> Self {
        Self { portal: portal.clone(), language, cookies: BTreeMap::new() }
    }

    /// A new visitor of the same pages.
    pub fn another(&self) -> Self {
        Self::reading(&self.portal, self.language)
    }

    /// Looks at a page.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.ask(Method::GET, path, String::new()).await
    }

    /// Asks for the headers of a page alone, as scanners of mail do.
    pub async fn head(&mut self, path: &str) -> Answer {
        self.ask(Method::HEAD, path, String::new()).await
    }

    /// The page that must be there.
    pub async fn page(&mut self, path: &str) -> Answer {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.title());
        answer
    }

    /// The form of a page.
    pub async fn form(&mut self, path: &str) -> Form {
        Form { path: path.into(), hidden: hidden_fields(&self.page(path).await.html) }
    }

    /// Sends a form with what was typed.
    pub async fn send(&mut self, form: &Form, typed: &[(&str, &str)]) -> Answer {
        let hidden = form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let fields = hidden.chain(typed.iter().copied());
        let body: Vec<_> =
            fields.map(|(name, value)| format!("{name}={}", percent_encoded(value))).collect();
        self.ask(Method::POST, &form.path, body.join("&")).await
    }

    /// Opens the form of a page, fills it in and sends it.
    pub async fn fill(&mut self, path: &str, typed: &[(&str, &str)]) -> Answer {
        let form = self.form(path).await;
        self.send(&form, typed).await
    }

    /// The same, and where that leads.
    pub async fn fill_and_follow(&mut self, path: &str, typed: &[(&str, &str)]) -> String {
        let answer = self.fill(path, typed).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}: {}", answer.title());
        answer.location
    }

    /// Sends the form of a page that takes a file; a file without a name is none chosen.
    pub async fn upload(&mut self, form: &Form, slot: &str, name: &str, file: Vec<u8>) -> Answer {
        let body = multipart(form, slot, name, &file);
        self.post_multipart(&form.path, Body::from(body)).await
    }

    /// Sends such a form as it is.
    pub async fn post_multipart(&mut self, path: &str, body: Body) -> Answer {
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        self.ask_with(Method::POST, path, &kind, body).await
    }

    async fn ask(&mut self, method: Method, path: &str, body: String) -> Answer {
        let kind = "application/x-www-form-urlencoded";
        self.ask_with(method, path, kind, Body::from(body)).await
    }

    async fn ask_with(&mut self, method: Method, path: &str, kind: &str, body: Body) -> Answer {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(COOKIE, cookies.join("; "))
            .header(ACCEPT_LANGUAGE, self.language)
            .header(CONTENT_TYPE, kind)
            .body(body)
            .unwrap();
        let response = self.portal.clone().oneshot(request).await.unwrap();
        assert_protected(path, response.headers());
        self.keep_cookies(response.headers());
        Answer::read(response).await
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for header in headers.get_all(SET_COOKIE) {
            let text = header.to_str().unwrap();
            assert!(text.contains("; HttpOnly; SameSite=Lax"), "{text}");
            let (name, value) = text.split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.insert(name.into(), value.into());
        }
    }
}

impl Answer {
    async fn read(response: Response) -> Self {
        let status = response.status();
        let location = response.headers().get(LOCATION).map(|to| to.to_str().unwrap().into());
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let html = String::from_utf8(bytes.into()).unwrap();
        Self { status, location: location.unwrap_or_default(), html }
    }

    /// The heading of the page.
    pub fn title(&self) -> &str {
        between(&self.html, "<h1>", "</h1>").next().unwrap_or_default()
    }

    /// What the visitor is asked to mend.
    pub fn problem(&self) -> &str {
        between(&self.html, "id=\"problem\">", "</span>").next().unwrap_or_default()
    }

    /// The amounts in the right column of a table, the total last.
    pub fn figures(&self) -> Vec<&str> {
        between(&self.html, "<td class=\"figure\">", "</td>").collect()
    }

    /// Where its links lead.
    pub fn links(&self) -> impl Iterator<Item = &str> {
        between(&self.html, "href=\"", "\"")
    }

    /// The first link whose address ends so.
    pub fn link(&self, ending: &str) -> String {
        let found = self.links().find(|link| link.ends_with(ending));
        found.unwrap_or_else(|| panic!("{}", self.html)).into()
    }
}

/// No answer may run scripts, stay in a cache, tell its address to others or be found by a search.
fn assert_protected(path: &str, headers: &HeaderMap) {
    let header = |name: &str| headers.get(name).map_or("", |value| value.to_str().unwrap());
    let policy = header("content-security-policy");
    for rule in ["default-src 'self'", "script-src 'none'", "frame-ancestors 'none'"] {
        assert!(policy.contains(rule), "{path}: {policy}");
    }
    assert_eq!(header("cache-control"), "no-store", "{path}");
    assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
    assert_eq!(header("x-robots-tag"), "noindex, nofollow", "{path}");
    assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
}

/// What parts the fields of a form with a file.
pub const BOUNDARY: &str = "----kulanz-test";

/// A form with a file as browsers write it: quotes in names are `%22`.
pub fn multipart(form: &Form, slot: &str, name: &str, file: &[u8]) -> Vec<u8> {
    let hidden = form.hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let mut body = Vec::new();
    for (field, value) in hidden.chain([("slot", slot)]) {
        let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"");
        body.extend(format!("{head}\r\n\r\n{value}\r\n").bytes());
    }
    let name = name.replace('"', "%22");
    let head = format!("Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"");
    let kind = "Content-Type: application/octet-stream";
    body.extend(format!("--{BOUNDARY}\r\n{head}\r\n{kind}\r\n\r\n").bytes());
    body.extend(file);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").bytes());
    body
}

fn hidden_fields(html: &str) -> BTreeMap<String, String> {
    between(html, "<input type=\"hidden\" ", ">")
        .map(|input| {
            let attribute =
                |name: &str| between(input, &format!("{name}=\""), "\"").next().unwrap();
            (attribute("name").to_owned(), attribute("value").to_owned())
        })
        .collect()
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> impl Iterator<Item = &'a str> {
    let pieces: Vec<_> = text.split(start).skip(1).map(|rest| rest.split(end).next()).collect();
    pieces.into_iter().flatten()
}

fn percent_encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.".contains(&byte) {
            encoded.push(byte.into());
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}
