//! Files of the app, out of the binary.

use axum::body::Body;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::http::Problem;

#[derive(RustEmbed)]
#[folder = "../pwa/dist"]
struct Pwa;

/// Files under here have their content's hash in their name.
const HASHED: &str = "assets/";

/// What the name of a compressed file ends on, beside the file itself.
const BROTLI: &str = ".br";

pub(in crate::http) async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    file::<Pwa>(&method, uri.path(), &headers)
}

fn file<E: RustEmbed>(method: &Method, path: &str, headers: &HeaderMap) -> Response {
    let name = match path.trim_start_matches('/') {
        "" => "index.html",
        name => name,
    };
    let Some(plain) = E::get(name).filter(|_| !name.ends_with(BROTLI)) else {
        return Problem::NOT_FOUND.into_response();
    };
    if !matches!(*method, Method::GET | Method::HEAD) {
        return Problem::METHOD_NOT_ALLOWED.into_response();
    }
    let kind = plain.metadata.mimetype().to_owned();
    let smaller = takes_brotli(headers)
        .then(|| E::get(&format!("{name}{BROTLI}")))
        .flatten();
    let is_smaller = smaller.is_some();
    let file = smaller.unwrap_or(plain);
    let tag = tag(&file);
    let is_known = headers.get_all(IF_NONE_MATCH).iter().any(|known| {
        known
            .to_str()
            .is_ok_and(|known| known.split(',').any(|known| known.trim() == tag))
    });
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Response::new(Body::from(file.data))
    };
    let answer = response.headers_mut();
    if !is_known {
        insert(answer, CONTENT_TYPE, &kind);
        if is_smaller {
            answer.insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
        }
    }
    insert(answer, ETAG, &tag);
    answer.insert(VARY, HeaderValue::from_static("accept-encoding"));
    let is_hashed = name.starts_with(HASHED);
    let cache = if is_hashed {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    answer.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}

fn takes_brotli(headers: &HeaderMap) -> bool {
    let accepted = headers
        .get_all(ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok());
    let mut codings = accepted.flat_map(|value| value.split(','));
    codings.any(|coding| {
        let mut parts = coding.split(';').map(str::trim);
        parts.next() == Some("br") && !parts.any(|weight| matches!(weight, "q=0" | "q=0.0"))
    })
}

fn tag(file: &EmbeddedFile) -> String {
    format!(
        "\"{}\"",
        URL_SAFE_NO_PAD.encode(file.metadata.sha256_hash())
    )
}

fn insert(headers: &mut HeaderMap, name: axum::http::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(RustEmbed)]
    #[folder = "tests/site"]
    struct Site;

    fn get(path: &str, headers: &[(&'static str, &str)]) -> Response {
        let headers = headers
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        file::<Site>(&Method::GET, path, &headers.collect())
    }

    fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
        response
            .headers()
            .get(name)
            .map(|value| value.to_str().unwrap())
    }

    #[test]
    fn the_first_page_is_asked_for_anew() {
        let page = get("/", &[]);
        assert_eq!(header(&page, "content-type"), Some("text/html"));
        assert_eq!(header(&page, "cache-control"), Some("no-cache"));
        assert_eq!(
            header(&get("/sw.js", &[]), "cache-control"),
            Some("no-cache")
        );
        let tag = header(&page, "etag").unwrap();
        let again = get("/", &[("if-none-match", &format!("\"other\", {tag}"))]);
        assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
        assert_eq!(header(&again, "etag"), Some(tag));
    }

    #[test]
    fn a_hashed_file_is_kept_for_ever() {
        let wasm = get("/assets/core-1a2b.wasm", &[]);
        assert_eq!(header(&wasm, "content-type"), Some("application/wasm"));
        assert_eq!(
            header(&wasm, "cache-control"),
            Some("public, max-age=31536000, immutable")
        );
    }

    #[test]
    fn the_smaller_file_goes_to_who_can_read_it() {
        let plain = get("/sw.js", &[("accept-encoding", "gzip, br;q=0")]);
        assert_eq!(header(&plain, "content-encoding"), None);
        let small = get("/sw.js", &[("accept-encoding", "gzip, br")]);
        assert_eq!(header(&small, "content-encoding"), Some("br"));
        assert_eq!(
            header(&small, "content-type"),
            header(&plain, "content-type")
        );
        assert_ne!(header(&small, "etag"), header(&plain, "etag"));
        assert_eq!(get("/sw.js.br", &[]).status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn what_is_not_there_is_not_found() {
        for path in ["/nothing", "/assets/", "/../Cargo.toml", "/index.html/"] {
            assert_eq!(get(path, &[]).status(), StatusCode::NOT_FOUND, "{path}");
        }
        let posted = file::<Site>(&Method::POST, "/", &HeaderMap::new());
        assert_eq!(posted.status(), StatusCode::METHOD_NOT_ALLOWED);
    }
}
