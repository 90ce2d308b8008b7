//! The resources of the API, described once each: fields, filters, orderings, methods.
//!
//! Everything that tastypie derives from a resource is derived from its [`Description`] here:
//! `schema/` ([`super::schemas`]), which filters a list takes ([`super::filters`]), what a body may
//! hold ([`super::bodies`]), which methods a URL has ([`crate::routes`]). SQL is the one thing that
//! is written per resource ([`crate::store`]).

mod describe;
mod jobs;
mod operators;
mod people;
mod runs;

pub use describe::{Description, Field, Filter, Kind};

/// A resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Resource {
    /// Groups of people.
    Group,
    /// Projects: who sees which jobs, and who runs them.
    Project,
    /// Pools of workers.
    WorkerPool,
    /// Machines that run scripts.
    Worker,
    /// What the scripts of some jobs have in common.
    JobTemplate,
    /// Scripts and when they run.
    Job,
    /// Planned, running and past executions of jobs.
    Run,
    /// Wishes to end a run.
    KillRequest,
    /// What runs have printed.
    RunLog,
    /// People.
    User,
    /// Times of day in which a job is not scheduled again.
    RescheduleExclude,
    /// What upstream would have mailed.
    Notification,
}

/// All of them, in the order of the index.
pub const ALL: [Resource; 12] = [
    Resource::Group,
    Resource::Project,
    Resource::WorkerPool,
    Resource::Worker,
    Resource::JobTemplate,
    Resource::Job,
    Resource::Run,
    Resource::KillRequest,
    Resource::RunLog,
    Resource::User,
    Resource::RescheduleExclude,
    Resource::Notification,
];

impl Resource {
    /// Its description.
    pub fn description(self) -> &'static Description {
        match self {
            Self::Group => &people::GROUP,
            Self::Project => &people::PROJECT,
            Self::WorkerPool => &people::WORKER_POOL,
            Self::Worker => &people::WORKER,
            Self::JobTemplate => &jobs::JOB_TEMPLATE,
            Self::Job => &jobs::JOB,
            Self::Run => &runs::RUN,
            Self::KillRequest => &runs::KILL_REQUEST,
            Self::RunLog => &runs::RUN_LOG,
            Self::User => &operators::USER,
            Self::RescheduleExclude => &operators::RESCHEDULE_EXCLUDE,
            Self::Notification => &operators::NOTIFICATION,
        }
    }

    /// Its name in URLs and in the store's view of all objects.
    pub fn name(self) -> &'static str {
        self.description().name
    }

    /// The resource of that name.
    pub fn named(name: &str) -> Option<Self> {
        ALL.into_iter().find(|resource| resource.name() == name)
    }

    /// Where one of its objects is: `/api/v1/run/7/`.
    pub fn uri(self, id: i64) -> String {
        format!("/api/v1/{}/{id}/", self.name())
    }

    /// Whether only the operator (and, reading, the bridge) has to do with it.
    pub fn is_operators(self) -> bool {
        matches!(self, Self::User | Self::RescheduleExclude | Self::Notification)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_resource_is_found_by_its_name() {
        for resource in ALL {
            assert_eq!(Resource::named(resource.name()), Some(resource));
            assert!(resource.description().field("id").is_some(), "{resource:?}");
        }
        assert_eq!(Resource::named("worker-pools"), None);
    }

    #[test]
    fn what_may_order_a_list_is_a_field() {
        for resource in ALL {
            let description = resource.description();
            for order in description.orders {
                assert!(description.field(order).is_some(), "{resource:?} {order}");
            }
        }
    }
}
