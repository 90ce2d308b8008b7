//! What users say of a result: whether it is shared, and what it is for. The same rules hold for
//! what an upload says and for what is set later.

/// The longest value, in bytes.
pub const LONGEST_VALUE: usize = 4096;

/// The keys of `meta` that users write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MetaKey {
    /// Everybody may see the result.
    Shared,
    /// Which guideline it is for.
    Guideline,
    /// Which target of it.
    Target,
}

impl MetaKey {
    /// The key of this name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "shared" => Some(Self::Shared),
            "guideline" => Some(Self::Guideline),
            "target" => Some(Self::Target),
            _ => None,
        }
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Shared => "shared",
            Self::Guideline => "guideline",
            Self::Target => "target",
        }
    }

    /// Refuses what is no value for it. Any text shares, so one that says "no" is a mistake that
    /// would publish what is private.
    pub fn check(self, value: &str) -> Result<(), String> {
        let name = self.name();
        if value.trim().is_empty() {
            return Err(format!("the value of '{name}' is empty"));
        }
        if value.len() > LONGEST_VALUE {
            return Err(format!("the value of '{name}' is longer than {LONGEST_VALUE} bytes"));
        }
        let says_no = matches!(value.trim().to_lowercase().as_str(), "false" | "0" | "no" | "off");
        if self == Self::Shared && says_no {
            return Err("leave 'shared' out, or DELETE the key to end the sharing".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_no_does_not_share() {
        for value in ["false", " 0 ", "No", "OFF", "", " "] {
            assert!(MetaKey::Shared.check(value).is_err(), "{value:?}");
        }
        assert!(MetaKey::Shared.check("true").is_ok());
        assert!(MetaKey::Target.check("no").is_ok());
        assert!(MetaKey::Target.check(&"é".repeat(2048)).is_ok());
        assert!(MetaKey::Target.check(&"é".repeat(2049)).is_err());
    }
}
