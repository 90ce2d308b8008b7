//! Application variables: their values at start, and the templates through which components see them.
//!
//! A value comes from `--variable`, else from `SPIN_VARIABLE_<NAME>`, else from the manifest's `default`. Everything is
//! resolved once at start: a missing value or a misspelt template is an error then and not in the middle of a request.

use std::collections::{BTreeMap, HashMap};

use wasmtime::component::{ComponentType, Lift, Linker, Lower};
use wasmtime::error::Context as _;
use wasmtime::{Result, bail, ensure};

use crate::instances::State;
use crate::manifest::Variable;

/// The values of application variables by name.
pub type Values = BTreeMap<String, String>;

/// What `spin:variables` may answer instead of a value.
#[derive(Debug, Clone, PartialEq, ComponentType, Lift, Lower)]
#[component(variant)]
pub enum Error {
    /// The name breaks the rules for names.
    #[component(name = "invalid-name")]
    InvalidName(String),
    /// The component has no such variable.
    #[component(name = "undefined")]
    Undefined(String),
    /// Never given here.
    #[component(name = "provider")]
    Provider(String),
    /// Never given here.
    #[component(name = "other")]
    Other(String),
}

/// Collects the values of the declared variables.
pub fn resolve(
    declared: &BTreeMap<String, Variable>,
    given: &[(String, String)],
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Values> {
    for (name, _) in given {
        ensure!(
            declared.contains_key(name),
            "--variable {name}: the manifest has no such variable"
        );
    }
    let mut values = Values::new();
    for (name, variable) in declared {
        check_name(name).map_err(|why| wasmtime::format_err!("variable '{name}': {why}"))?;
        let from_arguments = given.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v.clone());
        let from_environment = || environment(&format!("SPIN_VARIABLE_{}", name.to_uppercase()));
        let value = from_arguments.or_else(from_environment).or_else(|| variable.default.clone());
        match (value, variable.required) {
            (Some(value), _) => drop(values.insert(name.clone(), value)),
            (None, true) => {
                bail!("variable '{name}' is required: set SPIN_VARIABLE_{}", name.to_uppercase())
            }
            (None, false) => bail!("variable '{name}' has neither `default` nor `required`"),
        }
    }
    Ok(values)
}

/// Fills in the templates of one component.
pub fn fill_in(
    templates: &BTreeMap<String, String>,
    values: &Values,
) -> Result<HashMap<String, String>> {
    let fill = |(name, template): (&String, &String)| {
        check_name(name).map_err(|why| wasmtime::format_err!("variable '{name}': {why}"))?;
        let value = render(template, values).with_context(|| format!("variable '{name}'"))?;
        Ok((name.clone(), value))
    };
    templates.iter().map(fill).collect()
}

/// Replaces each `{{ name }}` by the variable's value.
pub fn render(template: &str, values: &Values) -> Result<String> {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").context("'{{' without '}}'")?;
        let value = values
            .get(name.trim())
            .with_context(|| format!("the manifest has no variable '{}'", name.trim()))?;
        out.push_str(before);
        out.push_str(value);
        rest = after;
    }
    ensure!(!rest.contains("}}"), "'}}}}' without '{{{{'");
    out.push_str(rest);
    Ok(out)
}

/// Spin's rules: lower case, digits and single underscores, and a letter first.
fn check_name(name: &str) -> std::result::Result<(), &'static str> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if !name.starts_with(|c: char| c.is_ascii_lowercase()) {
        Err("must start with a lower-case letter")
    } else if !name.chars().all(allowed) {
        Err("may have lower-case letters, digits and underscores only")
    } else if name.ends_with('_') || name.contains("__") {
        Err("an underscore stands between letters or digits")
    } else {
        Ok(())
    }
}

/// Looks a component's variable up.
fn get(variables: &HashMap<String, String>, name: &str) -> std::result::Result<String, Error> {
    check_name(name).map_err(|why| Error::InvalidName(format!("{name:?}: {why}")))?;
    variables.get(name).cloned().ok_or_else(|| Error::Undefined(format!("no variable {name:?}")))
}

/// Links `spin:variables`.
pub fn add_to_linker(linker: &mut Linker<State>) -> Result<()> {
    let mut interface = linker.instance("spin:variables/variables@3.0.0")?;
    interface.func_wrap_concurrent("get", |accessor, (name,): (String,)| {
        Box::pin(async move {
            Ok((accessor.with(|mut access| get(&access.get().settings.variables, &name)),))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> Values {
        pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    fn declared(name: &str, default: Option<&str>, required: bool) -> BTreeMap<String, Variable> {
        let variable =
            Variable { default: default.map(Into::into), required, ..Default::default() };
        BTreeMap::from([(name.to_owned(), variable)])
    }

    #[test]
    fn templates_are_filled_in() {
        let values = values(&[("host", "lab"), ("port", "80")]);
        assert_eq!(
            render("http://{{ host }}:{{port}}/{run}", &values).unwrap(),
            "http://lab:80/{run}"
        );
        assert_eq!(render("plain", &values).unwrap(), "plain");
        for wrong in ["{{ host", "{{ user }}", "host }}"] {
            assert!(render(wrong, &values).is_err(), "{wrong}");
        }
    }

    #[test]
    fn arguments_beat_the_environment_which_beats_the_default() {
        let declared = declared("a_b", Some("default"), false);
        let environment =
            |name: &str| (name == "SPIN_VARIABLE_A_B").then(|| "environment".to_owned());
        let given = [("a_b".to_owned(), "argument".to_owned())];
        assert_eq!(resolve(&declared, &given, environment).unwrap()["a_b"], "argument");
        assert_eq!(resolve(&declared, &[], environment).unwrap()["a_b"], "environment");
        assert_eq!(resolve(&declared, &[], |_| None).unwrap()["a_b"], "default");
    }

    #[test]
    fn a_missing_value_is_told_at_start() {
        let message =
            resolve(&declared("token", None, true), &[], |_| None).unwrap_err().to_string();
        assert!(message.contains("SPIN_VARIABLE_TOKEN"), "{message}");
        assert!(resolve(&declared("token", None, false), &[], |_| None).is_err());
        let unknown = [("x".to_owned(), String::new())];
        assert!(resolve(&declared("a", Some(""), false), &unknown, |_| None).is_err());
    }

    #[test]
    fn names_follow_spins_rules() {
        let variables = HashMap::from([("a_1".to_owned(), "v".to_owned())]);
        assert_eq!(get(&variables, "a_1").unwrap(), "v");
        assert!(matches!(get(&variables, "other"), Err(Error::Undefined(_))));
        for wrong in ["", "A", "1a", "a-b", "a_", "a__b"] {
            assert!(matches!(get(&variables, wrong), Err(Error::InvalidName(_))), "{wrong}");
        }
    }
}
