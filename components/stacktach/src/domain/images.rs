//! What kind of image an instance runs, as a set of bits.

use super::fields::Fields;

/// Kind, operating system and distribution of `image_meta` (the system also of the payload itself).
pub fn kind(payload: &Fields<'_>) -> i64 {
    let meta = payload.object("image_meta");
    let kind = match meta.non_empty("image_type").as_deref() {
        Some("base") => 0x1,
        Some("snapshot") => 0x2,
        Some("import") => 0x3,
        _ => 0,
    };
    let system = meta.non_empty("os_type").or_else(|| payload.non_empty("os_type"));
    let system = match system.as_deref() {
        Some("linux") => 0x10,
        Some("windows") => 0x20,
        Some("freebsd") => 0x40,
        _ => 0,
    };
    let distribution = match meta.non_empty("os_distro").as_deref() {
        Some("ubuntu") => 0x100,
        Some("debian") => 0x200,
        Some("centos") => 0x400,
        Some("rhel") => 0x800,
        _ => 0,
    };
    kind | system | distribution
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(payload: &str) -> i64 {
        kind(&Fields::of(payload))
    }

    #[test]
    fn bits_come_together() {
        let meta =
            r#"{"image_meta": {"image_type": "import", "os_type": "linux", "os_distro": "rhel"}}"#;
        assert_eq!(of(meta), 0x813);
        assert_eq!(of(r#"{"image_meta": {"image_type": "base"}, "os_type": "windows"}"#), 0x21);
        assert_eq!(of(r#"{"image_meta": "none"}"#), 0);
        assert_eq!(of("\"text\""), 0);
    }
}
