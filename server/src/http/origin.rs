//! Which pages may talk to the relay: its own.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{HOST, ORIGIN, UPGRADE};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::Response;

use super::{App, Problem};

/// The address at which residents reach the relay: scheme and host, nothing after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PublicUrl(String);

impl PublicUrl {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let text = text.strip_suffix('/').unwrap_or(text);
        let host = host_of(text)?;
        let is_plain = |byte: u8| byte.is_ascii_graphic() && !b"/?#@\\\"<>".contains(&byte);
        (!host.is_empty() && host.bytes().all(is_plain)).then(|| Self(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

fn host_of(origin: &str) -> Option<&str> {
    origin
        .strip_prefix("https://")
        .or_else(|| origin.strip_prefix("http://"))
}

/// Refuses what a page of another site sends. A program that is no browser names no origin and is not refused: the
/// token is what lets it in.
pub(super) async fn check(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Result<Response, Problem> {
    let writes = !matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let headers = request.headers();
    if (writes || headers.contains_key(UPGRADE)) && !is_own(headers, &app.public_url) {
        return Err(Problem::ORIGIN_FOREIGN);
    }
    Ok(next.run(request).await)
}

fn is_own(headers: &HeaderMap, public_url: &PublicUrl) -> bool {
    let Some(origin) = headers.get(ORIGIN) else {
        return true;
    };
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    origin.eq_ignore_ascii_case(public_url.as_str())
        || host_of(origin)
            .zip(host)
            .is_some_and(|(origin, host)| origin.eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_a_scheme_and_a_host() {
        let parse = |text| PublicUrl::parse(text).map(|url| url.as_str().to_owned());
        assert_eq!(
            parse("https://kruispunt.example/").as_deref(),
            Some("https://kruispunt.example")
        );
        assert_eq!(
            parse("http://localhost:8080").as_deref(),
            Some("http://localhost:8080")
        );
        for wrong in [
            "",
            "localhost:8080",
            "ftp://a",
            "http://",
            "http://a/b",
            "http://a b",
            "https://u@h",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn only_its_own_pages_may_talk_to_the_relay() {
        let url = PublicUrl::parse("https://kruispunt.example").unwrap();
        let own = |origin: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, "127.0.0.1:8080".parse().unwrap());
            if let Some(origin) = origin {
                headers.insert(ORIGIN, origin.parse().unwrap());
            }
            is_own(&headers, &url)
        };
        assert!(own(None));
        assert!(own(Some("https://kruispunt.example")));
        assert!(own(Some("http://127.0.0.1:8080")));
        for foreign in [
            "null",
            "https://evil.example",
            "https://kruispunt.example.evil.example",
            "http://127.0.0.1",
        ] {
            assert!(!own(Some(foreign)), "{foreign}");
        }
    }
}
