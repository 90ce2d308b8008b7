//! Texts that many tests have in common are held once.

use std::ops::Deref;
use std::sync::Arc;

use crate::MOST_TAGS;
use crate::bytes::{behind, same};

/// How many texts are remembered: more than a usual run has, and few enough to look at all.
const REMEMBERED: usize = 16;
/// Longer ones are not remembered.
const LONGEST: usize = 1024;

/// Tags as a stream says them: sorted, each once. A copy costs next to nothing.
///
/// Of more than [`MOST_TAGS`] only the number is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags(Option<Arc<Said>>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Said {
    tags: Vec<String>,
    count: usize,
    cost: usize,
}

impl Tags {
    /// Whether there are more of them than a test may have.
    pub(crate) fn are_too_many(&self) -> bool {
        self.0.as_ref().is_some_and(|said| said.count > MOST_TAGS)
    }

    /// How much memory they would take alone, about.
    pub(crate) fn cost(&self) -> usize {
        self.0.as_ref().map_or(0, |said| said.cost)
    }

    /// How long they are where they are written down, about.
    pub(crate) fn length(&self) -> usize {
        const AROUND: usize = 3;
        self.iter().map(|tag| tag.len() + AROUND).sum()
    }

    pub(crate) fn has(&self, tag: &str) -> bool {
        // One after the other is faster while there are few.
        const FEW: usize = 8;
        match self.len() <= FEW {
            true => self.iter().any(|known| same(known.as_bytes(), tag.as_bytes())),
            false => self.place_of(tag).is_ok(),
        }
    }

    /// Adds one. Like [`Tags::remove`] it copies the others only if a test shares them: a stream
    /// can change one of many at each of its lines.
    pub(crate) fn add(&mut self, tag: &str) {
        if !self.has(tag)
            && let Err(at) = self.place_of(tag)
        {
            let said = Arc::make_mut(self.0.get_or_insert_default());
            said.tags.insert(at, tag.to_owned());
            said.count += 1;
            said.cost += cost(tag);
        }
    }

    /// Takes one away.
    pub(crate) fn remove(&mut self, tag: &str) {
        if !self.has(tag) {
            return;
        }
        if let (Ok(at), Some(said)) = (self.place_of(tag), &mut self.0) {
            let said = Arc::make_mut(said);
            said.tags.remove(at);
            said.count -= 1;
            said.cost -= cost(tag);
        }
        if self.is_empty() {
            self.0 = None;
        }
    }

    /// Where one is, or would be.
    fn place_of(&self, tag: &str) -> Result<usize, usize> {
        self.binary_search_by(|known| known.as_str().cmp(tag))
    }
}

/// How much memory a tag takes.
fn cost(tag: &str) -> usize {
    tag.len() + size_of::<String>()
}

impl Deref for Tags {
    type Target = [String];

    fn deref(&self) -> &[String] {
        self.0.as_ref().map_or(&[], |said| &said.tags)
    }
}

impl<'a> FromIterator<&'a str> for Tags {
    fn from_iter<T: IntoIterator<Item = &'a str>>(tags: T) -> Self {
        let mut said = Said::default();
        for tag in tags {
            said.count += 1;
            said.cost += cost(tag);
            if said.count <= MOST_TAGS {
                said.tags.push(tag.to_owned());
            }
        }
        said.tags.sort_unstable();
        said.tags.dedup();
        Self((said.count > 0).then(|| Arc::new(said)))
    }
}

/// The last things that were read, by their bytes.
#[derive(Debug)]
pub(crate) struct Known<T> {
    /// Bytes and what they mean.
    all: Vec<(Box<[u8]>, T)>,
    /// Which one is replaced next.
    oldest: usize,
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self { all: Vec::new(), oldest: 0 }
    }
}

impl<T: Clone> Known<T> {
    /// What stands at the beginning of `bytes`, and what follows it.
    pub(crate) fn beginning<'a>(&self, bytes: &'a [u8]) -> Option<(T, &'a [u8])> {
        let found = |(known, value): &(Box<[u8]>, T)| Some((value.clone(), behind(bytes, known)?));
        self.all.iter().find_map(found)
    }

    /// What has exactly these bytes; `make` when it is not known.
    pub(crate) fn get(&mut self, bytes: &[u8], make: impl FnOnce() -> T) -> T {
        if let Some((_, value)) = self.all.iter().find(|(known, _)| same(known, bytes)) {
            return value.clone();
        }
        let value = make();
        self.remember(bytes, &value);
        value
    }

    /// Remembers what some bytes mean.
    pub(crate) fn remember(&mut self, bytes: &[u8], value: &T) {
        if bytes.len() > LONGEST {
            return;
        }
        let new = (Box::from(bytes), value.clone());
        match self.all.get_mut(self.oldest) {
            Some(old) => *old = new,
            None => self.all.push(new),
        }
        self.oldest = (self.oldest + 1) % REMEMBERED;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_sorted_and_each_is_there_once() {
        let tags: Tags = ["b", "a", "b"].into_iter().collect();
        assert_eq!(*tags, ["a", "b"]);
        assert!(tags.has("a") && !tags.has("c") && !tags.are_too_many());
        assert_eq!(Tags::default(), [].into_iter().collect());
        let many: Tags = std::iter::repeat_n("x", MOST_TAGS + 1).collect();
        assert!(many.are_too_many());
    }

    #[test]
    fn a_tag_comes_and_goes_without_the_others_being_copied() {
        let mut tags: Tags = ["b", "d"].into_iter().collect();
        let others = |tags: &Tags| (tags[0].as_ptr(), tags.last().unwrap().as_ptr());
        let before = others(&tags);
        tags.add("c");
        tags.add("b");
        assert_eq!((&tags[..], others(&tags)), (&["b", "c", "d"].map(String::from)[..], before));
        tags.remove("c");
        tags.remove("a");
        assert_eq!((tags.len(), others(&tags)), (2, before));
        assert_eq!((tags.cost(), tags.length()), (2 * cost("b"), 8));
        let test = tags.clone();
        tags.remove("b");
        tags.remove("d");
        assert_eq!((tags, test.len()), (Tags::default(), 2));
    }

    #[test]
    fn the_last_things_are_known() {
        let mut known = Known::default();
        for n in 0..REMEMBERED + 1 {
            assert_eq!(known.get(format!("{n:02}").as_bytes(), || n), n);
        }
        assert_eq!(known.get(b"01", || 99), 1);
        assert_eq!(known.beginning(b"05x"), Some((5, &b"x"[..])));
        assert_eq!(known.beginning(b"00"), None, "it was the oldest");
        known.get(&[b'x'; LONGEST + 1], || 7);
        assert_eq!(known.all.len(), REMEMBERED);
    }
}
