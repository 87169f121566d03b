//! Signs of false closure: each appears for its reason and not otherwise, to whoever follows it up.
use crate::{
    spot::{End, closed, morning, replied},
    supervision::{by, dispatched, recorded, register, signed, step},
    support::city::*,
};
use diesel::prelude::*;
use zhuqi::{
    access::Permission,
    calendar::Clock,
    db::Conn,
    issue::{Issue, step::Step, workflow::*},
    schema::{issues, signs as s},
    sign::{Sign, SignRow, rebuild::rebuild},
    time::Time,
    web::App,
};

const TEXT: &str = "您反映的用电增容问题，我局已会同供电公司现场勘查，外线工程由供电部门投资建设，目前已经送电投运。";

fn found(conn: &mut Conn) -> Vec<(String, Sign, String)> {
    let rows: Vec<SignRow> = s::table.order(s::id).select(SignRow::as_select()).load(conn).expect("signs");
    rows.into_iter()
        .map(|row| {
            let title = issues::table.find(row.issue_id).select(issues::title).first(conn).expect("a title");
            (title, row.sign, row.reason)
        })
        .collect()
}

/// What the city shows after these steps: (title, sign, reason).
fn after(act: impl Fn(&mut Conn) -> zhuqi::error::Result<()> + Send + 'static) -> Vec<(String, Sign, String)> {
    let city = fresh();
    city.app
        .db
        .write_blocking(move |conn| {
            act(conn)?;
            let lived = found(conn);
            // Made anew from the events they are the same.
            rebuild(conn)?;
            let mut again = found(conn);
            let mut sorted = lived.clone();
            sorted.sort();
            again.sort();
            assert_eq!(again, sorted);
            Ok(lived)
        })
        .expect("acts")
}

fn signs(found: &[(String, Sign, String)]) -> Vec<(&str, Sign)> {
    found.iter().map(|(title, sign, _)| (title.as_str(), *sign)).collect()
}

#[test]
fn an_ordinary_closure_shows_nothing() {
    let found = after(|conn| {
        closed(conn, "停汽", End::Answered, morning(3))?;
        closed(conn, "断网", End::Unrated, morning(3).plus_minutes(10)).map(drop)
    });
    // Both are of one company and sub-category, and the second one came before the first was closed.
    assert_eq!(found, []);
}

#[test]
fn what_comes_back_within_ninety_days_of_its_closure_is_a_sign_on_the_closed_one() {
    let registered = |conn: &mut Conn, title: &str, category_id: i64, at: Time| {
        let issue = recorded(conn, title, at)?;
        step(conn, &issue, &by("erqi", Permission::Triage, None), register(category_id), at)
    };
    let days = |n: i64| morning(3).plus_minutes(200 + n * 24 * 60);
    let found = after(move |conn| {
        closed(conn, "停汽", End::Answered, morning(3))?;
        registered(conn, "贷款", CATEGORY_FINANCING, days(10))?;
        registered(conn, "第91天", CATEGORY_UTILITIES, days(91))?;
        registered(conn, "第90天", CATEGORY_UTILITIES, days(90))?;
        Ok(())
    });
    assert_eq!(signs(&found), [("停汽", Sign::Recurrence)]);
    assert_eq!(found[0].2, "销号后 90 天，同一企业又反映同类问题");

    // A category that was corrected is not the same any more, and one that is corrected to it is.
    let found = after(move |conn| {
        closed(conn, "停汽", End::Answered, morning(3))?;
        let correct = |category_id| Step::Correct {
            title: None,
            description: None,
            demand: None,
            category_id: Some(category_id),
            enterprise: None,
            contact: None,
            remark: None,
            reason: "类别选错".into(),
        };
        let office = by("erqi", Permission::CorrectIssue, None);
        let wrong = registered(conn, "其实是贷款", CATEGORY_UTILITIES, days(10))?;
        step(conn, &wrong, &office, correct(CATEGORY_FINANCING), days(11))?;
        let right = registered(conn, "其实是停电", CATEGORY_FINANCING, days(12))?;
        step(conn, &right, &office, correct(CATEGORY_UTILITIES), days(13)).map(drop)
    });
    assert_eq!(signs(&found), [("停汽", Sign::Recurrence)]);
    assert!(found[0].2.starts_with("销号后 12 天"));
}

