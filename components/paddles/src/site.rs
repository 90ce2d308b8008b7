//! Where the client thinks it is, and which dialect it speaks.
//!
//! The specification and the later clients disagree on two URLs: `GET /runs/` and `GET /runs/{name}/`. All of this
//! area's URLs also exist below `/paddles`, where the lab dialect is spoken; [`enter`] takes that prefix away, so
//! that routes are written once.

use std::convert::Infallible;

use assay_web::query::Query;
use assay_web::{TrailingSlash, links};
use axum::body::Body;
use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::error::Error;
use crate::settings::Settings;

/// Which of the two shapes an answer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// The specification's: objects, and the words pass, failed, pending.
    Plain,
    /// The later clients': arrays of rich objects.
    Lab,
}

/// What a request's address says besides its route.
#[derive(Clone, Debug)]
pub struct Site {
    /// What links begin with: `http://lab.example:3000`, or that and `/paddles`.
    pub base: String,
    /// The address of a job's log, with `{run_name}` and `{job_id}` in it.
    pub log_href: &'static str,
    below_paddles: bool,
    lab_host: bool,
    slash: bool,
}

/// The first path segments that also exist below `/paddles`.
const ROOTS: [&str; 5] = ["runs", "jobs", "nodes", "queue", "errors"];

/// Notes the [`Site`] of a request, and moves what is below `/paddles` to the root.
pub fn enter(mut request: http::Request<Body>, settings: &'static Settings) -> http::Request<Body> {
    let below = below_paddles(request.uri().path()).map(str::to_owned);
    let (mut parts, body) = request.into_parts();
    if let Some(path) = &below {
        assay_web::set_path(&mut parts.uri, path);
    }
    let site = Site::of(&parts, settings, below.is_some());
    parts.extensions.insert(site);
    request = http::Request::from_parts(parts, body);
    request
}

/// The path below `/paddles`, if it is one of the area's own roots.
fn below_paddles(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("/paddles")?;
    let root = rest.strip_prefix('/')?.split('/').next()?;
    ROOTS.contains(&root).then_some(rest)
}

impl Site {
    fn of(parts: &Parts, settings: &'static Settings, below_paddles: bool) -> Self {
        let base = match settings.address.as_str() {
            "" => links::origin(parts),
            address => address.to_owned(),
        };
        let slash = parts.extensions.get::<TrailingSlash>().is_some_and(|slash| slash.0);
        Self {
            base: if below_paddles { format!("{base}/paddles") } else { base },
            log_href: &settings.log_href,
            below_paddles,
            lab_host: is_lab_host(links::host(parts), &settings.lab_hosts),
            slash,
        }
    }

    /// The dialect of `GET /runs/`: the first rule that applies.
    pub fn dialect_of_runs(&self, query: &Query) -> Result<Dialect, Error> {
        const LAB_ONLY: &[&str] = &[
            "count",
            "page",
            "fields",
            "cursor",
            "branch",
            "suite",
            "user",
            "machine_type",
            "status",
            "date",
            "from",
            "to",
            "sha1",
            "flavor",
            "since",
        ];
        self.dialect(query, LAB_ONLY, false)
    }

    /// The dialect of `GET /runs/{name}/`: likewise, and teuthology's "get run" sends no last slash.
    pub fn dialect_of_run(&self, query: &Query) -> Result<Dialect, Error> {
        self.dialect(query, &["fields", "jobs", "job_fields"], !self.slash)
    }

    fn dialect(&self, query: &Query, lab_only: &[&str], no_slash: bool) -> Result<Dialect, Error> {
        if self.below_paddles {
            return Ok(Dialect::Lab);
        }
        match query.get("dialect") {
            Some("plain") => return Ok(Dialect::Plain),
            Some("lab") => return Ok(Dialect::Lab),
            Some(_) => return Err(Error::invalid("dialect must be plain or lab")),
            None => {}
        }
        let lab = no_slash || self.lab_host || lab_only.iter().any(|name| query.has(name));
        Ok(if lab { Dialect::Lab } else { Dialect::Plain })
    }
}

fn is_lab_host(host: &str, lab_hosts: &[String]) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _port)| name).to_lowercase();
    lab_hosts.iter().any(|lab| lab == "*" || *lab == name)
}

impl<S: Sync> FromRequestParts<S> for Site {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or_else(|| Self {
            base: links::origin(parts),
            log_href: "",
            below_paddles: false,
            lab_host: false,
            slash: true,
        }))
    }
}

/// The address of the list at hand, as the client would have to write it: for the link to its next page.
#[derive(Clone, Debug)]
pub struct Here(pub String);

impl<S: Sync> FromRequestParts<S> for Here {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let site = Site::from_request_parts(parts, state).await?;
        let slash = if site.slash { "/" } else { "" };
        Ok(Self(format!("{}{}{slash}", site.base, parts.uri.path())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(below_paddles: bool, lab_host: bool, slash: bool) -> Site {
        Site { base: String::new(), log_href: "", below_paddles, lab_host, slash }
    }

    #[test]
    fn the_first_rule_that_applies_decides_the_dialect() {
        let plain = Query::parse(b"dialect=plain&count=2");
        let none = Query::default();
        assert_eq!(site(true, false, true).dialect_of_runs(&plain).unwrap(), Dialect::Lab);
        assert_eq!(site(false, true, true).dialect_of_runs(&plain).unwrap(), Dialect::Plain);
        assert_eq!(site(false, true, true).dialect_of_runs(&none).unwrap(), Dialect::Lab);
        assert_eq!(site(false, false, false).dialect_of_runs(&none).unwrap(), Dialect::Plain);
        assert_eq!(site(false, false, false).dialect_of_run(&none).unwrap(), Dialect::Lab);
        assert_eq!(site(false, false, true).dialect_of_run(&none).unwrap(), Dialect::Plain);
        let count = Query::parse(b"count=25");
        assert_eq!(site(false, false, true).dialect_of_runs(&count).unwrap(), Dialect::Lab);
        assert_eq!(site(false, false, true).dialect_of_run(&count).unwrap(), Dialect::Plain);
        assert!(site(false, false, true).dialect_of_runs(&Query::parse(b"dialect=x")).is_err());
    }

    #[test]
    fn only_the_areas_own_roots_move_up() {
        assert_eq!(below_paddles("/paddles/runs/x"), Some("/runs/x"));
        assert_eq!(below_paddles("/paddles/health"), None);
        assert_eq!(below_paddles("/paddlesruns/x"), None);
    }

    #[test]
    fn a_lab_host_is_known_without_its_port() {
        let hosts = vec!["paddles.localhost".to_owned()];
        assert!(is_lab_host("Paddles.localhost:3000", &hosts));
        assert!(!is_lab_host("lab.example", &hosts));
        assert!(is_lab_host("lab.example", &["*".to_owned()]));
    }
}
