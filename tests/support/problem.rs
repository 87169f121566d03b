//! Problems of the mill, brought on by the forms of their pages.
use super::{cast::*, city::City, desk::Desk};
use zhuqi::{time::Time, verify::verify};

/// Records a problem; returns its address.
pub async fn record(desk: &mut Desk, text: &str) -> String {
    let form = desk.open(&format!("/issues/new?enterprise={MILL}")).await;
    let mut fields = form.fields("/issues");
    fields.retain(|(name, _)| name != "text" && name != "enterprise");
    fields.extend([("text".into(), text.into()), ("enterprise".into(), MILL.to_string())]);
    desk.send_multipart("/issues", &fields).await.is(303).location.expect("an address")
}

/// Does a step from the problem's page.
pub async fn step(desk: &mut Desk, path: &str, word: &str, filled: &[(&str, &str)]) {
    let page = desk.open(path).await;
    desk.submit(&page, &format!("{path}/{word}"), filled).await.is(303);
}

/// Registered and dispatched to the housing unit by the office.
pub async fn dispatch(office: &mut Desk, path: &str) {
    let filled = [("category", "4"), ("complexity", "C"), ("lead_unit", "2"), ("duplicates_looked_at", "yes")];
    step(office, path, "triage", &filled).await;
}

pub fn number(path: &str) -> &str {
    path.trim_start_matches("/issues/")
}

/// What `zhuqi verify` says of problems.
pub fn differing(city: &City, now: Time) -> Vec<String> {
    let findings = verify(&city.app.config, &city.app.db, now, |_| ()).expect("verifies").findings;
    let of_issues = findings.into_iter().filter(|one| one.record.starts_with("问题 "));
    of_issues.map(|one| format!("{}: {}", one.record, one.what)).collect()
}
