//! URIs of objects, as bodies name them.

use super::resources::Resource;

/// The object that a URI names: `/api/v1/job/1/`, with or without its last slash, by the names that
/// the specification prints (`/api/vi/worker-pools/1/`), or an absolute URL of this server
/// (`origin`).
pub fn parse(uri: &str, origin: &str) -> Option<(Resource, i64)> {
    let path = if uri.starts_with('/') { uri } else { uri.strip_prefix(origin)? };
    let rest = path.strip_prefix("/api/v1/").or_else(|| path.strip_prefix("/api/vi/"))?;
    let (name, id) = rest.split_once('/')?;
    Some((Resource::named(canonical(name))?, parse_id(id.strip_suffix('/').unwrap_or(id))?))
}

/// A resource's name for the alias that the specification prints.
pub fn canonical(name: &str) -> &str {
    if name == "worker-pools" { "worker_pool" } else { name }
}

/// A positive integer in decimal digits.
pub fn parse_id(text: &str) -> Option<i64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|id| digits && *id > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "http://lab.example:3000";

    #[test]
    fn a_uri_names_an_object() {
        for uri in [
            "/api/v1/worker_pool/12/",
            "/api/v1/worker_pool/12",
            "/api/vi/worker-pools/12/",
            "http://lab.example:3000/api/v1/worker_pool/12/",
        ] {
            assert_eq!(parse(uri, HERE), Some((Resource::WorkerPool, 12)), "{uri}");
        }
    }

    #[test]
    fn anything_else_names_nothing() {
        for uri in [
            "",
            "junk",
            "12",
            "/api/v1/job/1/../2/",
            "/api/v1/nothing/1/",
            "/api/v2/job/1/",
            "/api/v1/job/0/",
            "/api/v1/job/-1/",
            "/api/v1/job/+1/",
            "/api/v1/job/1//",
            "/api/v1/job//",
            "http://evil.example/api/v1/job/1/",
            "/api/v1/job/9223372036854775808/",
            "/api/v1/job/1/?x",
        ] {
            assert_eq!(parse(uri, HERE), None, "{uri}");
        }
    }
}
