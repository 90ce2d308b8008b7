//! What every command needs that may cause a job to be scheduled again: the plan, made here from
//! the basis that the store gives, and what notifications say beside it.

use assay_db::Db;
use assay_web::time::{Micros, now};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use crate::domain::schedule;
use crate::error::Result;
use crate::settings::{self, Settings};
use crate::site::Site;
use crate::store::plans::{Candidate, commands};
use crate::store::{dispatch, plans};

/// How often a command whose plan was out of date is tried again; each time somebody else has got
/// on.
pub const TRIES: usize = 20;

/// Makes plans at one moment.
pub struct Planner {
    /// The moment.
    pub now: Micros,
    /// This instance's settings.
    pub settings: &'static Settings,
    zone: &'static TimeZone,
    origin: String,
}

impl Planner {
    /// For one request.
    pub async fn new(site: &Site) -> Result<Self> {
        let settings = settings::get().await;
        Ok(Self { now: now(), settings, zone: settings.zone()?, origin: site.origin.clone() })
    }

    /// The plan for what may happen to a run.
    pub fn plan(&self, candidate: &Candidate) -> Value {
        let mut plan = schedule::plan(candidate.basis.as_deref(), self.now, self.zone);
        self.add_readers(&mut plan);
        plan
    }

    /// What a notification needs when there is nothing to plan.
    pub fn no_plan(&self) -> Value {
        let mut plan = json!({});
        self.add_readers(&mut plan);
        plan
    }

    fn add_readers(&self, plan: &mut Value) {
        if let Some(plan) = plan.as_object_mut() {
            plan.insert("origin".into(), json!(self.origin));
            plan.insert("emails".into(), json!(self.settings.admin_emails));
        }
    }

    /// Commands about some runs, each with its plan.
    pub fn commands(&self, candidates: &[Candidate], more: impl Fn(&mut Value)) -> String {
        commands(candidates, |candidate| self.plan(candidate), more)
    }

    /// The plans for the jobs of some runs: `{"7": plan}`.
    pub fn plans(&self, candidates: &[Candidate]) -> String {
        let plan = |candidate: &Candidate| (candidate.job.to_string(), self.plan(candidate));
        Value::Object(candidates.iter().map(plan).collect()).to_string()
    }

    /// Spreads what is due for all workers: everywhere, or in the pools of one worker.
    pub async fn spread(&self, db: Db, worker: Option<i64>) -> Result<()> {
        let candidates = plans::to_spread(db, worker, self.now).await?;
        if !candidates.is_empty() {
            dispatch::spread(db, &self.commands(&candidates, |_| ()), self.now).await?;
        }
        Ok(())
    }

    /// What waits for workers that are disabled or have left the pool would hold its job up for
    /// good: runs that were spread have failed, which this gives, others may go to any worker.
    pub async fn settle_stranded(&self, db: Db) -> Result<Vec<i64>> {
        let candidates = plans::stranded(db, self.now).await?;
        if candidates.is_empty() {
            return Ok(Vec::new());
        }
        let commands = self.commands(&candidates, |command| command["stranded"] = json!(1));
        dispatch::unpin(db, &commands).await?;
        let reason = "The worker is disabled or has left the pool.";
        Ok(dispatch::fail(db, &commands, reason, self.now).await?)
    }

    /// Takes back runs whose worker has let its lease go: those that may be tried again go back to
    /// the plan (the first list), the others have failed (the second).
    pub async fn settle_leases(&self, db: Db) -> Result<(Vec<i64>, Vec<i64>)> {
        let candidates = plans::expired(db, self.now).await?;
        if candidates.is_empty() {
            return Ok((Vec::new(), Vec::new()));
        }
        let commands = self.commands(&candidates, |command| command["lost"] = json!(1));
        let released = dispatch::release(db, &commands, self.now).await?;
        let failed =
            dispatch::fail(db, &commands, "The worker stopped responding.", self.now).await?;
        Ok((released, failed))
    }
}
