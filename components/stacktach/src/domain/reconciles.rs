//! A correction from outside: when an instance was launched (and deleted), and what it was.

use assay_web::time::Micros;
use serde::Serialize;

use super::fields::{Fields, Text};
use super::{dates, uuids};

/// A field may have this many characters.
const FIELD_LIMIT: usize = 255;

/// A correction that is to be stored.
#[derive(Debug, Serialize)]
#[expect(missing_docs, reason = "each is the wire's own word")]
pub struct NewReconcile {
    pub instance: String,
    pub launched_us: Micros,
    pub deleted_us: Option<Micros>,
    pub instance_type_id: Option<String>,
    pub instance_flavor_id: Option<String>,
    pub tenant: Option<String>,
    pub os_architecture: Option<String>,
    pub os_distro: Option<String>,
    pub os_version: Option<String>,
    pub rax_options: Option<String>,
    pub source: String,
}

impl NewReconcile {
    /// Reads the body of `POST /stacktach/reconciles/`.
    pub fn read(body: &Fields<'_>) -> Result<Self, String> {
        let instance = required(body, "instance")?;
        if !uuids::is_uuid(&instance) {
            return Err(format!("{instance} is not uuid-like"));
        }
        Ok(Self {
            instance,
            launched_us: date(body, "launched_at")?.ok_or("'launched_at' is missing")?,
            deleted_us: date(body, "deleted_at")?,
            instance_type_id: text(body, "instance_type_id")?,
            instance_flavor_id: text(body, "instance_flavor_id")?,
            tenant: text(body, "tenant")?,
            os_architecture: text(body, "os_architecture")?,
            os_distro: text(body, "os_distro")?,
            os_version: text(body, "os_version")?,
            rax_options: text(body, "rax_options")?,
            source: required(body, "source")?,
        })
    }
}

fn required(body: &Fields<'_>, key: &str) -> Result<String, String> {
    let text = text(body, key)?.filter(|text| !text.is_empty());
    text.ok_or_else(|| format!("'{key}' is missing"))
}

/// A string, or a number's decimal text, as in notifications.
fn text(body: &Fields<'_>, key: &str) -> Result<Option<String>, String> {
    match body.text(key) {
        Text::Text(text) if text.chars().count() <= FIELD_LIMIT => Ok(Some(text.into_owned())),
        Text::Text(_) => Err(format!("'{key}' has more than {FIELD_LIMIT} characters")),
        Text::Null => Ok(None),
        Text::Absent if !body.has(key) => Ok(None),
        Text::Absent => Err(format!("'{key}' must be a string")),
    }
}

fn date(body: &Fields<'_>, key: &str) -> Result<Option<Micros>, String> {
    let Some(text) = text(body, key)? else { return Ok(None) };
    dates::parse(&text).map(Some).ok_or_else(|| format!("'{key}' must be a date"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "8559a9b6-f873-46d0-b4db-017155a30fb5";

    fn read(more: &str) -> Result<NewReconcile, String> {
        NewReconcile::read(&Fields::of(&format!(r#"{{"instance":"{UUID}"{more}}}"#)))
    }

    #[test]
    fn a_correction_names_launch_and_source() {
        let more = r#","launched_at":"1970-01-01 00:00:01","source":"me","instance_type_id":2"#;
        let reconcile = read(more).unwrap();
        assert_eq!((reconcile.launched_us, reconcile.deleted_us), (1_000_000, None));
        assert_eq!(reconcile.instance_type_id.as_deref(), Some("2"));
        assert_eq!(read("").unwrap_err(), "'launched_at' is missing");
        let launched = r#","launched_at":"1970-01-01 00:00:01""#;
        assert_eq!(read(launched).unwrap_err(), "'source' is missing");
        let bad = format!(r#"{launched},"deleted_at":"x""#);
        assert_eq!(read(&bad).unwrap_err(), "'deleted_at' must be a date");
        assert_eq!(read(r#","instance":"x""#).unwrap_err(), "x is not uuid-like");
        assert!(read(&format!(r#"{more},"tenant":[]"#)).is_err());
        assert!(read(&format!(r#"{more},"tenant":"{}""#, "t".repeat(256))).is_err());
    }
}
