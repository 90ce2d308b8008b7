//! JSON text laid out for people.

/// The same JSON with two blanks for each level. Works on the text, so that numbers, the order of
/// keys and repeated keys stay as they were received.
pub fn indented(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let (mut level, mut in_string, mut escaped) = (0_usize, false, false);
    for sign in json.chars() {
        if in_string {
            out.push(sign);
            in_string = escaped || sign != '"';
            escaped = !escaped && sign == '\\';
            continue;
        }
        match sign {
            _ if sign.is_ascii_whitespace() => {}
            '}' | ']' => {
                level = level.saturating_sub(1);
                if !out.ends_with(['{', '[']) {
                    new_line(&mut out, level);
                }
                out.push(sign);
            }
            _ => {
                if out.ends_with(['{', '[', ',']) {
                    new_line(&mut out, level);
                }
                out.push(sign);
                level += usize::from(matches!(sign, '{' | '['));
                in_string = sign == '"';
                if sign == ':' {
                    out.push(' ');
                }
            }
        }
    }
    out
}

fn new_line(out: &mut String, level: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", level));
}

#[cfg(test)]
mod tests {
    use super::indented;

    #[test]
    fn every_level_is_two_blanks_further_in() {
        let text = r#"["a{,:\"",{"b" :[ ],"b":{},"c":[1.50,1e3]}]"#;
        let wanted = r#"[
  "a{,:\"",
  {
    "b": [],
    "b": {},
    "c": [
      1.50,
      1e3
    ]
  }
]"#;
        assert_eq!(indented(text), wanted);
        assert_eq!(indented(wanted), wanted);
        assert_eq!(indented("7"), "7");
    }
}
