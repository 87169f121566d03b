//! What the indicators of time say of one issue's state, by rules written down here a second time.
use super::fold::State;
use zhuqi::{
    calendar::{Calendar, Limit, shanghai_date},
    time::Time,
};

/// The reply that stands, against one limit.
pub struct Reply {
    pub counts: bool,
    pub in_time: bool,
}

impl State {
    pub fn is_in_c(&self) -> bool {
        let out = ["merged", "rejected", "withdrawn"].contains(&self.status.as_str());
        self.registered_at.is_some() && !self.history && !out && self.resolution != "invalid"
    }

    fn reply(&self, limit: Option<Time>, stands: bool, before: Time) -> Reply {
        let none = Reply { counts: false, in_time: false };
        // An issue without a first limit has none at all.
        let (Some(limit), Some(_)) = (limit, self.first_due) else { return none };
        let replied = self.replied.filter(|_| !self.resolution.is_empty());
        let still = stands && self.paused.is_some_and(|paused| paused <= limit);
        let passed = !still && limit < before;
        let approved = ["awaiting_rating", "disputed", "closed"].contains(&self.status.as_str());
        Reply {
            counts: passed || replied.is_some(),
            in_time: approved && replied.is_some_and(|replied| replied <= limit),
        }
    }

    pub fn first_reply(&self, before: Time) -> Reply {
        self.reply(self.first_due, self.status == "waiting_enterprise", before)
    }

    pub fn extended_reply(&self, before: Time) -> Reply {
        let limit = [self.first_due, self.reply_due].into_iter().flatten().max();
        self.reply(limit, ["waiting_enterprise", "long_term"].contains(&self.status.as_str()), before)
    }

    /// (needs a first contact, was in touch in time)
    pub fn contact(&self, before: Time) -> (bool, bool) {
        let (Some(signed), Some(_)) = (self.signed, self.lead) else { return (false, false) };
        let limit = Calendar::official().due_at(signed, Limit::Workdays(1));
        match self.contacted {
            Some(contacted) if contacted < signed => (false, false),
            Some(contacted) => (true, contacted <= limit),
            None => (limit < before, false),
        }
    }

    /// Workdays from the day after dispatch to the day of closure, of an issue that the company says is solved.
    pub fn workdays(&self) -> Option<i64> {
        let (given, closed) = (shanghai_date(self.dispatched?), shanghai_date(self.closed?));
        let days = given.iter_days().skip(1).take_while(|day| *day <= closed);
        let count = days.filter(|day| Calendar::official().is_workday(*day)).count() as i64;
        (self.status == "closed" && self.answer == "solved").then_some(count)
    }

    /// `other` is the same trouble of the same company again, within 90 days after this one was closed.
    pub fn comes_again_in(&self, other: &State) -> bool {
        let (Some(closed), Some(said)) = (self.closed, other.submitted_at) else { return false };
        let same = self.company.is_some() && self.company == other.company && self.category == other.category;
        same && self.category.is_some() && other.is_in_c() && said > closed && said <= closed.plus_minutes(90 * 24 * 60)
    }
}
