//! Stacktach: forwarders send batches of notifications all day, people and stacky ask what happened.

use std::fmt::Write as _;
use std::time::{SystemTime, UNIX_EPOCH};

use super::{Area, Hot, Request, Size};

/// Batches of notifications, each of them the lives of five instances.
pub const AREA: Area = Area {
    name: "stacktach",
    seed,
    hot: HOT,
    // 10,000 and 1,000,000 events.
    scale: [size(100), size(10_000)],
    waiting: None,
};

const fn size(groups: u64) -> Size {
    Size { groups, items_each: BATCH, item_bytes: 1800 }
}

/// Notifications in a request.
const BATCH: u64 = 100;
/// Of one instance.
const LIFE: u64 = 20;
/// Batches whose instances were made within the last hour; the others are of last year. So kpi and watch have as much to
/// show in a small store as in a big one.
const RECENT: u64 = 20;
/// The number of the first batch that no seed has.
const FRESH: u64 = 1 << 32;

const HOT: &[Hot] = &[
    Hot { name: "ingest 100 events", read: false, status: 201, request: ingest },
    Hot { name: "ingest 100 known events", read: false, status: 200, request: ingest_known },
    Hot { name: "events of an instance", read: true, status: 200, request: of_uuid },
    Hot { name: "events of a request", read: true, status: 200, request: of_request },
    Hot { name: "search by tenant", read: true, status: 200, request: search },
    Hot { name: "show an event", read: true, status: 200, request: show },
    Hot { name: "watch", read: true, status: 200, request: |_, _| get("/stacky/watch/0/") },
    Hot { name: "timings, page of 50", read: true, status: 200, request: timings },
    Hot { name: "timings of an instance", read: true, status: 200, request: timings_of_uuid },
    Hot { name: "summary", read: true, status: 200, request: |_, _| get("/stacky/summary/") },
    Hot { name: "kpi", read: true, status: 200, request: |_, _| get("/stacky/kpi/") },
    Hot { name: "event names", read: true, status: 200, request: |_, _| get("/stacky/events/") },
    Hot { name: "hosts", read: true, status: 200, request: |_, _| get("/stacky/hosts/") },
    Hot { name: "usage, page of 50", read: true, status: 200, request: usage },
    Hot { name: "feed, page of 100", read: true, status: 200, request: feed },
    Hot { name: "one instance, whole", read: true, status: 200, request: instance_page },
];

fn get(path: &str) -> Request {
    Request::get(path.to_owned())
}

fn instance(group: u64, nth: u64) -> String {
    format!("{:08x}-{:04x}-4000-8000-{nth:012x}", group & 0xffff_ffff, group >> 32)
}

fn request_id(group: u64, nth: u64) -> String {
    format!("req-{}", instance(group, nth))
}

fn tenant(group: u64) -> String {
    format!("{:032x}", group % 1000)
}

/// `2026-03-10 09:04:26.292110`
fn date(micros: i64) -> String {
    let (days, rest) = (micros.div_euclid(86_400_000_000), micros.rem_euclid(86_400_000_000));
    // Civil from days (Hinnant).
    let z = days + 719_468;
    let (era, of_era) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute) = (rest / 3_600_000_000, rest / 60_000_000 % 60);
    let (second, micro) = (rest / 1_000_000 % 60, rest % 1_000_000);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{micro:06}")
}

/// When the first event of a batch was.
fn begin(group: u64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let (now, group) =
        (i64::try_from(now).unwrap_or(0), i64::try_from(group % 1_000_000).unwrap_or(0));
    let recent = now - now % 3600 - 3600 + group;
    let seconds = if group < RECENT.cast_signed() { recent } else { now - 31_536_000 + group * 7 };
    seconds * 1_000_000
}

/// What an instance lives through: who says it, what, and whether it is an operation of nova's.
fn step(item: u64) -> (&'static str, &'static str) {
    match item {
        0 => ("api", "compute.instance.update"),
        1 => ("compute", "compute.instance.create.start"),
        8 => ("compute", "compute.instance.create.end"),
        10 => ("compute", "compute.instance.reboot.start"),
        12 => ("compute", "compute.instance.reboot.end"),
        14 => ("compute", "compute.instance.delete.start"),
        17 => ("compute", "compute.instance.delete.end"),
        19 => ("compute", "compute.instance.exists"),
        _ => ("compute", "compute.instance.update"),
    }
}

