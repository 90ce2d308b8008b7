//! What came back: an answer that has passed the checks.

use serde_json::Value;

use crate::wire::Reply;
use crate::{Area, checks};

/// A checked answer.
#[derive(Clone, Debug)]
pub struct Answer {
    reply: Reply,
    area: Area,
    path: String,
}

impl Answer {
    pub(crate) fn new(reply: Reply, area: Area, path: String) -> Self {
        Self { reply, area, path }
    }

    /// The status code.
    pub fn status(&self) -> u16 {
        self.reply.status
    }

    /// The first header of that name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.reply.header(name)
    }

    /// Every header of that name, in order.
    pub fn headers(&self, name: &str) -> Vec<&str> {
        let named = self.reply.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str()).collect()
    }

    /// The body as it came.
    pub fn bytes(&self) -> &[u8] {
        &self.reply.body
    }

    /// The body as text.
    #[track_caller]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.reply.body).expect("a body in UTF-8")
    }

    /// The body as JSON, which it must be.
    #[track_caller]
    pub fn json(&self) -> Value {
        let content_type = self.header("content-type").unwrap_or("no content type");
        assert!(checks::is_json(content_type), "{content_type} is not JSON");
        serde_json::from_slice(&self.reply.body).expect("a body in JSON")
    }

    /// The message of an error, wherever this area puts it.
    #[track_caller]
    pub fn message(&self) -> String {
        assert!(self.status() >= 400, "status {} is no error: {}", self.status(), self.text());
        (self.area.message)(&self.path, &self.json()).expect("the shape was checked")
    }

    /// The URL that the `Link` header gives for `rel` (`next`, ...).
    pub fn link(&self, rel: &str) -> Option<String> {
        let wanted = format!("rel=\"{rel}\"");
        self.headers("link").iter().flat_map(|value| value.split(", ")).find_map(|link| {
            let (url, parameters) = link.strip_prefix('<')?.split_once('>')?;
            parameters.contains(&wanted).then(|| url.to_owned())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::areas::PADDLES;

    #[test]
    fn a_link_is_found_by_its_relation() {
        let link = r#"<http://a/?cursor=1>; rel="next", <http://a/>; rel="first""#;
        let headers = vec![("link".to_owned(), link.to_owned())];
        let answer =
            Answer::new(Reply { status: 200, headers, body: Vec::new() }, PADDLES, "/".into());
        assert_eq!(answer.link("first").as_deref(), Some("http://a/"));
        assert_eq!(answer.link("next").as_deref(), Some("http://a/?cursor=1"));
        assert_eq!(answer.link("last"), None);
    }
}
