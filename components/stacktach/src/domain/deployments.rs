//! Names of deployments.

/// A name may have this many characters.
pub const NAME_LIMIT: usize = 50;

/// Why this cannot be a deployment's name, if it cannot.
pub fn fault(name: &str) -> Option<&'static str> {
    if name.is_empty() || name.chars().count() > NAME_LIMIT {
        return Some("a deployment's name has 1 to 50 characters");
    }
    name.chars().any(char::is_control).then_some("a deployment's name has no control characters")
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn a_name_is_short_and_printable() {
        assert_eq!(fault("north-1 ü"), None);
        assert_eq!(fault(&"x".repeat(50)), None);
        for name in ["", "a\nb", &"x".repeat(51)] {
            assert!(fault(name).is_some(), "{name}");
        }
    }
}
