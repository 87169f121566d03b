//! One point in time: microseconds since 1970-01-01 UTC, stored as BIGINT so that both engines keep, compare and
//! sort it alike. Everything shown to people goes through `calendar`, which knows Shanghai.
use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    serialize::{self, Output, ToSql},
    sql_types::BigInt,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = BigInt)]
pub struct Time(pub i64);

impl Time {
    /// Stands for "no limit" in columns that are ordered by and so must not be NULL.
    pub const NEVER: Time = Time(i64::MAX);

    /// The machine's clock. The city's clock, which a demo stops, is `calendar::Clock`.
    pub fn system() -> Self {
        Time(chrono::Utc::now().timestamp_micros())
    }
    pub fn is_never(self) -> bool {
        self == Self::NEVER
    }
    pub fn some(self) -> Option<Self> {
        (!self.is_never()).then_some(self)
    }
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Time(self.0.saturating_add(seconds * 1_000_000))
    }
    pub fn plus_minutes(self, minutes: i64) -> Self {
        self.plus_seconds(minutes * 60)
    }
}

impl<DB: Backend> ToSql<BigInt, DB> for Time
where
    i64: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}
impl<DB: Backend> FromSql<BigInt, DB> for Time
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Time(i64::from_sql(bytes)?))
    }
}
