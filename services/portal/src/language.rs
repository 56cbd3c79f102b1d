//! The two languages of the pages.

use http::HeaderMap;
use http::header::{ACCEPT_LANGUAGE, COOKIE};

/// Name of the cookie that keeps the choice; it says nothing about a person.
pub(crate) const LANGUAGE_COOKIE: &str = "kulanz_language";

/// A language of the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Language {
    German,
    English,
}

impl Language {
    /// BCP 47 code, as in `lang` attributes and requests.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::German => "de",
            Self::English => "en",
        }
    }

    /// True for German: templates ask this.
    pub(crate) fn is_german(self) -> bool {
        self == Self::German
    }

    /// The language with this code, region and all: `en-GB` is English.
    pub(crate) fn of_code(code: &str) -> Option<Self> {
        let primary = code.trim().split(['-', '_']).next()?.to_ascii_lowercase();
        match primary.as_str() {
            "de" => Some(Self::German),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// The visitor's choice, else the first known one that the browser asks for, else German.
    pub(crate) fn of_request(headers: &HeaderMap) -> Self {
        chosen(headers).or_else(|| accepted(headers)).unwrap_or(Self::German)
    }
}

fn chosen(headers: &HeaderMap) -> Option<Language> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == LANGUAGE_COOKIE)
        .and_then(|(_, code)| Language::of_code(code))
}

fn accepted(headers: &HeaderMap) -> Option<Language> {
    let wishes = headers.get(ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut known: Vec<(Language, f32)> = wishes.split(',').filter_map(wish).collect();
    known.sort_by(|left, right| right.1.total_cmp(&left.1));
    known.first().map(|(language, _)| *language)
}

/// One part of `Accept-Language`, such as `en;q=0.8`.
fn wish(part: &str) -> Option<(Language, f32)> {
    let mut fields = part.split(';');
    let language = Language::of_code(fields.next()?)?;
    let quality = fields
        .find_map(|field| field.trim().strip_prefix("q="))
        .and_then(|quality| quality.parse().ok())
        .unwrap_or(1.0);
    Some((language, quality))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(accept: &'static str, cookie: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_LANGUAGE, accept.parse().unwrap());
        headers.insert(COOKIE, cookie.parse().unwrap());
        headers
    }

    #[test]
    fn the_visitors_own_choice_counts_more_than_the_browsers() {
        let headers = headers("de-DE", "a=b; kulanz_language=en");
        assert_eq!(Language::of_request(&headers), Language::English);
    }

    #[test]
    fn the_browsers_first_known_wish_counts() {
        let asked = headers("fr, en;q=0.7, de-AT;q=0.9", "");
        assert_eq!(Language::of_request(&asked), Language::German);
        assert_eq!(Language::of_request(&headers("fr", "")), Language::German);
        assert_eq!(Language::of_request(&headers("en-GB", "")), Language::English);
    }
}
