//! What a unit asks for while it works: more time, something from the company, long-term tracking.
use super::{
    Dossier,
    apply::{Context, missing_texts, required},
    deadline::*,
    step::Step,
    workflow::*,
};
use crate::{
    calendar::{Limit, shanghai_date},
    error::{Error, Invalid, Result},
    time::Time,
};
use chrono::NaiveDate;

impl Dossier {
    pub(super) fn ask(&mut self, context: Context, step: &Step, at: Time) -> Result<()> {
        match step {
            Step::RequestExtension { days, reason, .. } => self.request_extension(context, *days, reason, at)?,
            Step::GrantExtension { days, .. } => {
                self.expect_request(Request::Extension)?;
                Invalid(extension_days(*days).into_iter().collect()).check()?;
                self.issue.request = Request::None;
                self.detail.extended_days = i64::from(*days);
                self.issue.due_at = context.calendar(at).shift(self.issue.due_at, i64::from(*days));
                self.set_lead_due(self.issue.due_at);
                self.working_limit(context, at);
            }
            Step::RefuseExtension { opinion } => {
                self.expect_request(Request::Extension)?;
                required(&[("opinion", opinion, "请写明不同意的理由")])?;
                self.issue.request = Request::None;
            }
            Step::RequestSupplement { missing, days } => {
                // The office would have to rule on a problem that is not in work.
                self.expect_no_request()?;
                let stood = self.detail.paused_days;
                let left = i64::from(SUPPLEMENT_DAYS) - stood;
                if left < 1 && !context.is_replay() {
                    let why = format!("这一轮已经停表 {stood} 个工作日，不能再停；请直接联系企业");
                    return Err(Error::refused(why));
                }
                // A limit that has passed is not hidden by stopping the clock.
                if at > self.issue.step_due_at && !context.is_replay() {
                    return Err(Error::refused(self.too_late_to_stop()));
                }
                let mut invalid = missing_texts(&[("missing", missing, "请写明缺什么材料或说明")]);
                if !(1..=left).contains(&i64::from(*days)) && !context.is_replay() {
                    invalid.add("days", format!("补件时间为 1 至 {left} 个工作日"));
                }
                invalid.check()?;
                self.issue.status = Status::WaitingEnterprise;
                self.detail.paused_at = at;
                self.limit(context, StepLimit::Supplement, at, Limit::Workdays(*days));
            }
            Step::Supplement { text } => {
                required(&[("text", text, "请写补充的内容")])?;
                self.resume(context, at, FirstClock::Stood, Some(i64::from(SUPPLEMENT_DAYS)));
            }
            Step::SupplementTimeout => {
                self.resume(context, at, FirstClock::Stood, Some(i64::from(SUPPLEMENT_DAYS)));
            }
            Step::RequestLongTerm { reason, milestones, next_on, told } => {
                let mut invalid = missing_texts(&[
                    ("reason", reason, "请写明一时不能解决的原因"),
                    ("milestones", milestones, "请写明分阶段的目标"),
                    ("told", told, "请写明何时、怎样告知了企业"),
                ]);
                let last = context.calendar(at).due_at(at, self.template(context, at).report);
                for wrong in [later_day(*next_on, at).map(|_| ()), within_interval(context, *next_on, last)] {
                    if let Err(Error::Invalid(found)) = wrong {
                        invalid.0.extend(found.0);
                    }
                }
                invalid.check()?;
                self.expect_no_request()?;
                self.issue.request = Request::LongTerm;
            }
            Step::AgreeLongTerm { next_on, .. } => {
                self.expect_request(Request::LongTerm)?;
                self.issue.request = Request::None;
                self.issue.status = Status::LongTerm;
                self.detail.paused_at = at;
                self.report_limit(context, *next_on, at)?;
            }
            Step::RefuseLongTerm { opinion } => {
                self.expect_request(Request::LongTerm)?;
                required(&[("opinion", opinion, "请写明不同意的理由")])?;
                self.issue.request = Request::None;
            }
            Step::Report { note, next_on } => {
                required(&[("note", note, "请写明阶段进展")])?;
                self.detail.progress.clone_from(note);
                self.report_limit(context, *next_on, at)?;
            }
            Step::Resume { note } => {
                required(&[("note", note, "请写明恢复办理的条件")])?;
                self.resume(context, at, FirstClock::Ran, None);
            }
            _ => return Err(Error::internal("not a step that asks for something")),
        }
        Ok(())
    }

    /// Why the clock cannot be stopped any more, and what can be done instead.
    fn too_late_to_stop(&self) -> String {
        let (limit, on) = (self.issue.step_limit, shanghai_date(self.issue.step_due_at));
        let instead = match limit {
            StepLimit::Contact => "请先登记联系企业",
            StepLimit::Progress => "请先登记进展",
            _ => "缺的材料请直接向企业要；可以答复并报审核，一时不能解决的可以申请挂账",
        };
        format!("“{}”时限（{on}）已过，不能再停表；{instead}", limit.label())
    }

    fn request_extension(&mut self, context: Context, days: u32, reason: &str, at: Time) -> Result<()> {
        let mut invalid = missing_texts(&[("reason", reason, "请写明延期的理由")]);
        invalid.0.extend(extension_days(days));
        invalid.check()?;
        self.expect_no_request()?;
        if self.detail.extended_days > 0 {
            return Err(Error::refused("只能延期一次，这件问题已经延过"));
        }
        let due = shanghai_date(self.issue.due_at);
        if !context.is_replay() && context.calendar(at).workdays_between(shanghai_date(at), due) < 1 {
            return Err(Error::refused("延期须在到期前至少 1 个工作日提出，期限已过"));
        }
        self.issue.request = Request::Extension;
        Ok(())
    }

    /// The next staged report of a long-term issue: on the day that was named, the template's limit at the latest. An old
    /// event may name a later day; it was cut then.
    fn report_limit(&mut self, context: Context, next_on: Option<NaiveDate>, at: Time) -> Result<()> {
        self.limit(context, StepLimit::Report, at, self.template(context, at).report);
        if let Some(on) = next_on {
            let days = later_day(on, at)?;
            within_interval(context, on, self.issue.step_due_at)?;
            let named = context.calendar(at).due_at(at, Limit::NaturalDays(days));
            self.issue.step_due_at = self.issue.step_due_at.min(named);
        }
        Ok(())
    }

    fn resume(&mut self, context: Context, at: Time, first: FirstClock, most: Option<i64>) {
        self.end_pause(context, at, first, most);
        self.issue.status = Status::InProgress;
        self.working_limit(context, at);
    }
}

/// Days from today until the next report.
fn later_day(on: NaiveDate, at: Time) -> Result<u32> {
    match u32::try_from((on - shanghai_date(at)).num_days()) {
        Ok(days @ 1..) => Ok(days),
        _ => Err(Invalid::one("next_on", "下次报告日期须在今天之后").into()),
    }
}

/// A later day would be cut to the template's limit: said rather than done.
fn within_interval(context: Context, on: NaiveDate, last: Time) -> Result<()> {
    let last = shanghai_date(last);
    if on <= last || context.is_replay() {
        return Ok(());
    }
    Err(Invalid::one("next_on", format!("报告间隔不能超过时限模板的规定，最晚 {last}")).into())
}

/// What is wrong with the days of an extension, at its field.
fn extension_days(days: u32) -> Option<(String, String)> {
    let wrong = !(1..=EXTENSION_DAYS).contains(&days);
    wrong.then(|| ("days".into(), format!("延期为 1 至 {EXTENSION_DAYS} 个工作日")))
}