#[test]
fn replies_that_are_nearly_alike_are_found_across_issues_alone() {
    let found = after(|conn| {
        replied(conn, "甲", &format!("郑州砺衡纺织有限公司：{TEXT}"), morning(3), 180)?;
        let changed = TEXT.replace("现场勘查", "到现场勘查").replace("，目前", "；2026-11-25 目前");
        replied(conn, "乙", &changed, morning(4), 180)?;
        let other = "漏点已经修复，管网阀门全部打开，水压恢复到三公斤，连续观测一周稳定，请您放心生产。";
        let sent_back = replied(conn, "丙", other, morning(5), 180)?;
        let four = zhuqi::issue::step::FourAnswers { solved: false, replied: true, met: true, satisfied: false };
        let back = Step::SendBack { four, reason: "再核实".into(), level: None };
        step(conn, &sent_back, &by("city1", Permission::Review, None), back, morning(6))?;
        // The same words about the same issue are nobody else's.
        let reply = Step::Reply {
            resolution: Resolution::Solved,
            text: other.into(),
            measures: String::new(),
            override_reason: String::new(),
        };
        step(conn, &sent_back, &by("housing", Permission::Handle, Some(HOUSING)), reply, morning(6)).map(drop)
    });
    assert_eq!(signs(&found), [("乙", Sign::Repeated)]);
    assert!(
        found[0].2.starts_with("与另一件问题的答复有 8") || found[0].2.starts_with("与另一件问题的答复有 9"),
        "{found:?}"
    );
}

fn reply(conn: &mut Conn, issue: &Issue, at: Time) -> zhuqi::error::Result<()> {
    let reply = Step::Reply {
        resolution: Resolution::Solved,
        text: format!("{}已经办妥", issue.title.repeat(9)),
        measures: String::new(),
        override_reason: "协办不必等".into(),
    };
    step(conn, issue, &by("housing", Permission::Handle, Some(HOUSING)), reply, at).map(drop)
}

fn contacted(conn: &mut Conn, title: &str, at: Time) -> zhuqi::error::Result<Issue> {
    let issue = signed(conn, title, at)?;
    let contact = Step::Contact { person: "何女士".into(), note: "电话".into() };
    step(conn, &issue, &by("housing", Permission::Handle, Some(HOUSING)), contact, at)
}

#[test]
fn a_reply_around_the_red_light_is_rushed() {
    for (minutes, wanted) in [(-31, false), (-30, true), (0, true), (30, true), (32, false)] {
        let found = after(move |conn| {
            let issue = contacted(conn, "停汽", morning(3))?;
            reply(conn, &issue, issue.step_due_at.plus_minutes(minutes))
        });
        let wanted: &[(&str, Sign)] = if wanted { &[("停汽", Sign::Rushed)] } else { &[] };
        assert_eq!(signs(&found), wanted, "{minutes}");
    }
}

#[test]
fn a_reply_right_after_a_nudge_for_an_overdue_limit_is_rushed() {
    for (late, minutes, wanted) in [(true, 20, true), (true, 40, false), (false, 20, false)] {
        let found = after(move |conn| {
            let issue = contacted(conn, "停汽", morning(3))?;
            let at = issue.step_due_at.plus_minutes(if late { 600 } else { -600 });
            let nudge = Step::Nudge { overdue: 0, text: "请抓紧".into(), co: None };
            step(conn, &issue, &by("erqi", Permission::Review, None), nudge, at)?;
            reply(conn, &issue, at.plus_minutes(minutes))
        });
        assert_eq!(found.len(), usize::from(wanted), "{late} {minutes}: {found:?}");
        if wanted {
            assert_eq!(found[0].2, "因逾期催办后 20 分钟内答复");
        }
    }
}

