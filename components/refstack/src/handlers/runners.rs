//! The specification's own calls, by which a remote test runner is told what to do and says how it
//! goes.

use assay_web::body;
use assay_web::json::JsonText;
use assay_web::query::Query;
use assay_web::secret;
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::domain::forms::Form;
use crate::domain::{miniconf, secrets};
use crate::error::{Error, Result};
use crate::extract::{BODY_LIMIT, Json, Path, without_bom};
use crate::settings;
use crate::store::tests::Facts;
use crate::store::{self, statuses, tests};
use crate::uploads::bodies::text;

const INVALID_TEST: &str = "Invalid test ID";
const LONGEST_MESSAGE: usize = 16_384;
const SCRIPT: &str = include_str!("runner.sh");

/// Parameters of a call: from the path, the body (a form or a JSON object) or the query, in this
/// order.
pub struct Parameters {
    values: Vec<(String, String)>,
    token: Option<String>,
}

impl Parameters {
    /// The first value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.values.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The number of the test that the call is about.
    fn test_id(&self) -> Result<i64> {
        test_id(self.get("test_id"))
    }

    /// The facts of that test, if the call may know them.
    async fn test(&self) -> Result<(i64, Facts)> {
        let id = self.test_id()?;
        let facts = tests::facts(store::open().await?, id).await?;
        let facts = facts.ok_or_else(|| Error::invalid(INVALID_TEST))?;
        must_have_token(&facts, self.token.as_deref().or(self.get("token")))?;
        Ok((id, facts))
    }
}

/// A positive number of a test.
pub fn test_id(text: Option<&str>) -> Result<i64> {
    let number = text.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let number = number.and_then(|text| text.parse::<i64>().ok()).filter(|number| *number > 0);
    number.ok_or_else(|| Error::invalid(INVALID_TEST))
}

/// A protected test is only for its runner.
pub fn must_have_token(facts: &Facts, given: Option<&str>) -> Result<()> {
    let Some(wanted) = &facts.token_hash else { return Ok(()) };
    let hash = secrets::hash(given.unwrap_or_default());
    let known = secret::equal(hash.as_bytes(), wanted.as_bytes());
    if known { Ok(()) } else { Err(Error::Unauthorized("The test wants its token".to_owned())) }
}

/// The token of a protected test, in its header.
pub fn test_token(headers: &HeaderMap) -> Option<String> {
    headers.get("x-test-token").and_then(|value| value.to_str().ok()).map(str::to_owned)
}

impl<S: Send + Sync> FromRequest<S> for Parameters {
    type Rejection = Error;

    async fn from_request(request: http::Request<Body>, state: &S) -> Result<Self> {
        let (mut parts, body) = request.into_parts();
        let path = Path::<Vec<(String, String)>>::from_request_parts(&mut parts, state).await;
        let mut values = path.map(|Path(path)| path).unwrap_or_default();
        let query = Query::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let body = body::read(body, BODY_LIMIT).await?;
        values.extend(fields(&body)?);
        values.extend(query.pairs().map(|(key, value)| (key.to_owned(), value.to_owned())));
        Ok(Self { values, token: test_token(&parts.headers) })
    }
}

/// The fields of a form or of a JSON object.
fn fields(body: &[u8]) -> Result<Vec<(String, String)>> {
    if without_bom(body).trim_ascii_start().starts_with(b"{") {
        let object = Json::parse(body)?.object()?;
        return object.into_iter().filter_map(|(key, value)| scalar(key, value)).collect();
    }
    let malformed = |reason| Error::because("Malformed request", reason);
    let (mut form, mut file) = (Form::default(), Vec::new());
    form.push(body, &mut file).map_err(malformed)?;
    let fields = form.finish(&mut file).map_err(malformed)?;
    fields.into_iter().map(|(name, value)| Ok((text(&name)?, text(&value)?))).collect()
}

/// A value of a JSON object as a form would have it; null is as good as nothing.
fn scalar(key: String, value: Value) -> Option<Result<(String, String)>> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text,
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(_) | Value::Object(_) => {
            return Some(Err(Error::schema(format!("'{key}' must be a text"))));
        }
    };
    Some(Ok((key, text)))
}

