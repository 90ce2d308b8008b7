//! Parameters of statements.

use spin_sdk::sqlite::Value;

/// What can be a parameter. The SDK's own conversions lack booleans and borrowed options.
pub trait IntoValue {
    /// The SQLite value: booleans as 0 and 1, `None` as NULL.
    fn into_value(self) -> Value;
}

/// The parameters of a statement in the order of `?1`, `?2`, ...: `params![name, limit, Some(3)]`.
#[macro_export]
macro_rules! params {
    ($($value:expr),* $(,)?) => { [$($crate::IntoValue::into_value($value)),*] };
}

impl IntoValue for Value {
    fn into_value(self) -> Value {
        self
    }
}

impl IntoValue for bool {
    fn into_value(self) -> Value {
        Value::Integer(i64::from(self))
    }
}

impl IntoValue for &String {
    fn into_value(self) -> Value {
        Value::Text(self.clone())
    }
}

impl<T: IntoValue> IntoValue for Option<T> {
    fn into_value(self) -> Value {
        self.map_or(Value::Null, T::into_value)
    }
}

/// Types that the SDK converts already.
macro_rules! as_the_sdk_does {
    ($($type:ty),*) => { $(impl IntoValue for $type {
        fn into_value(self) -> Value { Value::from(self) }
    })* };
}
as_the_sdk_does!(i64, i32, u32, u16, u8, f64, &str, String, Vec<u8>, &[u8]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_keep_their_kind() {
        let values = params![1_i64, true, "a", None::<&str>, Some(2.5)];
        assert_eq!(values[0], Value::Integer(1));
        assert_eq!(values[1], Value::Integer(1));
        assert_eq!(values[2], Value::Text("a".into()));
        assert_eq!(values[3], Value::Null);
        assert_eq!(values[4], Value::Real(2.5));
    }
}
