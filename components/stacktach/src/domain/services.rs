//! The three kinds of notifications, which upstream keeps in three tables.

/// Whose notification it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// Compute: instances.
    Nova,
    /// Images.
    Glance,
    /// Anything else; stored and searchable.
    Generic,
}

impl Service {
    /// All three, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Nova, Self::Glance, Self::Generic];

    /// What stands in the store.
    pub fn number(self) -> i64 {
        match self {
            Self::Nova => 1,
            Self::Glance => 2,
            Self::Generic => 3,
        }
    }

    /// What stands on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nova => "nova",
            Self::Glance => "glance",
            Self::Generic => "generic",
        }
    }

    /// The service of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.name() == name)
    }

    /// Whose a notification is that does not say so.
    pub fn of(event: &str, publisher: &str) -> Self {
        if event.starts_with("image.") {
            return Self::Glance;
        }
        let first = publisher.split('.').next().unwrap_or_default();
        let by_publisher = ["compute", "api", "scheduler", "conductor", "cells"].contains(&first)
            || publisher.starts_with("nova-");
        let by_event = ["compute.", "scheduler.", "compute_task."]
            .iter()
            .any(|prefix| event.starts_with(prefix));
        if by_publisher || by_event { Self::Nova } else { Self::Generic }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_belong_together() {
        for service in Service::ALL {
            assert_eq!(Service::parse(service.name()), Some(service));
        }
        assert_eq!(Service::ALL.map(Service::number), [1, 2, 3]);
        assert_eq!(Service::parse("cinder"), None);
    }

    #[test]
    fn a_notification_is_known_by_its_event_and_publisher() {
        assert_eq!(Service::of("image.upload", "compute.a"), Service::Glance);
        assert_eq!(Service::of("attach_volume", "compute.cmp-1"), Service::Nova);
        assert_eq!(Service::of("instance.create.end", "nova-compute:cmp-1"), Service::Nova);
        assert_eq!(Service::of("scheduler.run_instance.end", "x"), Service::Nova);
        assert_eq!(Service::of("volume.create.end", "volume.blk-1"), Service::Generic);
    }
}
