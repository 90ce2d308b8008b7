//! Stored reports: what a new one must have, and what they can be searched by.

use std::collections::BTreeSet;

use assay_web::time::{self, DAY, Micros};
use serde_json::value::RawValue;

use super::dates;
use super::fields::{Fields, Text};
use super::services::Service;

/// A report's name may have this many characters.
const NAME_LIMIT: usize = 50;

/// A report that is to be stored.
#[derive(Debug, PartialEq, Eq)]
pub struct NewReport<'a> {
    /// Its name.
    pub name: String,
    /// The version of its form.
    pub version: i64,
    /// Of which time it speaks.
    pub period: (Micros, Micros),
    /// When it was made.
    pub created: Micros,
    /// What it says, exactly as it was sent; or what is to be made of our own data.
    pub content: Content<'a>,
}

/// Where a report's content comes from.
#[derive(Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// From the client.
    Given(&'a str),
    /// From the usage of this service.
    Audit(Service),
}

impl<'a> NewReport<'a> {
    /// Reads the body of `POST /stacktach/reports/`.
    pub fn read(body: &Fields<'a>, now: Micros) -> Result<Self, String> {
        let (name, content) = if body.has("generate") {
            let name = text(body, "generate")?;
            let audit = match name.as_str() {
                "nova usage audit" => Content::Audit(Service::Nova),
                "glance usage audit" => Content::Audit(Service::Glance),
                _ => {
                    return Err(
                        "'generate' must be 'nova usage audit' or 'glance usage audit'".into()
                    );
                }
            };
            (name, audit)
        } else {
            let json = body.raw("json").ok_or("'json' is missing")?;
            (text(body, "name")?, Content::Given(json.get()))
        };
        if name.is_empty() || name.chars().count() > NAME_LIMIT {
            return Err(format!("'name' must have 1 to {NAME_LIMIT} characters"));
        }
        let period = (date(body, "period_start")?, date(body, "period_end")?);
        if period.1 < period.0 {
            return Err("'period_end' must not be before 'period_start'".to_owned());
        }
        let version = integer(body, "version", 1)?;
        Ok(Self { name, version, period, created: created(body, now)?, content })
    }
}

fn text(body: &Fields<'_>, key: &str) -> Result<String, String> {
    let is_text = body.raw(key).is_some_and(|raw| raw.get().starts_with('"'));
    match body.text(key) {
        Text::Text(text) if is_text => Ok(text.into_owned()),
        Text::Absent if !body.has(key) => Err(format!("'{key}' is missing")),
        _ => Err(format!("'{key}' must be a string")),
    }
}

fn date(body: &Fields<'_>, key: &str) -> Result<Micros, String> {
    let text = text(body, key)?;
    let date = dates::parse(&text).or_else(|| dates::parse_day(&text));
    date.ok_or_else(|| format!("'{key}' must be a date"))
}

fn integer(body: &Fields<'_>, key: &str, default: i64) -> Result<i64, String> {
    let fault = || format!("'{key}' must be an integer");
    match body.raw(key).map(RawValue::get) {
        None | Some("null") => Ok(default),
        Some(raw) => raw.parse().map_err(|_| fault()),
    }
}

fn created(body: &Fields<'_>, now: Micros) -> Result<Micros, String> {
    match body.text("created") {
        Text::Text(text) => {
            dates::parse_unix(&text).ok_or_else(|| "'created' must be a unix time".to_owned())
        }
        Text::Null => Ok(now),
        Text::Absent if !body.has("created") => Ok(now),
        Text::Absent => Err("'created' must be a unix time".to_owned()),
    }
}

/// What `/stacky/reports/search/` is asked for; all of it must be so.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Search {
    /// The report's id.
    pub id: Option<i64>,
    /// Its name.
    pub name: Option<String>,
    /// The day on which it was made: its first moment and that of the next.
    pub created: Option<(Micros, Micros)>,
    /// When its period begins.
    pub period_start: Option<Micros>,
    /// When its period ends.
    pub period_end: Option<Micros>,
}

impl Search {
    /// Reads the parameters of a query; the refusal is in upstream's (that is, Django's) words.
    pub fn parse<'q>(pairs: impl Iterator<Item = (&'q str, &'q str)>) -> Result<Self, String> {
        let (mut search, mut unknown) = (Self::default(), BTreeSet::new());
        let mut misfit = None;
        for (field, value) in pairs {
            let format = match field {
                "limit" | "offset" => continue,
                "id" => search.set_id(value),
                "name" => search.set_name(value),
                "created" => search.set_created(value),
                "period_start" => set_moment(&mut search.period_start, value),
                "period_end" => set_moment(&mut search.period_end, value),
                _ => {
                    unknown.insert(field);
                    continue;
                }
            };
            misfit = misfit.or(format.err().map(|format| {
                format!("'{value}' value has an invalid format. It must be in {format} format.")
            }));
        }
        if !unknown.is_empty() {
            let unknown: Vec<_> = unknown.into_iter().collect();
            return Err(format!(
                "The requested fields either do not exist for the corresponding object or are not \
                 searchable: {}. Note: The field names of database are case-sensitive.",
                unknown.join(", ")
            ));
        }
        misfit.map_or(Ok(search), Err)
    }

    fn set_id(&mut self, value: &str) -> Result<(), &'static str> {
        let digits = value.strip_prefix('-').unwrap_or(value);
        if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err("integer");
        }
        // No report has an id beyond 64 bits.
        self.id = Some(value.parse().unwrap_or(-1));
        Ok(())
    }

    fn set_name(&mut self, value: &str) -> Result<(), &'static str> {
        self.name = Some(value.to_owned());
        Ok(())
    }

    fn set_created(&mut self, value: &str) -> Result<(), &'static str> {
        let day = dates::parse_day(value).ok_or("YYYY-MM-DD")?;
        self.created = Some((day, day + DAY));
        Ok(())
    }
}

