//! Which dialect a request speaks, and the long form of the specification's tree.
//!
//! `/packages/{p}/distributions/{d}/releases/{r}/archs/{a}/{b}` is the same as
//! `/packages/{p}/{d}/{r}/{a}/{b}`; [`enter`] takes the three words away, so that routes are
//! written once. A plus in a query is made one that readers of forms see. The dialects differ in
//! the shape of their errors, which [`leave`] sees to.

use std::borrow::Cow;

use assay_web::json::JsonText;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, Uri, header};
use serde_json::json;

use crate::domain::queries::with_literal_plus;
use crate::error::Problem;

/// The two shapes of errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// The specification's: `{"msg": ...}`, below `/packages`.
    Specification,
    /// The later one's: `{"message": ...}`, everywhere else.
    Later,
    /// The same, and tus's version on every answer: below `/chacra/uploads`.
    Resumable,
}

/// The version of tus that we speak.
pub const TUS_VERSION: HeaderValue = HeaderValue::from_static("1.0.0");
const UPLOADS: &str = "/chacra/uploads";
/// A path that no route has.
const NOWHERE: &str = "/packages/nowhere/at/all/in/this/tree";

/// Takes a request in: its dialect, its path in the short form, and pluses of its query as such.
pub fn enter(request: http::Request<Body>) -> (http::Request<Body>, Dialect) {
    let (mut parts, body) = request.into_parts();
    if let Some(short) = short_form(parts.uri.path()) {
        assay_web::set_path(&mut parts.uri, &short);
    }
    keep_pluses(&mut parts.uri);
    let path = parts.uri.path();
    let specification = path == "/packages" || path.starts_with("/packages/");
    let dialect = match specification {
        true => Dialect::Specification,
        false if path == UPLOADS || path.starts_with("/chacra/uploads/") => Dialect::Resumable,
        false => Dialect::Later,
    };
    (http::Request::from_parts(parts, body), dialect)
}

fn keep_pluses(uri: &mut Uri) {
    let Cow::Owned(query) = with_literal_plus(uri.query().unwrap_or_default()) else { return };
    let Ok(changed) = format!("{}?{query}", uri.path()).parse() else { return };
    let mut parts = std::mem::take(uri).into_parts();
    parts.path_and_query = Some(changed);
    *uri = Uri::from_parts(parts).unwrap_or_default();
}

/// The short form of a path in the long form; `None` if it is none. A wrong word in a structural
/// place names nothing.
pub fn short_form(path: &str) -> Option<String> {
    const WORDS: [&str; 3] = ["distributions", "releases", "archs"];
    let mut parts = path.strip_prefix("/packages/")?.split('/');
    let package = parts.next()?;
    let rest: Vec<&str> = parts.collect();
    if rest.first() != Some(&"distributions") {
        return None;
    }
    let mut short = format!("/packages/{package}");
    // Pairs of a word and a name, and after three of them the file.
    for (place, part) in rest.iter().enumerate() {
        let word = if place % 2 == 0 { WORDS.get(place / 2) } else { None };
        match word {
            Some(word) if word == part => {}
            Some(_) => return Some(NOWHERE.to_owned()),
            None => short = format!("{short}/{part}"),
        }
    }
    Some(short)
}

/// Gives an answer out: errors in the shape of the dialect, and what it wants on every answer.
pub fn leave(dialect: Dialect, response: Response) -> Response {
    let mut response = in_shape(dialect, response);
    if dialect == Dialect::Resumable {
        let refused = response.status() == StatusCode::PRECONDITION_FAILED;
        let headers = response.headers_mut();
        headers.insert("tus-resumable", TUS_VERSION);
        if refused {
            headers.insert("tus-version", TUS_VERSION);
        }
    }
    response
}

fn in_shape(dialect: Dialect, mut response: Response) -> Response {
    let Some(Problem(text)) = response.extensions_mut().remove::<Problem>() else {
        return response;
    };
    let body = match dialect {
        Dialect::Specification => json!({ "msg": text }),
        Dialect::Later | Dialect::Resumable => json!({ "message": text }),
    };
    let body = body.to_string();
    response.headers_mut().insert(header::CONTENT_LENGTH, body.len().into());
    (response.into_parts().0, JsonText(body)).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_long_form_loses_its_words() {
        for (long, short) in [
            ("/packages/p/distributions", "/packages/p"),
            ("/packages/p/distributions/d", "/packages/p/d"),
            ("/packages/p/distributions/d/releases", "/packages/p/d"),
            ("/packages/p/distributions/d/releases/r/archs", "/packages/p/d/r"),
            ("/packages/p/distributions/d/releases/r/archs/a/b", "/packages/p/d/r/a/b"),
            (
                "/packages/p/distributions/d/releases/archs/archs/releases/b",
                "/packages/p/d/archs/releases/b",
            ),
            ("/packages/p/distributions/d/versions/r", NOWHERE),
        ] {
            assert_eq!(short_form(long).as_deref(), Some(short), "{long}");
        }
    }

    #[test]
    fn the_words_are_ordinary_names_in_the_short_form() {
        for path in [
            "/packages",
            "/packages/distributions",
            "/packages/p/releases/archs",
            "/binaries/p/distributions/d",
        ] {
            assert_eq!(short_form(path), None, "{path}");
        }
    }
}
