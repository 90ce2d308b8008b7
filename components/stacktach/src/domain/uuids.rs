//! What looks like the id of an instance or a request.

/// 32 lower-case hex digits, plain or as 8-4-4-4-12.
pub fn is_uuid(text: &str) -> bool {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    match text.len() {
        32 => text.bytes().all(is_digit),
        36 => text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => is_digit(byte),
        }),
        _ => false,
    }
}

/// The same, with `req-` before it or not.
pub fn is_request(text: &str) -> bool {
    is_uuid(text.strip_prefix("req-").unwrap_or(text))
}

/// An id with its dashes, and without: whichever is stored is meant.
pub fn both_forms(uuid: &str) -> [String; 2] {
    let plain: String = uuid.chars().filter(|c| *c != '-').collect();
    let mut dashed = plain.clone();
    for at in [20, 16, 12, 8] {
        if dashed.is_char_boundary(at) {
            dashed.insert(at, '-');
        }
    }
    [dashed, plain]
}

#[cfg(test)]
mod tests {
    use super::*;

    const UUID: &str = "8559a9b6-f873-46d0-b4db-017155a30fb5";

    #[test]
    fn a_uuid_is_lower_case_hex_in_one_of_two_forms() {
        let plain = UUID.replace('-', "");
        assert!(is_uuid(UUID) && is_uuid(&plain));
        for text in [
            "",
            "nope",
            &UUID.to_uppercase(),
            &format!("{{{UUID}}}"),
            &plain[1..],
            "8559a9b6f873-46d0-b4db-017155a30fb5-",
            "' OR 1=1 --",
            "8559a9b6-f873-46d0-b4db-017155a30fb\u{e9}",
        ] {
            assert!(!is_uuid(text), "{text}");
        }
    }

    #[test]
    fn a_request_may_begin_with_req() {
        assert!(is_request(UUID) && is_request(&format!("req-{UUID}")));
        assert!(!is_request("abc") && !is_request(&format!("req-req-{UUID}")));
    }

    #[test]
    fn both_forms_of_an_id_are_known() {
        let plain = UUID.replace('-', "");
        assert_eq!(both_forms(UUID), [UUID.to_owned(), plain.clone()]);
        assert_eq!(both_forms(&plain), [UUID.to_owned(), plain]);
    }
}
