//! Areas: a tree with the city at its root.
use crate::support::city::{self, CITY, ERQI, ZHENGDONG};

#[actix_web::test]
async fn a_street_is_added_below_its_area_and_known_at_once() {
    let city = city::fresh();
    let mut desk = city.desk("sysadmin").await;
    assert_eq!(desk.open("/areas").await.texts("tbody th"), ["郑州市", "二七区", "郑东新区"]);
    let form = desk.open("/areas/new").await;
    let erqi = ERQI.to_string();
    let good = [
        ("name", "建中街街道"),
        ("kind", "街道"),
        ("parent", erqi.as_str()),
        ("gb_code", "410103008"),
        ("number_code", "410103"),
        ("position", "1"),
        ("valid_from", "2026-01-01"),
    ];
    for (field, value) in [
        ("name", ""),
        ("kind", "星球"),
        ("parent", ""),
        ("parent", "99"),
        ("gb_code", "4101"),
        ("gb_code", "410103"),
        ("number_code", "41"),
        ("position", "first"),
        ("valid_from", ""),
    ] {
        let mut filled = good.to_vec();
        filled.retain(|(name, _)| *name != field);
        filled.push((field, value));
        let refused = desk.submit(&form, "/areas", &filled).await.is(422);
        let marked = refused.texts(&format!(".error-summary a[href='#{field}']"));
        assert_eq!(marked.len(), 1, "{field} {value}: {}", refused.text());
    }
    desk.submit(&form, "/areas", &good).await.is(303);
    // Below its parent, not at the end.
    assert_eq!(desk.open("/areas").await.texts("tbody th"), ["郑州市", "二七区", "建中街街道", "郑东新区"]);
    let options = desk.open("/units/new").await.texts("#area option");
    assert!(options.contains(&"建中街街道".to_owned()), "{options:?}");
    // Two areas of the city never number their issues alike.
    let city_id = CITY.to_string();
    let mut clash = good.to_vec();
    clash.retain(|(name, _)| !matches!(*name, "parent" | "gb_code"));
    clash.extend([("parent", city_id.as_str()), ("gb_code", ""), ("once", "")]);
    assert!(desk.submit(&form, "/areas", &clash).await.is(422).says("已经有区县用这个编号用码"));
}

#[actix_web::test]
async fn the_tree_stays_a_tree() {
    let city = city::fresh();
    let mut desk = city.desk("sysadmin").await;
    let (root, erqi, zhengdong) = (format!("/areas/{CITY}"), format!("/areas/{ERQI}"), format!("/areas/{ZHENGDONG}"));
    let id = |id: i64| id.to_string();
    let page = desk.open(&root).await;
    assert!(desk.submit(&page, &root, &[("parent", &id(ERQI))]).await.is(422).says("市本级没有上级"));
    let page = desk.open(&erqi).await;
    desk.submit(&page, &erqi, &[("parent", &id(ZHENGDONG)), ("number_code", "410103")]).await.is(303);
    let page = desk.open(&zhengdong).await;
    let round = desk.submit(&page, &zhengdong, &[("parent", &id(ERQI))]).await.is(422);
    assert!(round.says("不能归到它自己或它的下级"), "{}", round.text());
    desk.submit(&page, &zhengdong, &[("parent", &id(ZHENGDONG)), ("once", "")]).await.is(422);
}

#[actix_web::test]
async fn an_area_in_use_is_not_ended() {
    let city = city::fresh();
    let mut desk = city.desk("sysadmin").await;
    let path = format!("/areas/{ERQI}");
    let page = desk.open(&path).await;
    let refused = desk.submit(&page, &format!("{path}/end"), &[("reason", "撤区")]).await.is(422);
    assert!(refused.says("1 个单位、1 个工作组、1 家企业"), "{}", refused.text());
    desk.get("/areas/99").await.is(404);
}
