//! Where somebody goes after a login.

/// `next` if it is a path on this server, else `/`: no other host can be smuggled in.
pub fn local(next: &str) -> &str {
    let bytes = next.as_bytes();
    let path = bytes.first() == Some(&b'/') && !matches!(bytes.get(1), Some(b'/' | b'\\'));
    if path && bytes.iter().all(|byte| (0x21..0x7f).contains(byte) && *byte != b'\\') {
        next
    } else {
        "/"
    }
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn only_a_local_path_is_gone_to() {
        assert_eq!(local("/jobs/?a=1#x"), "/jobs/?a=1#x");
        for next in [
            "",
            "jobs",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/a\r\nx: y",
            "/\u{e9}",
        ] {
            assert_eq!(local(next), "/", "{next:?}");
        }
    }
}
