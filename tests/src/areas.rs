//! What an area promises of every one of its answers, so that no test has to ask for it.

use serde_json::Value;

/// The promises of one area.
#[derive(Clone, Copy, Debug)]
pub struct Area {
    /// The area's name, as in `components/`.
    pub name: &'static str,
    /// The message in an error's body, or nothing when the body has not the area's shape. Gets the
    /// request's path.
    pub message: fn(&str, &Value) -> Option<String>,
    /// Headers that every answer carries.
    pub headers: &'static [&'static str],
}

/// Errors are `{"message": text}`; every answer may be read by pages of another origin.
pub const PADDLES: Area = Area {
    name: "paddles",
    message: |_, body| only(body, "message"),
    headers: &[
        "access-control-allow-headers",
        "access-control-allow-methods",
        "access-control-allow-origin",
        "x-paddles-dialect",
    ],
};

/// Errors are `{"code": status, "title": text, "detail": text}`; the title is what clients match
/// on.
pub const REFSTACK: Area = Area {
    name: "refstack",
    message: |_, body| {
        let shaped = body["code"].is_u64() && body["detail"].is_string();
        shaped.then(|| text(body, "title")).flatten()
    },
    headers: &[],
};

/// Errors are `{"error": text}`, and a few carry more beside it.
pub const JOB_RUNNER: Area =
    Area { name: "job-runner", message: |_, body| text(body, "error"), headers: &[] };

/// Below `/db` errors are `{"status": number, "message": text}`, elsewhere a table with one row
/// under `Error`, `Message`. Notifications that were all refused are told one by one; the first
/// one's message counts.
pub const STACKTACH: Area = Area {
    name: "stacktach",
    message: |path, body| {
        if path.starts_with("/db/") {
            return body["status"].is_u64().then(|| text(body, "message")).flatten();
        }
        if path.starts_with("/stacktach/notifications") && body["results"].is_array() {
            return body["results"][0]["error"]["message"].as_str().map(str::to_owned);
        }
        let headed = body[0] == serde_json::json!(["Error", "Message"]);
        headed.then(|| body[1][1].as_str().map(str::to_owned)).flatten()
    },
    headers: &[],
};

/// Errors are `{"msg": text}` below `/packages/` and `{"message": text}` elsewhere.
pub const CHACRA: Area = Area {
    name: "chacra",
    message: |path, body| only(body, if path.starts_with("/packages") { "msg" } else { "message" }),
    headers: &[],
};

/// No promises: pages, and what the runtime answers itself (Spin's health URL has no content type).
pub const PLAIN: Area =
    Area { name: "plain", message: |_, body| Some(body.to_string()), headers: &[] };

fn text(body: &Value, key: &str) -> Option<String> {
    body.get(key)?.as_str().map(str::to_owned)
}

/// The text of the one key that `body` has.
fn only(body: &Value, key: &str) -> Option<String> {
    if body.as_object()?.len() == 1 { text(body, key) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_message_of_paddles_stands_alone() {
        assert_eq!((PADDLES.message)("/runs/", &json!({ "message": "no" })), Some("no".into()));
        assert_eq!((PADDLES.message)("/runs/", &json!({ "message": "no", "code": 1 })), None);
        assert_eq!((PADDLES.message)("/runs/", &json!(["message"])), None);
    }

    #[test]
    fn stacktach_speaks_two_ways() {
        let table = json!([["Error", "Message"], ["Not Found", "no such event"]]);
        let object = json!({ "status": 404, "message": "no such event" });
        assert_eq!((STACKTACH.message)("/stacky/show/1/", &table), Some("no such event".into()));
        assert_eq!(
            (STACKTACH.message)("/db/usage/launches/", &object),
            Some("no such event".into())
        );
        assert_eq!((STACKTACH.message)("/db/usage/launches/", &table), None);
    }

    #[test]
    fn chacra_says_msg_only_below_packages() {
        assert_eq!((CHACRA.message)("/packages/x", &json!({ "msg": "no" })), Some("no".into()));
        assert_eq!((CHACRA.message)("/binaries/x", &json!({ "msg": "no" })), None);
    }
}
