//! Which instance does the city's own work: the holder of a lease, until it has run out. It only saves double work;
//! every step checks its issue in the transaction that changes it, so that two holders would do no harm.
use crate::{
    db::{Conn, Db},
    error::Result,
    schema::leases as l,
    time::Time,
};
use diesel::prelude::*;

/// Seconds until another instance takes over from one that fell silent.
pub const SECONDS: i64 = 90;

#[derive(Debug, Clone)]
pub struct Lease {
    pub name: &'static str,
    holder: String,
}

impl Lease {
    /// Of this instance, not taken yet.
    pub fn new(name: &'static str) -> Self {
        Self { name, holder: uuid::Uuid::new_v4().simple().to_string() }
    }

    /// Takes or renews it; false while another instance holds it.
    pub fn take(&self, db: &Db, now: Time) -> Result<bool> {
        let lease = self.clone();
        db.write_blocking(move |conn| lease.claim(conn, now))
    }

    fn claim(&self, conn: &mut Conn, now: Time) -> Result<bool> {
        let until = now.plus_seconds(SECONDS);
        let row = l::table.find(self.name);
        let held: Option<(String, Time)> = row.select((l::holder, l::until_at)).first(conn).optional()?;
        match held {
            None => {
                diesel::insert_into(l::table)
                    .values((l::name.eq(self.name), l::holder.eq(&self.holder), l::until_at.eq(until)))
                    .execute(conn)?;
                Ok(true)
            }
            Some((holder, until_at)) if holder == self.holder || until_at < now => {
                diesel::update(row).set((l::holder.eq(&self.holder), l::until_at.eq(until))).execute(conn)?;
                Ok(true)
            }
            Some(_) => Ok(false),
        }
    }
}
