//! `GET /api/notices` and `POST /api/notices/seen`: what a member hears of, whether or not anything rings.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use kruispunt_core::id::{AreaId, NoticeId, RequestId};
use kruispunt_core::model::NoticeKind;
use kruispunt_core::time::Timestamp;
use serde::{Deserialize, Serialize};

use super::body::Body;
use super::signed_in::SignedIn;
use super::{App, Problem};
use crate::clock::now;

/// How many notices are listed, and may be marked at once.
const AT_ONCE: u32 = 100;

#[derive(Serialize)]
pub(super) struct Inbox {
    notices: Vec<Listed>,
    unseen: usize,
}

#[derive(Serialize)]
struct Listed {
    id: NoticeId,
    kind: NoticeKind,
    request: Option<RequestId>,
    area: Option<AreaId>,
    word: Option<String>,
    at: Timestamp,
    seen: bool,
}

pub(super) async fn list(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
) -> Result<Json<Inbox>, Problem> {
    let stored = app.storage.notices();
    let stored = stored.notices(session.member.id, AT_ONCE).await?;
    let unseen = stored.iter().filter(|one| one.seen_at.is_none()).count();
    let notices = stored.into_iter().map(|one| Listed {
        id: one.notice.id,
        kind: one.notice.kind,
        request: one.notice.request,
        area: one.notice.area,
        word: one.notice.word,
        at: one.notice.at,
        seen: one.seen_at.is_some(),
    });
    let notices = notices.collect();
    Ok(Json(Inbox { notices, unseen }))
}

#[derive(Deserialize)]
pub(super) struct SeenNotices {
    ids: Vec<NoticeId>,
}

pub(super) async fn see(
    State(app): State<Arc<App>>,
    SignedIn(session): SignedIn,
    Body(SeenNotices { ids }): Body<SeenNotices>,
) -> Result<StatusCode, Problem> {
    if u32::try_from(ids.len()).is_ok_and(|count| count <= AT_ONCE) {
        let stored = app.storage.notices();
        stored.see_notices(session.member.id, &ids, now()).await?;
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::REQUEST_INVALID)
    }
}
