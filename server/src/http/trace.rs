//! Every request gets a trace: a random number that is in the log and in the answer, and says nothing else.

use axum::body::Body;
use axum::extract::{MatchedPath, Request};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use super::Problem;
use crate::clock::{random, stopwatch};

pub(super) async fn trace(request: Request, next: Next) -> Response {
    let trace = format!("{:016x}", u64::from_be_bytes(random().unwrap_or_default()));
    // The route, not the address: nobody's secret gets into the log by a mistyped link.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("-", MatchedPath::as_str);
    let span = tracing::info_span!("request", %trace, method = %request.method(), route);
    let begin = stopwatch();
    async {
        let mut response = next.run(request).await;
        let status = response.status();
        if status.is_client_error() || status.is_server_error() {
            let problem = response.extensions().get::<Problem>().copied();
            tell(
                &mut response,
                problem.unwrap_or_else(|| Problem::of_status(status)),
                &trace,
            );
        }
        log(status, begin.elapsed());
        response
    }
    .instrument(span)
    .await
}

fn tell(response: &mut Response, problem: Problem, trace: &str) {
    *response.body_mut() = Body::from(problem.body(trace));
    let headers = response.headers_mut();
    headers.remove(CONTENT_LENGTH);
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
}

fn log(status: StatusCode, took: std::time::Duration) {
    let (status, took_us) = (status.as_u16(), took.as_micros());
    if status >= 500 {
        tracing::warn!(status, took_us, "answered");
    } else {
        tracing::debug!(status, took_us, "answered");
    }
}
