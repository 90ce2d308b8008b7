//! A badge: a picture of one line, two boxes with a text each, for a page elsewhere.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

use crate::xml::escape;

/// Longer labels are cut: the picture is one line on somebody's page.
const LONGEST_LABEL: usize = 40;

/// What a badge says.
#[derive(Debug)]
pub struct Badge<'a> {
    /// What it is about, in the left box; cut after 40 signs.
    pub label: &'a str,
    /// How that stands, in the right box.
    pub message: &'a str,
    /// Of the right box, as CSS writes it: `#2e8b3d`.
    pub color: &'static str,
}

impl Badge<'_> {
    /// The picture as SVG. The width of a text is a guess (7 pixels a sign of 11 pixel Verdana), which
    /// `textLength` makes true.
    fn svg(&self) -> String {
        let (label, message, color) = (shortened(self.label), self.message, self.color);
        let (left, right) = (7 * label.chars().count() + 10, 7 * message.chars().count() + 10);
        let (left_text, right_text) = (left - 10, right - 10);
        let (width, right_x) = (left + right, left + 5);
        let (label, message) = (escape(&label), escape(message));
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img"
 aria-label="{label}: {message}">
<title>{label}: {message}</title>
<rect width="{left}" height="20" fill="#444"/>
<rect x="{left}" width="{right}" height="20" fill="{color}"/>
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
<text x="5" y="14" textLength="{left_text}">{label}</text>
<text x="{right_x}" y="14" textLength="{right_text}">{message}</text>
</g>
</svg>
"##
        )
    }
}

impl IntoResponse for Badge<'_> {
    /// 200 with the picture.
    fn into_response(self) -> Response {
        let svg = HeaderValue::from_static("image/svg+xml");
        ([(header::CONTENT_TYPE, svg)], self.svg()).into_response()
    }
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= LONGEST_LABEL {
        return text.to_owned();
    }
    text.chars().take(LONGEST_LABEL - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_in_the_picture_is_escaped_and_short() {
        let label = "<".repeat(100);
        let picture = Badge { label: &label, message: "pass 1/1", color: "#000" }.svg();
        assert!(picture.contains(&format!(">{}…<", "&lt;".repeat(39))), "{picture}");
        assert!(picture.contains(r#"<rect width="290""#), "{picture}");
    }
}
