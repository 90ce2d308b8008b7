//! Bounds what tests get from before them in version 1: one line of tags holds for every later
//! test, so a stream of some kilobytes could ask for gigabytes of tests to be made of it.

/// How much all tests may inherit, in bytes: in version 2, where each test says its own tags, the
/// longest upload has so many.
const MOST: usize = 128 << 20;
/// How much tests may inherit at once.
const AT_ONCE: usize = 4 << 20;
/// How much more for each byte of the stream. Of 100 tags with 20 bytes each, a test of which the
/// stream says nothing but a name of 30 bytes takes half of that.
const FOR_A_BYTE: usize = 64;

/// What tests have inherited.
#[derive(Debug)]
pub(crate) struct Inherited {
    all: usize,
    /// What the next test may inherit.
    left: usize,
    /// Where in the stream that was so.
    offset: u64,
}

impl Default for Inherited {
    fn default() -> Self {
        Self { all: 0, left: AT_ONCE, offset: 0 }
    }
}

impl Inherited {
    /// A test that begins at `offset` has tags of this length from before it.
    pub(crate) fn add(&mut self, length: usize, offset: u64) -> Result<(), &'static str> {
        let come = usize::try_from(offset.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        let left = self.left.saturating_add(come.saturating_mul(FOR_A_BYTE)).min(AT_ONCE);
        self.all = self.all.saturating_add(length);
        self.offset = offset;
        self.left = left.checked_sub(length).ok_or("tags that hold for many tests are too long")?;
        if self.all > MOST { Err("the tags of all tests are too long") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many tests with tags of this length can stand so far apart.
    fn tests(length: usize, apart: u64) -> usize {
        let mut inherited = Inherited::default();
        (0..200_000).take_while(|n| inherited.add(length, n * apart).is_ok()).count()
    }

    #[test]
    fn what_is_inherited_follows_the_length_of_the_stream_up_to_an_end() {
        assert_eq!(tests(100, 18), 200_000, "a few tags");
        assert_eq!(tests(2300, 80), MOST / 2300, "very many tags");
        assert_eq!(tests(AT_ONCE, 1 << 20), MOST / AT_ONCE);
        assert_eq!(tests(AT_ONCE + 1, 1 << 20), 0);
        let short = tests(60_000, 18);
        assert!((70..73).contains(&short), "{short}");
    }
}
