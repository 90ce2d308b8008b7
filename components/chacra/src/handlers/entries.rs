//! Entries that JSON makes: a file without content, and what is noted of one with content.

use assay_db::Db;
use assay_web::json::RawObject;
use axum::body::Body;
use axum::response::Response;
use http::StatusCode;

use super::answers;
use crate::domain::names;
use crate::domain::places::{Folder, Place};
use crate::error::{Error, Result};
use crate::extract::JsonBody;
use crate::store::files::{self, BuiltBy, Put};

/// Lists repeat it with every file, and a list is one text in memory.
const LONGEST_BUILDER: usize = 255;
const EXISTS: &str = "file already exists and \"force\" flag was not used";

/// `POST /packages/{p}/{d}/{r}/{a}` with JSON: makes an entry.
pub async fn create_in_folder(db: Db, folder: Folder, body: Body) -> Result<Response> {
    let body = JsonBody::read(body).await?;
    let object = body.object()?;
    let place = folder.file(name(&object)?);
    store(db, place, &object, true).await
}

/// `POST /binaries/.../{arch}` without a form: JSON with a name makes an entry, anything else lacks
/// the file.
pub async fn create_or_refuse(db: Db, folder: Folder, body: Body) -> Result<Response> {
    let no_file = || Error::invalid(answers::NO_FILE);
    let body = match JsonBody::read(body).await {
        Err(Error::Invalid(_)) => return Err(no_file()),
        body => body?,
    };
    let object = body.object().map_err(|_| no_file())?;
    if object.get("name").is_none() {
        return Err(no_file());
    }
    let place = folder.file(name(&object)?);
    store(db, place, &object, false).await
}

/// `POST .../{binary}` with JSON: makes an entry, or with `"force": true` changes what is noted of
/// a file.
///
/// In the specification's tree the name must be the URL's; in the later one the body's counts.
pub async fn write(db: Db, place: Place, body: &JsonBody, specification: bool) -> Result<Response> {
    let object = body.object()?;
    let existing = files::is_there(db, &place).await?;
    let target = match object.get("name") {
        None if existing && !specification => place,
        _ => {
            let name = name(&object)?;
            if specification && name != place.name {
                return Err(Error::invalid("the name must be the last part of the URL"));
            }
            if existing { place } else { place.folder.file(name) }
        }
    };
    store(db, target, &object, specification).await
}

/// Notes what a body says of a file.
async fn store(
    db: Db,
    place: Place,
    object: &RawObject<'_>,
    specification: bool,
) -> Result<Response> {
    if object.get("path").is_some() {
        return Err(Error::invalid("'path' cannot be set"));
    }
    if let Some(problem) = place.problem() {
        return Err(Error::Invalid(problem));
    }
    let force = object.get("force").is_some_and(|value| value.get() == "true");
    match files::enter(db, &place, built_by(object)?, force).await? {
        Put::Refused if specification => Err(Error::already_exists(&place.name)),
        Put::Refused => Err(Error::invalid(EXISTS)),
        _ => Ok(answers::done(StatusCode::OK)),
    }
}

/// The name in a body, which must be that of a file.
fn name(object: &RawObject<'_>) -> Result<String> {
    let name = part(object)?;
    match names::is_file_name(&name) {
        true => Ok(name),
        false => Err(Error::invalid("'flavors' cannot be the name of a file")),
    }
}

/// The name in a body, which must be a part of a URL.
pub fn part(object: &RawObject<'_>) -> Result<String> {
    let name =
        object.get("name").ok_or_else(|| Error::invalid("could not find required key: 'name'"))?;
    let name: Option<String> = serde_json::from_str(name.get()).ok();
    name.filter(|name| names::is_part(name))
        .ok_or_else(|| Error::invalid("'name' must be a text that can be a part of a URL"))
}

/// Who a body says built the file; `null` says that nobody knows.
fn built_by(object: &RawObject<'_>) -> Result<BuiltBy> {
    let Some(value) = object.get("built_by").or_else(|| object.get("built-by")) else {
        return Ok(BuiltBy::Unsaid);
    };
    let text: Option<String> = serde_json::from_str(value.get())
        .map_err(|_| Error::invalid("'built_by' must be a text"))?;
    match text.as_ref().is_some_and(|text| text.len() > LONGEST_BUILDER) {
        true => Err(Error::invalid(format!("'built_by' is longer than {LONGEST_BUILDER} bytes"))),
        false => Ok(BuiltBy::Said(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(body: &str) -> Result<String> {
        let body = JsonBody::parse(body.as_bytes()).unwrap();
        let object = body.object()?;
        name(&object)
    }

    #[test]
    fn a_name_is_a_text_that_fits_into_a_url() {
        assert_eq!(named(r#"{"name": "a b"}"#).unwrap(), "a b");
        for body in
            [r#"{"name": 7}"#, r#"{"name": ""}"#, r#"{"name": "a/b"}"#, r#"{"name": "flavors"}"#]
        {
            assert!(named(body).is_err(), "{body}");
        }
        let missing = named(r#"{"nam": "x"}"#).unwrap_err();
        assert_eq!(missing.to_string(), "could not find required key: 'name'");
    }

    #[test]
    fn who_built_it_is_a_text_or_null() {
        let read =
            |body: &str| built_by(&JsonBody::parse(body.as_bytes()).unwrap().object().unwrap());
        assert_eq!(read(r#"{"built-by": "rio"}"#).unwrap(), BuiltBy::Said(Some("rio".into())));
        assert_eq!(read(r#"{"built_by": null}"#).unwrap(), BuiltBy::Said(None));
        assert_eq!(read("{}").unwrap(), BuiltBy::Unsaid);
        assert!(read(r#"{"built_by": 7}"#).is_err());
    }
}
