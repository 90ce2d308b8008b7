//! Looking at bytes eight at a time: in WebAssembly the `memcmp` behind `==` goes one by one, and
//! what finds a byte has no vectors there.

/// Whether two texts are equal.
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    let (ones, one_rest) = one.as_chunks::<8>();
    let (others, other_rest) = other.as_chunks::<8>();
    one.len() == other.len()
        && ones.iter().zip(others).all(|(a, b)| u64::from_ne_bytes(*a) == u64::from_ne_bytes(*b))
        && one_rest.iter().zip(other_rest).all(|(a, b)| a == b)
}

/// What follows a text at whose beginning another one stands.
pub(crate) fn behind<'a>(text: &'a [u8], beginning: &[u8]) -> Option<&'a [u8]> {
    let (first, rest) = text.split_at_checked(beginning.len())?;
    same(first, beginning).then_some(rest)
}

/// Where a byte is first.
pub(crate) fn find(wanted: u8, bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let first = first_of(wanted, u64::from_le_bytes(*word));
        if first < 8 {
            return Some(at * 8 + first);
        }
    }
    let at = rest.iter().position(|byte| *byte == wanted)?;
    Some(words.len() * 8 + at)
}

/// Where a byte is first among eight, or 8.
fn first_of(wanted: u8, word: u64) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    let zero = word ^ (ONES * u64::from(wanted));
    // The top bit of the first zero byte is set; bits above it may be too.
    let found = zero.wrapping_sub(ONES) & !zero & TOPS;
    usize::try_from(found.trailing_zeros() / 8).unwrap_or(8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_any_length_are_compared_to_their_end() {
        let text = *b"0123456789abcdefghij";
        for length in 0..text.len() {
            let one = &text[..length];
            assert!(same(one, one) && !same(one, &text));
            assert_eq!(behind(&text, one), Some(&text[length..]));
            for at in 0..length {
                let mut other = one.to_vec();
                other[at] ^= 1;
                assert!(!same(one, &other), "{at} of {length}");
                assert_eq!(behind(&text, &other), None);
            }
        }
        assert_eq!(behind(b"a", b"ab"), None);
    }

    #[test]
    fn a_byte_is_found_where_it_is_first() {
        for other in [0, 1, 9, 11, 0x8A, 255] {
            for length in 0..30 {
                let mut bytes = vec![other; length];
                assert_eq!(find(b'\n', &bytes), None);
                for at in (0..length).rev() {
                    bytes[at] = b'\n';
                    assert_eq!(find(b'\n', &bytes), Some(at), "{other} {length}");
                }
            }
        }
    }
}
