//! Comparing bytes eight at a time: in WebAssembly the `memcmp` behind `==` goes one by one, and
//! ids have a hundred.

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
}
