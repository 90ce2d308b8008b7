//! Tables in other clothes than JSON: CSV for spreadsheets, columns for terminals.

use serde_json::Value;

/// Rows of cells, the titles first.
type Rows = Vec<Vec<Value>>;

/// A table as CSV (RFC 4180); `None` when the JSON is no table.
pub fn csv(json: &str) -> Option<String> {
    let rows: Rows = serde_json::from_str(json).ok()?;
    let mut out = String::new();
    for row in rows {
        let cells: Vec<String> = row.iter().map(|cell| quoted(&text(cell))).collect();
        out.push_str(&cells.join(","));
        out.push_str("\r\n");
    }
    Some(out)
}

fn quoted(cell: &str) -> String {
    if cell.contains(['"', ',', '\r', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}

/// A table in aligned columns, with a line below its titles; `None` when the JSON is no table.
pub fn aligned(json: &str) -> Option<String> {
    let rows: Rows = serde_json::from_str(json).ok()?;
    let rows: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|cell| one_line(&text(cell))).collect()).collect();
    let mut widths: Vec<usize> = Vec::new();
    for row in &rows {
        widths.resize(widths.len().max(row.len()), 0);
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let rule = widths.iter().map(|width| "-".repeat(width + 2)).collect::<Vec<_>>().join("+");
    let rule = format!("+{rule}+\n");
    let mut out = String::new();
    for (at, row) in rows.iter().enumerate() {
        if at < 2 {
            out.push_str(&rule);
        }
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!(" {cell:width$} ")).collect();
        out.push_str(&format!("|{}|\n", cells.join("|")));
    }
    if !rows.is_empty() {
        out.push_str(&rule);
    }
    Some(out)
}

fn one_line(cell: &str) -> String {
    cell.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn text(cell: &Value) -> String {
    match cell {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = r##"[["#","Name"],[1,"a,\"b\""],[22,null]]"##;

    #[test]
    fn csv_quotes_what_must_be() {
        assert_eq!(csv(TABLE).unwrap(), "#,Name\r\n1,\"a,\"\"b\"\"\"\r\n22,\r\n");
        assert_eq!(csv("[]").unwrap(), "");
        assert_eq!(csv("{}"), None);
    }

    #[test]
    fn columns_are_aligned() {
        let wanted = "\
+----+-------+
| #  | Name  |
+----+-------+
| 1  | a,\"b\" |
| 22 |       |
+----+-------+
";
        assert_eq!(aligned(TABLE).unwrap(), wanted);
        assert_eq!(aligned("[]").unwrap(), "");
    }
}
