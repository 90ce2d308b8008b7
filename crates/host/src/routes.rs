//! Which component answers a path, by Spin's own rules and with the router crate that Spin uses: an exact segment beats
//! a named one (`:name`), which beats a trailing wildcard (`/...`).

use std::collections::HashSet;

use http::{HeaderName, HeaderValue};
use routefinder::Router;
use wasmtime::error::Context as _;
use wasmtime::{Result, ensure, format_err};

use crate::manifest::HttpTrigger;

/// A route of the manifest.
#[derive(Debug)]
pub struct Route {
    /// The component's id.
    pub component: String,
    /// Headers that are the same for each request of this route.
    pub headers: [(HeaderName, HeaderValue); 4],
}

/// A path's route and what its wildcards caught.
#[derive(Debug)]
pub struct Found<'a> {
    /// The route.
    pub route: &'a Route,
    /// What a trailing wildcard caught, with its slashes.
    pub path_info: String,
    /// What each `:name` caught.
    pub named: Vec<(String, String)>,
}

/// All routes.
#[derive(Debug)]
pub struct Routes(Router<Route>);

impl Routes {
    /// Builds the table; a pattern that stands twice is an error.
    pub fn new<'a>(triggers: impl IntoIterator<Item = &'a HttpTrigger>) -> Result<Self> {
        let mut router = Router::new();
        let mut seen = HashSet::new();
        for trigger in triggers {
            let pattern = pattern(&trigger.route);
            ensure!(seen.insert(pattern.clone()), "the route '{}' stands twice", trigger.route);
            let route =
                Route::new(trigger).with_context(|| format!("route '{}'", trigger.route))?;
            router
                .add(pattern, route)
                .map_err(|why| format_err!("route '{}': {why}", trigger.route))?;
        }
        Ok(Self(router))
    }

    /// Finds the route of a request's path.
    pub fn find(&self, path: &str) -> Option<Found<'_>> {
        let found = self.0.best_match(path)?;
        let captures = found.captures();
        Some(Found {
            route: found.handler(),
            path_info: captures
                .wildcard()
                .map(|caught| path_info(caught, path))
                .unwrap_or_default(),
            named: captures
                .iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        })
    }
}

impl Route {
    fn new(trigger: &HttpTrigger) -> Result<Self> {
        let raw = &trigger.route;
        let prefix = raw.strip_suffix("/...").unwrap_or(raw);
        let header = |name, value: &str| {
            Ok::<_, wasmtime::Error>((HeaderName::from_static(name), HeaderValue::from_str(value)?))
        };
        let headers = [
            header("spin-matched-route", &rooted(raw))?,
            header("spin-base-path", "/")?,
            header("spin-raw-component-route", raw)?,
            header("spin-component-route", prefix)?,
        ];
        Ok(Self { component: trigger.component.clone(), headers })
    }
}

/// The pattern with a slash before it and none behind.
fn rooted(route: &str) -> String {
    let route = route.strip_suffix('/').unwrap_or(route);
    if route.is_empty() || route.starts_with('/') { route.to_owned() } else { format!("/{route}") }
}

/// The router crate writes `*` for Spin's `...`.
fn pattern(route: &str) -> String {
    let route = rooted(route);
    match route.strip_suffix("/...") {
        Some(prefix) => format!("{prefix}/*"),
        None => route,
    }
}

/// Spin keeps the slashes around what the wildcard caught, the router crate does not.
fn path_info(caught: &str, path: &str) -> String {
    match (caught.is_empty(), path.ends_with('/')) {
        (true, false) => String::new(),
        (true, true) => "/".to_owned(),
        (false, false) => format!("/{caught}"),
        (false, true) => format!("/{caught}/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn routes(patterns: &[&str]) -> Result<Routes> {
        let triggers: Vec<HttpTrigger> = patterns
            .iter()
            .map(|pattern| {
                toml::from_str(&format!("route = '{pattern}'\ncomponent = '{pattern}'")).unwrap()
            })
            .collect();
        Routes::new(&triggers)
    }

    #[test]
    fn the_most_exact_route_wins() {
        let routes =
            routes(&["/...", "/runs/...", "/runs/new", "/:name", "/", "/runs/old/..."]).unwrap();
        for (path, expected) in [
            ("/", "/"),
            ("/runs", "/runs/..."),
            ("/runs/", "/runs/..."),
            ("/runs/new", "/runs/new"),
            ("/runs/new/1", "/runs/..."),
            ("/runs/old/1", "/runs/old/..."),
            ("/other", "/:name"),
            ("/other/1", "/..."),
        ] {
            assert_eq!(routes.find(path).unwrap().route.component, expected, "{path}");
        }
    }

    #[test]
    fn an_unrouted_path_is_not_found() {
        let routes = routes(&["/", "/runs/..."]).unwrap();
        assert!(routes.find("/jobs").is_none());
        // The router crate, and so Spin, lets a wildcard begin in the middle of a segment.
        assert_eq!(routes.find("/runsx").unwrap().path_info, "/x");
    }

    #[test]
    fn wildcards_tell_what_they_caught() {
        let routes = routes(&["/r/:user_id/..."]).unwrap();
        for (path, caught) in
            [("/r/7", ""), ("/r/7/", "/"), ("/r/7/a/b", "/a/b"), ("/r/7/a/", "/a/")]
        {
            let found = routes.find(path).unwrap();
            assert_eq!(
                (found.path_info.as_str(), &found.named),
                (caught, &vec![("user_id".into(), "7".into())])
            );
        }
        let values: Vec<_> =
            routes.find("/r/7").unwrap().route.headers.iter().map(|(_, v)| v).collect();
        assert_eq!(values, ["/r/:user_id/...", "/", "/r/:user_id/...", "/r/:user_id"]);
    }

    #[test]
    fn a_route_that_stands_twice_is_an_error() {
        assert!(routes(&["/a", "/a/"]).unwrap_err().to_string().contains("stands twice"));
    }
}
