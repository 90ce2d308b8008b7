//! What billing knows of a tenant.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use super::fields::{Fields, Text};

/// A tenant's name may have this many characters.
const NAME_LIMIT: usize = 100;
/// Its id, and the names and values of its types.
const WORD_LIMIT: usize = 255;

/// A tenant, its name, and what kind it is of.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Tenant {
    /// Its id.
    pub tenant: String,
    name: String,
    types: BTreeMap<String, String>,
}

impl Tenant {
    /// Reads `{"tenant", "name", "types"}`; without `types` it has none.
    pub fn read(fields: &Fields<'_>) -> Result<Self, String> {
        let tenant = word(fields, "tenant", WORD_LIMIT)?;
        let name = word(fields, "name", NAME_LIMIT)?;
        let types = match fields.raw("types").map(RawValue::get) {
            None | Some("null") => BTreeMap::new(),
            Some(raw) => types(raw)?,
        };
        Ok(Self { tenant, name, types })
    }

    /// Reads `{"tenants": [...]}`; none if any is malformed.
    pub fn read_all(fields: &Fields<'_>) -> Result<Vec<Self>, String> {
        let tenants = fields.raw("tenants").ok_or("'tenants' missing from request body")?;
        let tenants: Vec<&RawValue> =
            serde_json::from_str(tenants.get()).map_err(|_| "'tenants' must be a list")?;
        tenants.into_iter().map(|raw| Self::read(&Fields::of(raw.get()))).collect()
    }
}

fn types(raw: &str) -> Result<BTreeMap<String, String>, String> {
    let fault = || "'types' must be an object of strings".to_owned();
    let types: BTreeMap<String, &RawValue> = serde_json::from_str(raw).map_err(|_| fault())?;
    let short = |text: &str| text.chars().count() <= WORD_LIMIT;
    let pair = |(name, value): (String, &RawValue)| {
        let value = super::fields::text_of(value.get()).known()?.into_owned();
        (short(&name) && short(&value)).then_some((name, value))
    };
    types.into_iter().map(pair).collect::<Option<_>>().ok_or_else(fault)
}

fn word(fields: &Fields<'_>, key: &str, limit: usize) -> Result<String, String> {
    match fields.text(key) {
        Text::Text(text) if !text.is_empty() && text.chars().count() <= limit => {
            Ok(text.into_owned())
        }
        Text::Absent if !fields.has(key) => Err(format!("'{key}' missing from request body")),
        _ => Err(format!("'{key}' must be a string of 1 to {limit} characters")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Tenant, String> {
        Tenant::read(&Fields::of(body))
    }

    #[test]
    fn a_tenant_has_a_name_and_may_have_types() {
        let acme = read(r#"{"tenant":"t1","name":"Acme","types":{"tier":"gold","n":7}}"#).unwrap();
        assert_eq!((acme.tenant.as_str(), acme.name.as_str()), ("t1", "Acme"));
        assert_eq!(acme.types.get("n").unwrap(), "7");
        assert!(read(r#"{"tenant":"t1","name":"Acme","types":null}"#).unwrap().types.is_empty());
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(read("{}").unwrap_err(), "'tenant' missing from request body");
        assert_eq!(read(r#"{"tenant":"t"}"#).unwrap_err(), "'name' missing from request body");
        let long = format!(r#"{{"tenant":"t","name":"{}"}}"#, "n".repeat(101));
        let fault = "'name' must be a string of 1 to 100 characters";
        assert_eq!(read(&long).unwrap_err(), fault);
        assert!(read(r#"{"tenant":[],"name":"n"}"#).is_err());
        assert!(read(r#"{"tenant":"t","name":"n","types":{"a":{}}}"#).is_err());
        assert!(read(r#"{"tenant":"t","name":"n","types":[]}"#).is_err());
    }

    #[test]
    fn one_bad_tenant_spoils_the_batch() {
        let all = |body| Tenant::read_all(&Fields::of(body));
        assert_eq!(all("{}").unwrap_err(), "'tenants' missing from request body");
        assert!(all(r#"{"tenants":[{"tenant":"a","name":"A"},{}]}"#).is_err());
        assert!(all(r#"{"tenants":{}}"#).is_err());
        assert_eq!(all(r#"{"tenants":[{"tenant":"a","name":"A"}]}"#).unwrap().len(), 1);
    }
}
