//! How durations are written, made by SQLite.

/// Microseconds in a column as `<days>d HH:MM:SS.cc`: cut, not rounded, and with a sign when
/// negative. NULL gives NULL.
macro_rules! duration {
    ($column:literal) => {
        concat!(
            "(iif(",
            $column,
            " < 0, '-', '') || (abs(",
            $column,
            ") / 86400000000) || printf('d %02d:%02d:%02d.%02d', abs(",
            $column,
            ") / 3600000000 % 24, abs(",
            $column,
            ") / 60000000 % 60, abs(",
            $column,
            ") / 1000000 % 60, abs(",
            $column,
            ") % 1000000 / 10000))"
        )
    };
}

/// The same in whole seconds: `<days>d HH:MM:SS`.
macro_rules! whole_duration {
    ($column:literal) => {
        concat!(
            "((",
            $column,
            " / 86400000000) || printf('d %02d:%02d:%02d', ",
            $column,
            " / 3600000000 % 24, ",
            $column,
            " / 60000000 % 60, ",
            $column,
            " / 1000000 % 60))"
        )
    };
}

pub(super) use {duration, whole_duration};
