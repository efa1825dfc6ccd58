//! The app itself, when it is embedded in the binary.

#[cfg(feature = "embed-pwa")]
mod embedded;

#[cfg(feature = "embed-pwa")]
pub(super) use embedded::serve;

#[cfg(not(feature = "embed-pwa"))]
pub(super) use absent::serve;

#[cfg(not(feature = "embed-pwa"))]
mod absent {
    use axum::http::{Method, Uri};
    use axum::response::{IntoResponse as _, Response};

    use crate::http::Problem;

    /// Whoever comes here by browser meant to run the other build.
    const EXPLANATION: &str = "This relay was built without the app (feature embed-pwa).\n";

    pub(in crate::http) async fn serve(method: Method, uri: Uri) -> Response {
        match (uri.path(), method) {
            ("/", Method::GET | Method::HEAD) => EXPLANATION.into_response(),
            ("/", _) => Problem::METHOD_NOT_ALLOWED.into_response(),
            _ => Problem::NOT_FOUND.into_response(),
        }
    }
}