fn set_moment(field: &mut Option<Micros>, value: &str) -> Result<(), &'static str> {
    let moment = dates::parse_minute(value).ok_or("YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ]")?;
    *field = Some(moment);
    Ok(())
}

/// The document of a generated audit: what it is about, then a table. `rows` are arrays as JSON
/// text.
pub fn audit(name: &str, (start, end): (Micros, Micros), rows: &str) -> String {
    let about = serde_json::json!({
        "report": name, "period_start": time::format(start), "period_end": time::format(end),
    });
    let titles = serde_json::json!([
        "Kind",
        "Status",
        "Send Status",
        "UUID",
        "Launched At",
        "Deleted At",
        "Count"
    ]);
    let rows = rows.strip_prefix('[').unwrap_or("]");
    let comma = if rows == "]" { "" } else { "," };
    format!("[{about},{titles}{comma}{rows}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD: &str =
        r#""period_start":"2026-03-10 00:00:00","period_end":"2026-03-10T23:59:59Z""#;

    fn refusal(body: &str) -> String {
        NewReport::read(&Fields::of(body), 0).unwrap_err()
    }

    #[test]
    fn a_report_keeps_its_json_as_it_was_sent() {
        let body =
            format!(r#"{{"name":"n",{PERIOD},"json": [ {{"b":1.0,"a":2}} ],"created":1.5}}"#);
        let report = NewReport::read(&Fields::of(&body), 7).unwrap();
        assert_eq!(report.content, Content::Given(r#"[ {"b":1.0,"a":2} ]"#));
        assert_eq!((report.version, report.created), (1, 1_500_000));
        let body = format!(r#"{{"generate":"nova usage audit",{PERIOD},"version":7}}"#);
        let report = NewReport::read(&Fields::of(&body), 7).unwrap();
        assert_eq!((report.version, report.created), (7, 7));
        assert_eq!(report.content, Content::Audit(Service::Nova));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let with = |more: &str| format!(r#"{{{PERIOD},{more}}}"#);
        assert_eq!(refusal(&with(r#""name":"n""#)), "'json' is missing");
        assert_eq!(refusal(&with(r#""json":1"#)), "'name' is missing");
        assert_eq!(refusal(&with(r#""name":7,"json":1"#)), "'name' must be a string");
        let long = with(&format!(r#""name":"{}","json":1"#, "n".repeat(51)));
        assert_eq!(refusal(&long), "'name' must have 1 to 50 characters");
        assert!(refusal(&with(r#""generate":"x""#)).starts_with("'generate' must be"));
        assert_eq!(refusal(r#"{"name":"n","json":1}"#), "'period_start' is missing");
        for (more, fault) in [
            (r#""period_end":"x""#, "'period_end' must be a date"),
            (
                r#""period_end":"2026-03-09 00:00:00""#,
                "'period_end' must not be before 'period_start'",
            ),
            (r#""version":"1""#, "'version' must be an integer"),
            (r#""created":"soon""#, "'created' must be a unix time"),
            (r#""created":[]"#, "'created' must be a unix time"),
        ] {
            assert_eq!(refusal(&with(&format!(r#""name":"n","json":1,{more}"#))), fault);
        }
    }

    #[test]
    fn searches_are_refused_in_upstreams_words() {
        let refusal = |pairs: &[(&str, &str)]| Search::parse(pairs.iter().copied()).unwrap_err();
        assert_eq!(
            refusal(&[("foo", "1"), ("bar", "2"), ("id", "x"), ("limit", "3")]),
            "The requested fields either do not exist for the corresponding object or are not \
             searchable: bar, foo. Note: The field names of database are case-sensitive."
        );
        assert_eq!(
            refusal(&[("id", "x")]),
            "'x' value has an invalid format. It must be in integer format."
        );
        assert_eq!(
            refusal(&[("created", "x")]),
            "'x' value has an invalid format. It must be in YYYY-MM-DD format."
        );
        assert_eq!(
            refusal(&[("period_end", "x")]),
            "'x' value has an invalid format. It must be in YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ] \
             format."
        );
        let pairs = [("created", "1970-01-02"), ("period_start", "1970-01-01 00:01Z")];
        let search = Search::parse(pairs.into_iter()).unwrap();
        assert_eq!((search.created, search.period_start), (Some((DAY, 2 * DAY)), Some(60_000_000)));
    }

    #[test]
    fn an_audit_is_a_table_with_something_before_it() {
        assert!(audit("n", (0, 1), "[]").ends_with(r#""Count"]]"#));
        let one = audit("n", (0, 0), "[[1]]");
        assert!(
            one.starts_with(r#"[{"report":"n","period_start":"1970-01-01 00:00:00","#),
            "{one}"
        );
        assert!(one.ends_with(r#""Count"],[1]]"#));
    }
}
