//! A leader's instruction is followed by whom it concerns until it is answered.
use crate::support::{
    city,
    problem::{dispatch, record, step},
};
use zhuqi::{
    calendar::{Calendar, Clock, shanghai_date, start_of_day},
    instruction::remind,
};

#[actix_web::test]
async fn an_instruction_waits_on_first_screens_until_it_is_answered() {
    let mut city = city::fresh();
    let path = record(&mut city.desk("cadre1").await, "停汽三天").await;
    dispatch(&mut city.desk("erqi").await, &path).await;
    let today = city.app.clock.now();
    let wanted = shanghai_date(today).to_string();
    let instruction = [("text", "请马上到现场"), ("answer_by", wanted.as_str())];
    step(&mut city.desk("leader").await, &path, "instruct", &instruction).await;
    // Two days later it is overdue.
    city.app.clock = Clock { stopped_at: Some(today.plus_minutes(2 * 24 * 60)) };
    let (mut office, mut leader, mut unit) =
        (city.desk("erqi").await, city.desk("leader").await, city.desk("housing").await);
    for desk in [&mut office, &mut leader, &mut unit] {
        let first = desk.open("/").await;
        assert!(first.says("请马上到现场") && first.says("逾期 1 条"), "{}", first.text());
        let list = desk.open("/instructions?show=overdue").await;
        assert_eq!(list.texts("main tbody th a"), ["停汽三天"]);
        assert!(list.says("逾期"));
    }
    // Another area's office and another unit have nothing to do with it.
    for account in ["zhengdong", "finance"] {
        let list = city.desk(account).await.open("/instructions").await;
        assert!(list.says("这里没有批示"), "{account}");
    }
    city.desk("mill").await.get("/instructions").await.is(403);
    assert!(!city.desk("mill").await.open(&path).await.says("请马上到现场"), "a company does not read it");

    step(&mut unit, &path, "sign", &[]).await;
    step(&mut unit, &path, "answer_instruction", &[("text", "已经恢复供汽")]).await;
    assert!(leader.open("/instructions").await.says("这里没有批示"));
    assert!(leader.open("/instructions?show=answered").await.says("已经恢复供汽"));
    let page = office.open(&path).await;
    assert!(page.texts("[aria-labelledby=orders]")[0].contains("反馈：已经恢复供汽"));
    assert!(!unit.open("/").await.says("批示待落实"));
}

#[actix_web::test]
async fn an_instruction_is_remembered_before_its_day_and_after_it_once_each() {
    let city = city::fresh();
    let path = record(&mut city.desk("cadre1").await, "停汽三天").await;
    dispatch(&mut city.desk("erqi").await, &path).await;
    let now = city.app.clock.now();
    let calendar = Calendar::official();
    let noon = move |n: u32| start_of_day(calendar.add_workdays(shanghai_date(now), n).on).plus_minutes(12 * 60);
    let wanted = shanghai_date(noon(3)).to_string();
    let instruction = [("text", "请马上到现场"), ("answer_by", wanted.as_str())];
    step(&mut city.desk("leader").await, &path, "instruct", &instruction).await;
    for account in ["leader", "housing", "erqi"] {
        let counted = city.desk(account).await.open("/").await;
        assert_eq!(counted.texts(".sidenav a[href='/instructions'] .count"), ["1 件"], "{account}");
    }
    let db = city.app.db.clone();
    let passes = actix_web::web::block(move || {
        let pass = |at| remind::pass(&db, at).expect("passes");
        (1..6).map(|day| (pass(noon(day)), pass(noon(day).plus_minutes(1)))).collect::<Vec<_>>()
    });
    assert_eq!(passes.await.expect("runs"), [(0, 0), (1, 0), (0, 0), (1, 0), (0, 0)]);
    let (soon, late) = ("离批示要求的反馈日期还剩 1 个工作日", "批示要求的反馈日期已过");
    for (account, hears) in [("housing", [true, true]), ("leader", [false, true]), ("erqi", [false, false])] {
        let messages = city.desk(account).await.open("/messages").await;
        assert_eq!([messages.says(soon), messages.says(late)], hears, "{account}: {}", messages.text());
    }
    let page = city.desk("erqi").await.open(&path).await;
    assert!(page.says("批示提醒") && page.says(late), "{}", page.text());
    assert!(!city.desk("mill").await.open(&path).await.says("批示"), "a company does not read it");
}

#[actix_web::test]
async fn instructions_come_in_pages() {
    let city = city::fresh();
    let path = record(&mut city.desk("cadre1").await, "停汽三天").await;
    let mut leader = city.desk("leader").await;
    for n in 0..21 {
        step(&mut leader, &path, "instruct", &[("text", &format!("第{n}条"))]).await;
    }
    let first = leader.open("/instructions?size=20").await;
    assert_eq!(first.texts("main tbody tr").len(), 20);
    let next = first.attribute(".pager a[rel=next]", "href").expect("a next page");
    assert!(leader.open(&next).await.says("第0条"));
}