fn batch(group: u64) -> Request {
    let (begin, tenant) = (begin(group), tenant(group));
    let mut body = String::with_capacity(200_000);
    for n in 0..BATCH {
        let (nth, item) = (n / LIFE, n % LIFE);
        let (service, event) = step(item);
        let (id, at) = (instance(group, nth), begin + (n * 311_000).cast_signed());
        let launched = date(begin);
        let separator = if n == 0 { '[' } else { ',' };
        _ = write!(
            body,
            r#"{separator}{{"message_id":"{group:x}-{n}","publisher_id":"{service}.cmp-{:02}.north-1","event_type":"{event}","priority":"INFO","timestamp":"{}","_context_request_id":"{}","_context_project_id":"{tenant}","payload":{{"instance_id":"{id}","tenant_id":"{tenant}","state":"active","old_state":"active","old_task_state":null,"instance_type_id":"2","instance_flavor_id":"f-small","launched_at":"{}","deleted_at":"","terminated_at":"{}","audit_period_beginning":"{launched}","audit_period_ending":"{launched}","image_meta":{{"image_type":"base","os_type":"linux","org.openstack__1__architecture":"x64","org.openstack__1__os_distro":"org.ubuntu","org.openstack__1__os_version":"24.04","com.rackspace__1__options":"0"}},"metadata":"{}"}}}}"#,
            group % 50,
            date(at),
            request_id(group, nth),
            launched,
            date(at),
            "x".repeat(800)
        );
    }
    body.push(']');
    Request::with_bytes("POST", "/stacktach/notifications/".into(), body)
}

fn seed(group: u64, _: Size) -> Vec<Request> {
    vec![batch(group)]
}

fn ingest(n: u64, _: Size) -> Request {
    batch(FRESH + n)
}

fn ingest_known(n: u64, size: Size) -> Request {
    batch(size.group(n))
}

/// An instance of a stored batch.
fn stored(n: u64, size: Size) -> (u64, u64) {
    (size.group(n), n % (BATCH / LIFE))
}

fn of_uuid(n: u64, size: Size) -> Request {
    let (group, nth) = stored(n, size);
    Request::get(format!("/stacky/uuid/?uuid={}&service=nova", instance(group, nth)))
}

fn of_request(n: u64, size: Size) -> Request {
    let (group, nth) = stored(n, size);
    Request::get(format!("/stacky/request/?request_id={}", request_id(group, nth)))
}

fn search(n: u64, size: Size) -> Request {
    let tenant = tenant(size.group(n));
    Request::get(format!("/stacky/search/?field=tenant&value={tenant}&service=nova"))
}

fn show(n: u64, size: Size) -> Request {
    Request::get(format!("/stacky/show/{}/", size.group(n) * BATCH + n % BATCH + 1))
}

fn timings(_: u64, _: Size) -> Request {
    get("/stacky/timings/?name=compute.instance.reboot")
}

fn timings_of_uuid(n: u64, size: Size) -> Request {
    let (group, nth) = stored(n, size);
    Request::get(format!("/stacky/timings/uuid/?uuid={}", instance(group, nth)))
}

fn usage(n: u64, size: Size) -> Request {
    let (group, nth) = stored(n, size);
    match n % 3 {
        0 => get("/stacky/usage/launches"),
        1 => Request::get(format!("/stacky/usage/exists?instance={}", instance(group, nth))),
        _ => get("/db/usage/nova/exists?limit=50"),
    }
}

fn feed(n: u64, size: Size) -> Request {
    Request::get(format!("/stacktach/feed/?after={}", size.group(n) * BATCH))
}

fn instance_page(n: u64, size: Size) -> Request {
    let (group, nth) = stored(n, size);
    Request::get(format!("/stacktach/instances/{}/", instance(group, nth)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_100_notifications_of_about_1800_bytes() {
        let body = batch(FRESH + 7).body.unwrap();
        let items: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(items.as_array().unwrap().len(), 100);
        assert!((1500..2000).contains(&(body.len() / 100)), "{}", body.len());
    }

    #[test]
    fn dates_are_civil() {
        assert_eq!(date(0), "1970-01-01 00:00:00.000000");
        assert_eq!(date(1_773_133_466_292_110), "2026-03-10 09:04:26.292110");
    }

    #[test]
    fn no_two_instances_have_one_id() {
        assert_ne!(instance(FRESH + 1, 0), instance(1, 0));
        assert_eq!(instance(1, 2).len(), 36);
    }
}
