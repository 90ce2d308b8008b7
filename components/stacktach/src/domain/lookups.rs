//! What `/stacky/search/` can be asked: a field, a comparison, a value.

use super::dates;
use super::services::Service;

/// A field of events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the wire's own word")]
pub enum Field {
    Id,
    Deployment,
    DeploymentName,
    When,
    Event,
    Host,
    Service,
    Publisher,
    RoutingKey,
    Tenant,
    Instance,
    Uuid,
    RequestId,
    MessageId,
    State,
    OldState,
    OldTask,
    Task,
    Status,
    Owner,
    ImageType,
}

/// How its value is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the wire's own suffix")]
pub enum Comparison {
    Is,
    StartsWith,
    In,
    AtLeast,
    AtMost,
    IsNull,
    IsNotNull,
}

/// With what.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Operand {
    Text(String),
    Number(i64),
    /// A JSON array.
    List(serde_json::Value),
    Nothing,
}

/// One search.
#[derive(Debug, PartialEq)]
pub struct Lookup {
    /// In which field.
    pub field: Field,
    /// How.
    pub comparison: Comparison,
    /// For what.
    pub operand: Operand,
}

/// Names on the wire, and which services know them.
const FIELDS: &[(&str, Field, &[Service])] = {
    use Field as F;
    use Service::{Generic, Glance, Nova};
    const ALL: &[Service] = &[Nova, Glance, Generic];
    const NOVA: &[Service] = &[Nova];
    const INSTANCES: &[Service] = &[Nova, Generic];
    &[
        ("id", F::Id, ALL),
        ("deployment", F::Deployment, ALL),
        ("deployment__name", F::DeploymentName, ALL),
        ("when", F::When, ALL),
        ("event", F::Event, ALL),
        ("host", F::Host, ALL),
        ("service", F::Service, ALL),
        ("publisher", F::Publisher, ALL),
        ("routing_key", F::RoutingKey, ALL),
        ("tenant", F::Tenant, INSTANCES),
        ("instance", F::Instance, ALL),
        ("uuid", F::Uuid, ALL),
        ("request_id", F::RequestId, ALL),
        ("message_id", F::MessageId, ALL),
        ("state", F::State, NOVA),
        ("old_state", F::OldState, NOVA),
        ("old_task", F::OldTask, NOVA),
        ("task", F::Task, NOVA),
        ("status", F::Status, &[Glance]),
        ("owner", F::Owner, &[Glance]),
        ("image_type", F::ImageType, &[Nova, Glance]),
    ]
};

const SUFFIXES: &[(&str, Comparison)] = &[
    ("", Comparison::Is),
    ("__startswith", Comparison::StartsWith),
    ("__in", Comparison::In),
    ("__gte", Comparison::AtLeast),
    ("__lte", Comparison::AtMost),
    ("__isnull", Comparison::IsNull),
];

impl Lookup {
    /// Reads `field` and `value` of a query; the refusal is in the words that clients match on.
    pub fn parse(service: Service, asked: &str, value: &str) -> Result<Self, String> {
        let (field, comparison) = field_of(service, asked).ok_or_else(|| {
            format!(
                "The requested field '{asked}' does not exist for the corresponding object.\n\
                 Note: The field names of database are case-sensitive."
            )
        })?;
        let misfit = || format!("'{value}' is not a value for the field '{asked}'.");
        let lookup = |comparison, operand| Ok(Self { field, comparison, operand });
        match comparison {
            Comparison::IsNull => match value.to_ascii_lowercase().as_str() {
                "1" | "true" => lookup(Comparison::IsNull, Operand::Nothing),
                "0" | "false" => lookup(Comparison::IsNotNull, Operand::Nothing),
                _ => Err(misfit()),
            },
            Comparison::StartsWith if is_number(field) => Err(misfit()),
            Comparison::In => {
                let items: Option<Vec<_>> =
                    value.split(',').map(|item| operand(field, item.trim())).collect();
                let items = items.ok_or_else(misfit)?.into_iter().map(|item| match item {
                    Operand::Number(number) => number.into(),
                    Operand::Text(text) => text.into(),
                    Operand::List(list) => list,
                    Operand::Nothing => serde_json::Value::Null,
                });
                lookup(comparison, Operand::List(items.collect()))
            }
            _ => lookup(comparison, operand(field, value).ok_or_else(misfit)?),
        }
    }
}

fn field_of(service: Service, asked: &str) -> Option<(Field, Comparison)> {
    FIELDS.iter().filter(|(_, _, services)| services.contains(&service)).find_map(
        |(name, field, _)| {
            let suffix = asked.strip_prefix(name)?;
            let (_, comparison) = SUFFIXES.iter().find(|(known, _)| *known == suffix)?;
            Some((*field, *comparison))
        },
    )
}

fn is_number(field: Field) -> bool {
    matches!(field, Field::Id | Field::Deployment | Field::ImageType | Field::When)
}

fn operand(field: Field, value: &str) -> Option<Operand> {
    match field {
        Field::When => {
            let when = dates::parse_unix(value).or_else(|| dates::parse(value))?;
            Some(Operand::Number(when))
        }
        _ if is_number(field) => {
            let digits = !value.is_empty() && value.bytes().all(|digit| digit.is_ascii_digit());
            // Beyond 64 bits there is nothing.
            digits.then(|| Operand::Number(value.parse().unwrap_or(i64::MAX)))
        }
        _ => Some(Operand::Text(value.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nova(field: &str, value: &str) -> Result<Lookup, String> {
        Lookup::parse(Service::Nova, field, value)
    }

    #[test]
    fn a_field_has_a_comparison_and_a_value_of_its_type() {
        let lookup = nova("event__startswith", "compute.").unwrap();
        assert_eq!((lookup.field, lookup.comparison), (Field::Event, Comparison::StartsWith));
        assert_eq!(nova("id", "7").unwrap().operand, Operand::Number(7));
        assert_eq!(nova("when", "1.5").unwrap().operand, Operand::Number(1_500_000));
        assert_eq!(nova("deployment__name", "n").unwrap().field, Field::DeploymentName);
        let list = nova("id__in", "1, 2").unwrap().operand;
        assert_eq!(list, Operand::List(serde_json::json!([1, 2])));
        assert_eq!(nova("host__isnull", "False").unwrap().comparison, Comparison::IsNotNull);
    }

    #[test]
    fn a_value_of_another_type_is_refused() {
        for (field, value) in [
            ("id", "abc"),
            ("id", "-1"),
            ("when", "soon"),
            ("id__in", "1,x"),
            ("host__isnull", "2"),
        ] {
            assert!(nova(field, value).is_err(), "{field}={value}");
        }
    }

    #[test]
    fn an_unknown_field_is_refused_in_upstreams_words() {
        let message = "The requested field 'nope' does not exist for the corresponding object.\n\
                       Note: The field names of database are case-sensitive.";
        assert_eq!(nova("nope", "1").unwrap_err(), message);
        assert!(nova("Id", "1").is_err() && nova("status", "x").is_err() && nova("", "x").is_err());
        assert!(Lookup::parse(Service::Glance, "tenant", "x").is_err());
        assert!(Lookup::parse(Service::Generic, "state", "x").is_err());
    }
}
