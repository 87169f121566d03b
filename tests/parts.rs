//! The parts that pages are built of, rendered alone.
use askama::Template;
use scraper::{Html, Selector};
use zhuqi::{calendar::Light, error::Invalid, issue::workflow::Status};

struct Pager {
    first: Option<String>,
    previous: Option<String>,
    next: Option<String>,
    last: Option<String>,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"{% import "part/form.html" as form %}{% import "part/pager.html" as part %}{% import "part/mark.html" as mark %}
{% call form::summary(invalid) %}{% endcall %}
{% call form::input(invalid, "name", "名称", name, hint="营业执照上的全称", attributes="autocomplete=\"off\"") %}{% endcall %}
{% call form::textarea(invalid, "words", "原话", "第一行\n第二行", rows=3) %}{% endcall %}
{% call form::select(invalid, "area", "辖区", "2", areas, "请选择", hint="所在区县") %}{% endcall %}
{% call form::choices(invalid, "grade", "程度", "b", grades, wide="choices-2") %}{% endcall %}
{% call form::checks(invalid, "units", "协办", units) %}{% endcall %}
{% call form::check(invalid, "sure", "已核对", true) %}{% endcall %}
{% call form::pick(invalid, "firm", "企业", "砺衡", "/enterprises/suggest") %}{% endcall %}
{% call part::pager("1000+", "条", pager, size, sizes) %}{% endcall %}
{% call mark::light(light) %}{% endcall %}{% call mark::light_short(light) %}{% endcall %}{% call mark::state(status) %}{% endcall %}
{% call mark::empty("还没有走访", "从企业卡片开始记。", href="/visits/new", label="记走访") %}{% endcall %}
{% call mark::definition("解决率", "已解决 ÷ 收集") %}{% endcall %}"#
)]
struct Parts {
    invalid: Invalid,
    name: String,
    areas: Vec<(String, String)>,
    grades: Vec<(String, String, String)>,
    units: Vec<(String, String, bool)>,
    pager: Pager,
    size: i64,
    sizes: Vec<(i64, String)>,
    light: Light,
    status: Status,
}

fn parts(invalid: Invalid) -> Html {
    let text = |text: &str| text.to_owned();
    let page = Parts {
        invalid,
        name: text("\"><script>"),
        areas: vec![(text("1"), text("金水区")), (text("2"), text("高新区"))],
        grades: vec![(text("a"), text("A"), text("至 2022-06-20")), (text("b"), text("B"), text(""))],
        units: vec![(text("7"), text("市公安局"), false), (text("8"), text("市教育局"), true)],
        pager: Pager {
            first: None,
            previous: None,
            next: Some(text("/issues?after=9&size=50")),
            last: Some(text("/issues?last=1")),
        },
        size: 50,
        sizes: vec![(20, text("/issues")), (50, text("/issues?size=50"))],
        light: Light::Overdue(2),
        status: Status::InProgress,
    };
    Html::parse_fragment(&page.render().unwrap())
}

fn all(html: &Html, selector: &str) -> Vec<String> {
    html.select(&Selector::parse(selector).unwrap()).map(|element| element.text().collect()).collect()
}

fn attribute(html: &Html, selector: &str, name: &str) -> Option<String> {
    let element = html.select(&Selector::parse(selector).unwrap()).next()?;
    element.value().attr(name).map(str::to_owned)
}

#[test]
fn a_form_in_order_keeps_what_was_typed() {
    let html = parts(Invalid::default());
    assert!(all(&html, ".error-summary, .field-error, .field-msg, [aria-invalid], script").is_empty());
    assert_eq!(attribute(&html, "#name", "value").unwrap(), "\"><script>");
    assert_eq!(attribute(&html, "#name", "autocomplete").unwrap(), "off");
    assert_eq!(attribute(&html, "#name", "aria-describedby").unwrap(), "name-h");
    assert_eq!(all(&html, "#words"), ["第一行\n第二行"]);
    assert_eq!(all(&html, "#area option"), ["请选择", "金水区", "高新区"]);
    assert_eq!(all(&html, "#area option[selected]"), ["高新区"]);
    assert_eq!(attribute(&html, "[name=grade][checked]", "value").unwrap(), "b");
    assert_eq!(all(&html, ".choice small"), ["至 2022-06-20"]);
    assert_eq!(attribute(&html, "[name=units][checked]", "value").unwrap(), "8");
    assert_eq!(attribute(&html, "#sure[checked]", "value").unwrap(), "1");
    assert_eq!(attribute(&html, "#firm", "data-pick").unwrap(), "/enterprises/suggest");
}

#[test]
fn each_message_stands_in_the_summary_and_at_its_field() {
    let mut invalid = Invalid::default();
    for field in ["name", "words", "area", "grade", "units", "sure", "firm"] {
        invalid.add(field, format!("请改 {field}"));
    }
    let html = parts(invalid);
    assert_eq!(all(&html, ".error-summary li").len(), 7);
    let links = Selector::parse(".error-summary a").unwrap();
    for link in html.select(&links) {
        let href = link.value().attr("href").unwrap();
        let tag = attribute(&html, href, "name").expect("the link leads to a field");
        assert_eq!(format!("#{tag}"), href);
        assert_eq!(all(&html, &format!("{href}-m")), [format!("错误：{}", link.text().collect::<String>())]);
    }
    assert_eq!(all(&html, ".field-error").len(), 7);
    assert_eq!(attribute(&html, "#area", "aria-describedby").unwrap(), "area-m area-h");
}

#[test]
fn every_label_names_a_field() {
    let html = parts(Invalid::default());
    let labels = Selector::parse("label").unwrap();
    let count = html.select(&labels).count();
    assert_eq!(count, 9);
    for label in html.select(&labels) {
        let id = label.value().attr("for").unwrap();
        assert!(attribute(&html, &format!("#{id}"), "name").is_some(), "{id}");
    }
}

#[test]
fn the_pager_leads_only_where_there_are_rows() {
    let html = parts(Invalid::default());
    assert_eq!(all(&html, ".pager .total"), ["共 1000+ 条"]);
    assert_eq!(all(&html, ".pager li a"), ["下一页", "末页"]);
    assert_eq!(all(&html, ".pager li span"), ["首页", "上一页"]);
    assert_eq!(attribute(&html, ".pager [rel=next]", "href").unwrap(), "/issues?after=9&size=50");
    assert_eq!(all(&html, ".pager .seg [aria-current]"), ["50"]);
}

#[test]
fn marks_speak_in_words() {
    let html = parts(Invalid::default());
    assert_eq!(all(&html, ".light.light-overdue"), ["逾期 2 个工作日", "逾期 2 天"]);
    assert_eq!(all(&html, ".state.state-unit"), ["办理中"]);
    assert_eq!(all(&html, ".empty a"), ["记走访"]);
    assert_eq!(all(&html, "details.def p"), ["已解决 ÷ 收集"]);
}
