//! Lists as CSV (RFC 4180), safe to open in a spreadsheet.

use std::borrow::Cow;

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

use crate::store::result_lists::ResultRow;

/// A row of cells, with its line end.
pub fn line<'a>(cells: impl IntoIterator<Item = Cow<'a, str>>) -> String {
    let cells: Vec<String> = cells.into_iter().map(|cell| quoted(&cell)).collect();
    format!("{}\r\n", cells.join(","))
}

/// A cell. What a spreadsheet would take for a formula gets a quote before it.
fn quoted(cell: &str) -> String {
    let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let cell = if formula { format!("'{cell}") } else { cell.to_owned() };
    if cell.contains(['"', ',', '\r', '\n']) {
        return format!("\"{}\"", cell.replace('"', "\"\""));
    }
    cell
}

/// A CSV as an answer.
pub fn answer(body: impl IntoResponse, name: &str, download: bool) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/csv; charset=utf-8"));
    if download {
        attach(&mut response, name);
    }
    response
}

/// Makes a browser save an answer.
pub fn attach(response: &mut Response, name: &str) {
    let safe: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' })
        .collect();
    let value = HeaderValue::try_from(format!("attachment; filename=\"{safe}\""));
    let value = value.unwrap_or(HeaderValue::from_static("attachment"));
    response.headers_mut().insert(header::CONTENT_DISPOSITION, value);
}

/// A list of results.
pub fn results(rows: &[ResultRow], download: bool) -> Response {
    let mut text = line(
        [
            "id",
            "created_at",
            "duration_seconds",
            "verification_status",
            "guideline",
            "target",
            "total",
            "passed",
            "failed",
            "skipped",
            "url",
        ]
        .map(Cow::Borrowed),
    );
    for row in rows {
        let counts = ["total", "passed", "failed", "skipped"].map(|key| row.count(key));
        let cells = [
            Cow::Borrowed(row.id.as_str()),
            Cow::Borrowed(row.created_at.as_str()),
            Cow::Owned(row.duration_seconds.to_string()),
            Cow::Owned(row.verification_status.to_string()),
            Cow::Borrowed(row.meta("guideline")),
            Cow::Borrowed(row.meta("target")),
        ];
        let url = Cow::Borrowed(row.url.as_str());
        let counts = counts.map(|count| Cow::Owned(count.to_string()));
        text.push_str(&line(cells.into_iter().chain(counts).chain([url])));
    }
    answer(text, "results.csv", download)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_and_never_formulas() {
        let cells = ["a", "=cmd()", "a,b", "say \"x\"", "-1\n"].map(Cow::Borrowed);
        assert_eq!(line(cells), "a,'=cmd(),\"a,b\",\"say \"\"x\"\"\",\"'-1\n\"\r\n");
    }
}
