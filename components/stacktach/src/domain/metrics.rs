//! The area's numbers in the text format of Prometheus.

use std::fmt::Write as _;

use serde_json::Value;

/// Writes what `GET /stacktach/stats/` shows as samples.
pub fn samples(stats: &Value) -> String {
    let mut out = String::new();
    let mut family = |name: &str, kind: &str, help: &str, samples: Vec<(String, &Value)>| {
        _ = writeln!(out, "# HELP stacktach_{name} {help}\n# TYPE stacktach_{name} {kind}");
        for (labels, value) in samples.into_iter().filter(|(_, value)| value.is_number()) {
            _ = writeln!(out, "stacktach_{name}{labels} {value}");
        }
    };
    let services = stats["services"].as_object().into_iter().flatten();
    let services = services.map(|(name, n)| (labels(&[("service", name)]), n)).collect();
    family("events_total", "counter", "Events taken in, by service.", services);
    let deployments = |key: &'static str| {
        let each = stats["deployments"].as_array().into_iter().flatten();
        each.map(move |row| (labels(&[("deployment", text(&row["name"]))]), &row[key])).collect()
    };
    let help = "Events taken in, by deployment.";
    family("deployment_events_total", "counter", help, deployments("events"));
    let help = "Bytes of notifications taken in, by deployment.";
    family("deployment_bytes_total", "counter", help, deployments("bytes"));
    let help = "How far the newest event is behind the present, by deployment.";
    family("lag_seconds", "gauge", help, deployments("lag_seconds"));
    let rejected = vec![(String::new(), &stats["rejected"])];
    family("rejected", "gauge", "Items that were refused and kept.", rejected);
    let exists = stats["exists"].as_array().into_iter().flatten().map(|row| {
        let send_status = row["send_status"].to_string();
        let pairs = [
            ("service", text(&row["service"])),
            ("status", text(&row["status"])),
            ("send_status", &send_status),
        ];
        (labels(&pairs), &row["count"])
    });
    family("exists", "gauge", "Audits by status.", exists.collect());
    out
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn labels(pairs: &[(&str, &str)]) -> String {
    let escaped =
        |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let pairs: Vec<_> =
        pairs.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    format!("{{{}}}", pairs.join(","))
}

#[cfg(test)]
mod tests {
    use super::samples;
    use serde_json::json;

    #[test]
    fn every_number_is_a_sample() {
        let stats = json!({
            "services": {"nova": 7}, "rejected": 2,
            "deployments": [{"name": "a\"b", "events": 7, "bytes": 9, "lag_seconds": null}],
            "exists": [{"service": "nova", "status": "pending", "send_status": 0, "count": 3}],
        });
        let text = samples(&stats);
        for line in [
            "stacktach_events_total{service=\"nova\"} 7",
            "stacktach_deployment_bytes_total{deployment=\"a\\\"b\"} 9",
            "stacktach_rejected 2",
            "stacktach_exists{service=\"nova\",status=\"pending\",send_status=\"0\"} 3",
        ] {
            assert!(text.lines().any(|l| l == line), "{line}\n{text}");
        }
        assert!(!text.contains("null"));
    }
}
