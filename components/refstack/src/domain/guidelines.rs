//! Guideline files: which capabilities a target asks of a cloud, and which tests show them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// How much a capability is asked for, most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Demand {
    /// A cloud must have it.
    Required,
    /// It will be required.
    Advisory,
    /// It was required.
    Deprecated,
    /// It is not asked for any more.
    Removed,
}

impl Demand {
    /// All of them, most first.
    pub const ALL: [Self; 4] = [Self::Required, Self::Advisory, Self::Deprecated, Self::Removed];

    /// The word for it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::Advisory => "advisory",
            Self::Deprecated => "deprecated",
            Self::Removed => "removed",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|demand| demand.word() == word)
    }
}

/// A test that a guideline lists.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listed<'a> {
    /// Its name.
    pub name: &'a str,
    /// `id-<uuid>`; none in the oldest files.
    pub idempotent_id: Option<&'a str>,
    /// What it was called before, or is called elsewhere.
    pub aliases: Vec<&'a str>,
    /// Why it does not count at present, if it does not.
    pub flagged: Option<Option<&'a str>>,
}

/// A guideline file.
#[derive(Debug)]
pub struct Guideline {
    schema: String,
    file: Map<String, Value>,
}

const SCHEMAS: [&str; 6] = ["1.2", "1.3", "1.4", "1.5", "1.6", "2.0"];
const ADD_ONS: [&str; 5] =
    ["dns", "orchestration", "shared_file_system", "load_balancer", "key_manager"];

impl Guideline {
    /// Reads a file. The refusal says what is wrong with it.
    pub fn read(text: &str) -> Result<Self, String> {
        let file: Map<String, Value> =
            serde_json::from_str(text).map_err(|error| format!("not a JSON object: {error}"))?;
        let newer = file.get("metadata").and_then(|metadata| metadata.get("schema"));
        let schema = newer.or_else(|| file.get("schema")).and_then(Value::as_str);
        let schema = schema.filter(|schema| SCHEMAS.contains(schema));
        let schema = schema.ok_or("the schema is none of 1.2 to 1.6 and 2.0")?.to_owned();
        for key in ["components", "capabilities", "platforms"] {
            match file.get(key) {
                None if key == "platforms" => {}
                named => all_objects(key, named)?,
            }
        }
        Ok(Self { schema, file })
    }

    /// The version of the file's format.
    pub fn schema(&self) -> &str {
        &self.schema
    }

    fn is_new(&self) -> bool {
        self.schema.as_str() >= "2.0"
    }

    /// The components that make up a target; `None` when there is no such target.
    fn components(&self, target: &str) -> Option<Vec<&Map<String, Value>>> {
        let component = |name: &str| self.file.get("components")?.get(name)?.as_object();
        let names: Vec<&str> = match (self.is_new(), target) {
            (true, _) if ADD_ONS.contains(&target) => {
                return component(&format!("os_powered_{target}")).map(|found| vec![found]);
            }
            (true, _) => {
                let platform = match target {
                    "platform" => "OpenStack Powered Platform",
                    "compute" => "OpenStack Powered Compute",
                    "object" => "OpenStack Powered Storage",
                    _ => return None,
                };
                let components = self.file.get("platforms")?.get(platform)?.get("components")?;
                let names = components.as_array()?.iter();
                names.filter_map(|component| component.get("name")?.as_str()).collect()
            }
            (false, "platform") => {
                let required = self.file.get("platform")?.get("required")?.as_array()?;
                required.iter().filter_map(Value::as_str).collect()
            }
            (false, _) => return component(target).map(|found| vec![found]),
        };
        Some(names.into_iter().filter_map(component).collect())
    }

    /// Each capability of a target and what any component makes of it, in the order of the
    /// components.
    fn demands(&self, target: &str) -> Option<Vec<(&str, Demand)>> {
        let mut demands = Vec::new();
        for component in self.components(target)? {
            let by_status = match self.is_new() {
                true => component.get("capabilities").and_then(Value::as_object),
                false => Some(component),
            };
            for (status, capabilities) in by_status.into_iter().flatten() {
                let Some(demand) = Demand::parse(status) else { continue };
                let capabilities = capabilities.as_array().into_iter().flatten();
                demands.extend(capabilities.filter_map(Value::as_str).map(|name| (name, demand)));
            }
        }
        Some(demands)
    }

    /// Each capability of a target with the most that any component asks of it, by demand and name.
    pub fn capabilities(&self, target: &str) -> Option<Vec<(Demand, &str)>> {
        let mut most: BTreeMap<&str, Demand> = BTreeMap::new();
        for (capability, demand) in self.demands(target)? {
            let known = most.entry(capability).or_insert(demand);
            *known = demand.min(*known);
        }
        let mut found: Vec<_> = most.into_iter().map(|(name, demand)| (demand, name)).collect();
        found.sort_unstable();
        Some(found)
    }

