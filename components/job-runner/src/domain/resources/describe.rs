//! The language in which resources are described.

use super::Resource;

/// A resource.
#[derive(Debug)]
pub struct Description {
    /// Its name in URLs.
    pub name: &'static str,
    /// Its fields, in the order of answers; hidden ones too.
    pub fields: &'static [Field],
    /// What a list may be filtered by.
    pub filters: &'static [Filter],
    /// The fields that `order_by` may name.
    pub orders: &'static [&'static str],
    /// What a worker or a person may do with the list, in the order of `schema/`.
    pub list_methods: &'static [&'static str],
    /// And with one object.
    pub detail_methods: &'static [&'static str],
}

impl Description {
    /// A field by its name.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// What a field holds.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Text of at most so many characters; never empty or blank where the flag is set.
    Text {
        /// The most characters; 0 = as many as a body holds.
        most: usize,
        /// Whether it must have some.
        filled: bool,
    },
    /// A name of at most so many characters, none of which is one of some.
    Name {
        /// The most characters.
        most: usize,
        /// Whether it must not hold this character.
        without: fn(char) -> bool,
    },
    /// One of these words.
    Word(&'static [&'static str]),
    /// An integer in this range, both ends included.
    Integer(i64, i64),
    /// true or false.
    Boolean,
    /// An instant.
    Time,
    /// A time of day, `HH:MM[:SS]`.
    Clock,
    /// The URI of one object.
    One(Resource),
    /// The URIs of any number of objects.
    Many(Resource),
}

/// A field of a resource.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name on the wire.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// May be null.
    pub nullable: bool,
    /// May be left out on creation.
    pub blank: bool,
    /// Set by the server.
    pub readonly: bool,
    /// No two objects have the same.
    pub unique: bool,
    /// Never in an answer.
    pub hidden: bool,
    /// What it is when left out on creation, as JSON text.
    pub default: Option<&'static str>,
    /// What it is for.
    pub help: &'static str,
}

impl Field {
    const fn new(name: &'static str, kind: Kind, help: &'static str) -> Self {
        Self {
            name,
            kind,
            nullable: false,
            blank: false,
            readonly: false,
            unique: false,
            hidden: false,
            default: None,
            help,
        }
    }

    /// It may be null, and is when left out.
    pub const fn nullable(mut self) -> Self {
        self.nullable = true;
        self.blank = true;
        self
    }

    /// It may be left out, and is this then (JSON).
    pub const fn or(mut self, default: &'static str) -> Self {
        self.blank = true;
        self.default = Some(default);
        self
    }

    /// It may be left out.
    pub const fn blank(mut self) -> Self {
        self.blank = true;
        self
    }

    /// The server sets it.
    pub const fn readonly(mut self) -> Self {
        self.readonly = true;
        self
    }

    /// No two objects have the same.
    pub const fn unique(mut self) -> Self {
        self.unique = true;
        self
    }

    /// It is never shown.
    pub const fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }
}

/// The number that an object is known by.
pub const fn id() -> Field {
    integer("id", 1, i64::MAX, "The number of the object.").readonly().unique()
}

/// A name of 1 to 255 characters.
pub const fn title(name: &'static str, help: &'static str) -> Field {
    Field::new(name, Kind::Text { most: 255, filled: true }, help)
}

/// Text of up to `most` characters that is not empty.
pub const fn filled(name: &'static str, most: usize, help: &'static str) -> Field {
    Field::new(name, Kind::Text { most, filled: true }, help)
}

/// A name of up to `most` characters without some of them.
pub const fn name(
    name: &'static str,
    most: usize,
    without: fn(char) -> bool,
    help: &'static str,
) -> Field {
    Field::new(name, Kind::Name { most, without }, help)
}

/// Text of any length; it may be empty.
pub const fn text(name: &'static str, help: &'static str) -> Field {
    Field::new(name, Kind::Text { most: 0, filled: false }, help)
}

/// One of some words.
pub const fn word(name: &'static str, words: &'static [&'static str], help: &'static str) -> Field {
    Field::new(name, Kind::Word(words), help)
}

/// An integer from `least` to `most`.
pub const fn integer(name: &'static str, least: i64, most: i64, help: &'static str) -> Field {
    Field::new(name, Kind::Integer(least, most), help)
}

/// A flag.
pub const fn flag(name: &'static str, help: &'static str) -> Field {
    Field::new(name, Kind::Boolean, help)
}

/// An instant.
pub const fn time(name: &'static str, help: &'static str) -> Field {
    Field::new(name, Kind::Time, help)
}

/// A time of day.
pub const fn clock(name: &'static str, help: &'static str) -> Field {
    Field::new(name, Kind::Clock, help)
}

/// Another object.
pub const fn one(name: &'static str, resource: Resource, help: &'static str) -> Field {
    Field::new(name, Kind::One(resource), help)
}

/// Other objects.
pub const fn many(name: &'static str, resource: Resource, help: &'static str) -> Field {
    Field::new(name, Kind::Many(resource), help)
}

/// Something that a list may be filtered by.
#[derive(Clone, Copy, Debug)]
pub struct Filter {
    /// The field, or the way to it through other resources: `job__title`.
    pub path: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// The comparisons that are allowed besides `exact`.
    pub lookups: &'static [&'static str],
}

/// What the key of a worker may be compared by.
pub const KEY_LOOKUPS: &[&str] = &["in", "startswith", "contains"];
/// What a time may be compared by.
pub const TIME_LOOKUPS: &[&str] = &["gt", "gte", "lt", "lte", "range", "in", "isnull"];

/// A filter by text.
pub const fn by_text(path: &'static str) -> Filter {
    Filter { path, kind: Kind::Text { most: 0, filled: false }, lookups: &[] }
}

/// A filter by a number, most often that of another object.
pub const fn by_id(path: &'static str) -> Filter {
    Filter { path, kind: Kind::Integer(i64::MIN, i64::MAX), lookups: &[] }
}

/// A filter by true or false.
pub const fn by_flag(path: &'static str) -> Filter {
    Filter { path, kind: Kind::Boolean, lookups: &[] }
}

/// A filter by a worker's key.
pub const fn by_key(path: &'static str) -> Filter {
    Filter { lookups: KEY_LOOKUPS, ..by_text(path) }
}
