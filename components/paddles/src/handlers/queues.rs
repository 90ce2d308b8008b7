//! `/queue`: queues, and the jobs that wait in them.

use assay_db::Db;
use assay_web::json::JsonText;
use assay_web::query::Query;
use assay_web::time;
use axum::Json;
use axum::response::Response;
use serde_json::{Value, json};

use super::jobs::rendered_as_asked;
use super::lists::Listed;
use crate::domain::cursors::Page;
use crate::domain::fields;
use crate::domain::numbers;
use crate::domain::queues::{
    PauseWish, named_in, parse_name, parse_new_name, parse_pause, queue_of,
};
use crate::error::{Error, Result};
use crate::extract::JsonBody;
use crate::site::{Here, Site};
use crate::store::{self, Picked, queues, rendered};

/// How often the next job is claimed when somebody deletes it before it is shown.
const ATTEMPTS: usize = 5;

/// `GET /queue/`: the queues that were created, by name; `machine_type=` and `paused_by=` cut them
/// down.
pub async fn list(query: Query) -> Result<JsonText> {
    let count = numbers::count(&query, 10_000, 10_000)?;
    let queue = query.non_empty("machine_type").map(queue_of);
    let db = store::open().await?;
    Ok(JsonText(queues::list(db, queue, query.non_empty("paused_by"), count).await?))
}

/// `POST /queue/`: creates a queue that must not exist yet.
pub async fn create(body: JsonBody) -> Result<Json<Value>> {
    let queue = parse_new_name(&body.object()?)?;
    if queues::insert(store::open().await?, &queue).await? {
        return Ok(Json(json!({})));
    }
    Err(Error::invalid(format!("Queue {queue} already exists")))
}

/// `PUT /queue/`: pauses a queue for some seconds, or lets it go on.
pub async fn update(body: JsonBody) -> Result<Json<Value>> {
    let object = body.object()?;
    let queue = parse_name(&object)?;
    let db = store::open().await?;
    must_exist(db, &queue).await?;
    let now = time::now();
    let changed = match parse_pause(&object)? {
        PauseWish::Resume => queues::resume(db, &queue).await?,
        PauseWish::Pause { paused_by, duration } => {
            queues::pause(db, &queue, &paused_by, now, now + duration).await?
        }
    };
    if changed {
        return Ok(Json(json!({})));
    }
    Err(Error::Forbidden("Cannot pause an already-paused queue".to_owned()))
}

/// Queues are never deleted, so this stays true.
async fn must_exist(db: Db, queue: &str) -> Result<()> {
    if queues::exists(db, queue).await? { Ok(()) } else { Err(no_queue()) }
}

fn no_queue() -> Error {
    Error::invalid("specified queue does not exist")
}

fn paused() -> Error {
    Error::Unavailable("queue is paused, cannot retrieve job".to_owned())
}

/// `GET /queue/pop_queue/?queue=`: the job that is next; it stays where it is. null when there is
/// none.
pub async fn peek(site: Site, query: Query) -> Result<JsonText> {
    let queue = named_in(&query)?;
    let db = store::open().await?;
    let next = queues::next(db, &queue, time::now()).await?;
    if next.as_ref().is_some_and(|next| next.paused) {
        return Err(paused());
    }
    let job = match next.and_then(|next| next.job) {
        Some(id) => shown(db, id, &site).await?,
        None => None,
    };
    Ok(JsonText(job.unwrap_or_else(|| "null".to_owned())))
}

/// A job's object; `None` when it was deleted meanwhile.
async fn shown(db: Db, id: i64, site: &Site) -> Result<Option<String>> {
    let array = rendered::jobs(db, &Picked::one(id), site).await?;
    let job = array.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    Ok(job.filter(|job| !job.is_empty()).map(str::to_owned))
}

/// `POST /queue/claim/`: takes the job that is next; it is waiting then, and nobody else gets it.
/// null when there is none. `worker` says who asks, for logs between us and the client: nothing is
/// kept of it.
pub async fn claim(site: Site, body: JsonBody) -> Result<JsonText> {
    let object = body.object()?;
    let queue = parse_name(&object)?;
    object.get("worker").map(|raw| fields::text("worker", raw)).transpose()?;
    let db = store::open().await?;
    for _ in 0..ATTEMPTS {
        let now = time::now();
        let Some(id) = queues::claim(db, &queue, now).await? else {
            let next = queues::next(db, &queue, now).await?;
            if next.is_some_and(|next| next.paused) {
                return Err(paused());
            }
            break;
        };
        if let Some(job) = shown(db, id, &site).await? {
            return Ok(JsonText(job));
        }
    }
    Ok(JsonText("null".to_owned()))
}

/// `GET /queue/stats/?queue=`: how many jobs wait, and whether the queue is paused.
pub async fn stats(query: Query) -> Result<JsonText> {
    stats_of(&named_in(&query)?).await
}

/// `POST /queue/stats/`: the same, as old clients ask for it.
pub async fn stats_by_post(body: JsonBody) -> Result<JsonText> {
    stats_of(&parse_name(&body.object()?)?).await
}

async fn stats_of(queue: &str) -> Result<JsonText> {
    let stats = queues::stats(store::open().await?, queue).await?;
    stats.map(JsonText).ok_or_else(no_queue)
}

/// `GET /queue/queued_jobs/?queue=`: the jobs that wait in a queue, the next one first; `user=`
/// cuts them down, `run_name=` gives those of a run, whatever their queue.
pub async fn waiting(site: Site, query: Query, here: Here) -> Result<Response> {
    waiting_in(&named_in(&query)?, &site, &query, &here).await
}

/// `POST /queue/queued_jobs/`: the same, as old clients ask for it.
pub async fn waiting_by_post(
    site: Site,
    query: Query,
    here: Here,
    body: JsonBody,
) -> Result<Response> {
    waiting_in(&parse_name(&body.object()?)?, &site, &query, &here).await
}

async fn waiting_in(queue: &str, site: &Site, query: &Query, here: &Here) -> Result<Response> {
    let db = store::open().await?;
    must_exist(db, queue).await?;
    let page = Page::parse(query, 1000, 1000)?;
    let places = match query.non_empty("run_name") {
        Some(run) => queues::waiting_of_run(db, run, &page).await?,
        None => queues::waiting(db, queue, query.non_empty("user"), &page).await?,
    };
    let listed = Listed::new(places, &page, here, query);
    let picked = Picked::of(&listed.places);
    let array = rendered_as_asked(db, &picked, query.get("fields"), site).await?;
    Ok(listed.respond(array))
}