    /// The tests of a capability; none when it is not described.
    pub fn tests(&self, capability: &str) -> Vec<Listed<'_>> {
        let Some(described) = self.file.get("capabilities").and_then(|all| all.get(capability))
        else {
            return Vec::new();
        };
        match described.get("tests") {
            Some(Value::Array(names)) => {
                let flagged = described.get("flagged").and_then(Value::as_array);
                let flag = |name| flagged.is_some_and(|all| all.contains(name)).then_some(None);
                let listed = |name| {
                    let flagged = flag(name);
                    Some(Listed { name: Value::as_str(name)?, flagged, ..Listed::default() })
                };
                names.iter().filter_map(listed).collect()
            }
            Some(Value::Object(tests)) => {
                tests.iter().map(|(name, about)| described_test(name, about)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The lines of a plain test list; `None` when there is no such target.
    pub fn list(&self, target: &str, query: &ListQuery) -> Option<Vec<String>> {
        let asked = |demand| query.demands.as_ref().is_none_or(|asked| asked.contains(&demand));
        let demands = self.demands(target)?;
        let capabilities: BTreeSet<&str> = demands
            .into_iter()
            .filter(|(_, demand)| asked(*demand))
            .map(|(name, _)| name)
            .collect();
        let mut lines = Vec::new();
        for test in capabilities.into_iter().flat_map(|capability| self.tests(capability)) {
            if test.flagged.is_some() && !query.flagged {
                continue;
            }
            let aliases = if query.aliases { test.aliases.as_slice() } else { &[] };
            for name in std::iter::once(&test.name).chain(aliases) {
                lines.push(match self.schema.as_str() {
                    "1.2" => (*name).to_owned(),
                    _ => format!("{name}[{}]", test.idempotent_id.unwrap_or_default()),
                });
            }
        }
        lines.sort_unstable();
        Some(lines)
    }
}

/// What is named there must be described by objects.
fn all_objects(key: &str, named: Option<&Value>) -> Result<(), String> {
    let Some(Value::Object(named)) = named else {
        return Err(format!("'{key}' must be an object"));
    };
    match named.iter().find(|(_, about)| !about.is_object()) {
        Some((name, _)) => Err(format!("'{name}' in '{key}' must be an object")),
        None => Ok(()),
    }
}

fn described_test<'a>(name: &'a str, about: &'a Value) -> Listed<'a> {
    let aliases = about.get("aliases").and_then(Value::as_array).into_iter().flatten();
    Listed {
        name,
        idempotent_id: about.get("idempotent_id").and_then(Value::as_str),
        aliases: aliases.filter_map(Value::as_str).collect(),
        flagged: about.get("flagged").map(|flag| flag.get("reason").and_then(Value::as_str)),
    }
}

/// Which tests a list is to have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListQuery {
    /// Only capabilities that are asked for so much; all without it.
    pub demands: Option<Vec<Demand>>,
    /// A line for each alias too.
    pub aliases: bool,
    /// Flagged tests too.
    pub flagged: bool,
}

impl ListQuery {
    /// Reads `type`, `alias` and `flag` of a query. The refusal says which is wrong.
    pub fn parse(
        kind: Option<&str>,
        alias: Option<&str>,
        flag: Option<&str>,
    ) -> Result<Self, String> {
        let demands = kind.map(|words| words.split(',').map(|word| Demand::parse(word.trim())));
        let demands = demands.map(|demands| demands.collect::<Option<Vec<_>>>());
        Ok(Self {
            demands: match demands {
                Some(None) => return Err(format!("Invalid type: {}", kind.unwrap_or_default())),
                Some(demands) => demands,
                None => None,
            },
            aliases: yes("alias", alias)?,
            flagged: yes("flag", flag)?,
        })
    }
}

/// A choice that is yes unless it says no.
fn yes(name: &str, text: Option<&str>) -> Result<bool, String> {
    match text.unwrap_or_default().to_lowercase().as_str() {
        "" | "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        other => Err(format!("Invalid {name}: {other}")),
    }
}

/// The name under which a guideline is kept, if this may be one: `[<group>.]<YYYY.MM | next |
/// YYYY.next>.json`; the end may be missing.
pub fn file_name(name: &str) -> Option<String> {
    let stem = name.strip_suffix(".json").unwrap_or(name);
    let (group, version) = match stem.split_once('.') {
        Some((group, rest))
            if group != "next" && !group.starts_with(|c: char| c.is_ascii_digit()) =>
        {
            (Some(group), rest)
        }
        _ => (None, stem),
    };
    let is_group = |group: &str| {
        group.starts_with(|first: char| first.is_ascii_lowercase())
            && group.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
    };
    let digits =
        |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    let is_month = |text: &str| digits(text, 2) && ("01"..="12").contains(&text);
    let is_version = version == "next"
        || version
            .split_once('.')
            .is_some_and(|(year, rest)| digits(year, 4) && (rest == "next" || is_month(rest)));
    (group.is_none_or(is_group) && is_version).then(|| format!("{stem}.json"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_guidelines_name_files() {
        for (name, file) in [
            ("2031.07", "2031.07.json"),
            ("2031.07.json", "2031.07.json"),
            ("next.json", "next.json"),
            ("2031.next", "2031.next.json"),
            ("dns.2031.07.json", "dns.2031.07.json"),
            ("shared_file_system.next", "shared_file_system.next.json"),
        ] {
            assert_eq!(file_name(name).as_deref(), Some(file), "{name}");
        }
        for name in [
            "",
            "x",
            "../2031.07",
            "2031.7",
            "DNS.2031.07",
            "2031.07.json.json",
            "a/b.2031.07",
            "20310.07",
            "2031.13",
            "2031.00",
            "2031.+7",
            "_.next",
        ] {
            assert_eq!(file_name(name), None, "{name}");
        }
    }

    #[test]
    fn what_is_no_guideline_is_refused() {
        for text in [
            "[]",
            "{}",
            r#"{"schema":"1.4"}"#,
            r#"{"schema":"3.0","components":{},"capabilities":{}}"#,
            r#"{"schema":"1.4","components":[],"capabilities":{}}"#,
            r#"{"schema":"1.4","components":{"c":5},"capabilities":{}}"#,
            r#"{"schema":"1.4","components":{},"capabilities":{"cap":5}}"#,
            r#"{"metadata":{"schema":"2.0"},"components":{},"capabilities":{},"platforms":5}"#,
            r#"{"metadata":{"schema":"2.0"},"components":{},"capabilities":{},"platforms":{"p":5}}"#,
        ] {
            assert!(Guideline::read(text).is_err(), "{text}");
        }
    }
}