/// `POST /v1/update-test-status/{test_id}`: a runner says how it goes.
pub async fn update_status(parameters: Parameters) -> Result<(StatusCode, JsonText)> {
    let (id, _) = parameters.test().await?;
    let message = parameters.get("status").unwrap_or_default();
    if message.trim().is_empty() {
        return Err(Error::invalid("The status message should not be empty"));
    }
    let error = parameters.get("error").filter(|error| !error.trim().is_empty());
    if [Some(message), error]
        .into_iter()
        .flatten()
        .any(|text| text.chars().count() > LONGEST_MESSAGE)
    {
        return Err(Error::invalid("The status message is too long"));
    }
    let finished = flag(parameters.get("finished"))?;
    let db = store::open().await?;
    let status_id = statuses::record(db, id, message, finished, error).await?;
    let status_id = status_id.ok_or_else(|| Error::invalid(INVALID_TEST))?;
    let shown = tests::show(db, id).await?.ok_or_else(|| Error::invalid(INVALID_TEST))?;
    let answer = json!({
        "message": "thank you",
        "test_id": id,
        "status_id": status_id,
        "finished": shown.finished,
        "state": shown.state,
    });
    Ok((StatusCode::CREATED, JsonText(answer.to_string())))
}

fn flag(text: Option<&str>) -> Result<bool> {
    match text.unwrap_or_default().to_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "" | "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(Error::invalid("Invalid finished value")),
    }
}

/// `GET /v1/get-miniconf?test_id=`: the configuration of a test, one line of JSON.
pub async fn miniconf(parameters: Parameters) -> Result<Response> {
    let (_, facts) = parameters.test().await?;
    let cloud = facts.cloud.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok());
    let own = serde_json::from_str(&facts.extra_conf).unwrap_or_default();
    let operator = &settings::get().await.tempest_config;
    Ok(download("miniconf.json", miniconf::merge(operator, cloud.as_ref(), &own)))
}

/// `GET /v1/get-testcases?test_id=`: which tests to run (deprecated).
pub async fn testcases(parameters: Parameters) -> Response {
    deprecated(cases(parameters).await.into_response())
}

async fn cases(parameters: Parameters) -> Result<Response> {
    let (_, facts) = parameters.test().await?;
    let names = match (&facts.testcases, facts.guideline.as_deref().zip(facts.target.as_deref())) {
        (Some(names), _) => names.clone(),
        (None, Some((file, target))) => {
            let names = super::guidelines::plain_names(file, target).await?;
            json!(names).to_string()
        }
        (None, None) => r#"["tempest"]"#.to_owned(),
    };
    Ok(download("testcases.json", format!("{{\"testcases\":{names}}}")))
}

/// `GET /v1/get-script`: a runner in POSIX shell (deprecated).
pub async fn script() -> Response {
    if !settings::get().await.get_script {
        return deprecated(Error::Gone("get-script is switched off").into_response());
    }
    let tag = HeaderValue::try_from(format!("\"{}\"", hex::encode(Sha256::digest(SCRIPT))));
    let tag = tag.unwrap_or(HeaderValue::from_static("\"-\""));
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    let headers = [(header::CONTENT_TYPE, plain), (header::ETAG, tag)];
    deprecated((headers, SCRIPT).into_response())
}

fn download(name: &str, json: String) -> Response {
    let disposition = HeaderValue::try_from(format!("attachment; filename={name}"));
    let disposition = disposition.unwrap_or(HeaderValue::from_static("attachment"));
    ([(header::CONTENT_DISPOSITION, disposition)], JsonText(json)).into_response()
}

fn deprecated(mut response: Response) -> Response {
    let name = HeaderName::from_static("deprecation");
    response.headers_mut().insert(name, HeaderValue::from_static("true"));
    response
}

#[cfg(test)]
mod tests_of_parameters {
    use super::*;

    #[test]
    fn a_test_id_is_a_positive_whole_number() {
        assert_eq!(test_id(Some("7")).unwrap(), 7);
        for text in [
            None,
            Some(""),
            Some("0"),
            Some("-1"),
            Some("+1"),
            Some("1.0"),
            Some("9".repeat(30).as_str()),
        ] {
            assert_eq!(test_id(text).unwrap_err().to_string(), "Invalid test ID");
        }
    }

    #[test]
    fn fields_come_as_a_form_or_as_json() {
        let form = fields(b"status=a+b&finished=true").unwrap();
        let json = fields(br#"{"status": "a b", "finished": true, "error": null}"#).unwrap();
        assert_eq!(form, json);
        let marked =
            fields("\u{feff}{\"status\": \"a b\", \"finished\": true}".as_bytes()).unwrap();
        assert_eq!(marked, json);
        for bad in [b"status=%ff".as_slice(), br#"{"status": [1]}"#, br#"{"status": {"a": 1}}"#] {
            assert!(fields(bad).is_err());
        }
    }
}
