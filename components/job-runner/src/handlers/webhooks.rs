//! The webhook: notifications go out as JSON, at least once, to where the operator wants them.

use std::pin::pin;
use std::time::Duration;

use assay_db::Db;
use axum::body::Body;
use futures::future::{Either, select};
use http::header;

use super::planning::Planner;
use crate::domain::callers::Who;
use crate::domain::resources::Resource;
use crate::domain::times;
use crate::error::Result;
use crate::store::{callers, notifications, reads};

/// How long the receiver may take. Bridges wait for it.
const PATIENCE: Duration = Duration::from_secs(5);

/// Sends the oldest notifications that were not taken yet, as the list shows them; the first that
/// fails ends it until the next time. What the receiver gets twice has the same `Idempotency-Key`.
pub async fn post(db: Db, planner: &Planner) -> Result<()> {
    let url = &planner.settings.webhook_url;
    if url.is_empty() {
        return Ok(());
    }
    let unposted = notifications::unposted(db).await?;
    if unposted.is_empty() {
        return Ok(());
    }
    let zone = planner.settings.zone()?;
    let scope = callers::everything(db, &Who::Bridge, planner.now).await?;
    for id in unposted {
        let shown = reads::show(db, Resource::Notification, &[id], &scope).await?;
        // Old ones may be removed meanwhile.
        if shown.count > 0 && !send(url, id, times::localize(shown.objects, zone)).await {
            break;
        }
        notifications::set_posted(db, id, planner.now).await?;
    }
    Ok(())
}

/// Whether the receiver took it.
async fn send(url: &str, id: i64, body: String) -> bool {
    let request = http::Request::post(url)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::CONTENT_LENGTH, body.len())
        .header("idempotency-key", format!("job-runner-notification-{id}"))
        .body(Body::from(body));
    let Ok(request) = request else { return false };
    let (sent, late) = (pin!(spin_sdk::http::send(request)), pin!(spin_sdk::time::sleep(PATIENCE)));
    match select(sent, late).await {
        Either::Left((Ok(response), _)) if response.status().is_success() => return true,
        Either::Left((Ok(response), _)) => {
            eprintln!("job-runner: the webhook answers {}", response.status());
        }
        Either::Left((Err(error), _)) => {
            eprintln!("job-runner: the webhook does not answer: {error}");
        }
        Either::Right(_) => {
            eprintln!("job-runner: the webhook has not answered for {} s", PATIENCE.as_secs());
        }
    }
    false
}