#[test]
fn fast_and_without_contact_are_told_apart() {
    let found = after(|conn| {
        let issue = contacted(conn, "快", morning(3))?;
        reply(conn, &issue, morning(3).plus_minutes(60))?;
        let issue = contacted(conn, "慢", morning(3))?;
        reply(conn, &issue, morning(3).plus_minutes(61))?;
        let issue = signed(conn, "没有联系", morning(3))?;
        reply(conn, &issue, morning(3).plus_minutes(180))
    });
    assert_eq!(signs(&found), [("快", Sign::Fast), ("没有联系", Sign::Uncontacted)]);
}

#[test]
fn a_withdrawal_is_a_sign_only_right_after_a_dispatch() {
    let found = after(|conn| {
        let withdraw = Step::Withdraw { reason: "不提了".into() };
        let company = by("mill", Permission::AnswerAsEnterprise, None);
        let before = recorded(conn, "没有交办", morning(3))?;
        step(conn, &before, &company, withdraw.clone(), morning(3))?;
        let soon = dispatched(conn, "当天", morning(3))?;
        step(conn, &soon, &company, withdraw.clone(), morning(3).plus_minutes(90))?;
        let late = dispatched(conn, "后来", morning(3))?;
        step(conn, &late, &company, withdraw, morning(5)).map(drop)
    });
    assert_eq!(found, [("当天".to_owned(), Sign::Withdrawn, "交办后 1 小时企业撤回".to_owned())]);
}

#[actix_web::test]
async fn the_list_counts_filters_and_keeps_to_its_area() {
    let mut city = fresh();
    city.app = App { clock: Clock { stopped_at: Some(morning(20)) }, ..city.app.clone() };
    let made = city.app.db.write(|conn| {
        for n in 0..25 {
            let issue = signed(conn, &format!("第{n}件"), morning(3))?;
            reply(conn, &issue, morning(3).plus_minutes(200))?;
        }
        let issue = dispatched(conn, "撤回的", morning(4))?;
        let company = by("mill", Permission::AnswerAsEnterprise, None);
        step(conn, &issue, &company, Step::Withdraw { reason: "不提了".into() }, morning(4)).map(|one| one.number)
    });
    let number = made.await.expect("made");
    let mut office = city.desk("erqi").await;
    let page = office.open("/signs?size=20").await;
    let total: usize = page.texts(".tabs .count")[0].parse().expect("a count");
    assert!(total >= 26, "{total}");
    assert_eq!(page.texts("main tbody tr").len(), 20);
    let next = page.attribute("a[rel=next]", "href").expect("a next page");
    assert_eq!(office.open(&next).await.texts("main tbody tr").len(), (total - 20).min(20));
    let only = office.open("/signs?sign=uncontacted").await;
    assert_eq!(only.texts("main tbody tr").len(), 25);
    assert!(only.says("答复时还没有登记过联系企业"));
    let only = office.open("/signs?sign=withdrawn").await;
    assert_eq!(only.texts("main tbody th a"), ["撤回的"]);
    // On the issue's page too, for the office, the leader and the call-back, and for nobody else.
    for (account, sees) in
        [("erqi", true), ("leader", true), ("callback", true), ("lead1", false), ("cadre1", false), ("mill", false)]
    {
        let page = city.desk(account).await.open(&format!("/issues/{number}")).await;
        assert_eq!(page.texts("#signs").len(), usize::from(sees), "{account}");
    }
    assert!(city.desk("zhengdong").await.open("/signs").await.says("没有这样的线索"));
    let figures = city.desk("erqi").await.open("/supervision").await;
    assert!(figures.texts(".cards .name").contains(&"假办结线索".to_owned()));
}
