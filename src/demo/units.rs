//! Departments, townships, parks and working groups of the demo city. An area is its position in `src/area/areas.json`.
//! Departments, townships and streets carry the names that are in public use; parks are plausible, groups follow the
//! campaign's custom to be called after their lead unit (`市发展改革委工作组`).

/// How areas are called in the names of units and groups, in the order of `areas.json`.
pub const AREAS: [&str; 16] = [
    "中原区",
    "二七区",
    "管城回族区",
    "金水区",
    "上街区",
    "惠济区",
    "中牟县",
    "巩义市",
    "荥阳市",
    "新密市",
    "新郑市",
    "登封市",
    "经开区",
    "高新区",
    "航空港区",
    "郑东新区",
];

/// Shares of the companies by area, in thousandths: a city whose centre trades and whose counties manufacture.
pub const COMPANY_SHARES: [u32; 16] = [62, 56, 58, 108, 26, 44, 62, 78, 72, 64, 76, 50, 72, 80, 48, 44];

/// First position of the development zones, whose departments are organised otherwise than a district's.
const FIRST_ZONE: usize = 12;

/// City departments, as full and short name; the first `CITY_GROUPS` lead a group.
const CITY: &[(&str, &str)] = &[
    ("发展和改革委员会", "发展改革委"),
    ("工业和信息化局", "工信局"),
    ("财政局", "财政局"),
    ("人力资源和社会保障局", "人社局"),
    ("自然资源和规划局", "资源规划局"),
    ("城乡建设局", "城建局"),
    ("交通运输局", "交通局"),
    ("商务局", "商务局"),
    ("科学技术局", "科技局"),
    ("农业农村委员会", "农委"),
    ("文化广电和旅游局", "文广旅局"),
    ("市场监督管理局", "市场监管局"),
    ("应急管理局", "应急局"),
    ("生态环境局", "生态环境局"),
    ("城市管理局", "城管局"),
    ("水利局", "水利局"),
    ("住房保障和房地产管理局", "房管局"),
    ("行政审批和政务信息管理局", "审批政务局"),
    ("教育局", "教育局"),
    ("公安局", "公安局"),
    ("地方金融监管部门", "金融监管部门"),
    ("统计局", "统计局"),
    ("审计局", "审计局"),
    ("林业局", "林业局"),
    ("国有资产监督管理委员会", "国资委"),
    ("司法局", "司法局"),
    ("民政局", "民政局"),
    ("卫生健康委员会", "卫健委"),
    ("退役军人事务局", "退役军人局"),
    ("医疗保障局", "医保局"),
    ("大数据管理局", "大数据局"),
    ("体育局", "体育局"),
    ("园林局", "园林局"),
    ("人民防空办公室", "人防办"),
    ("物流口岸局", "物流口岸局"),
    ("投资促进局", "投资促进局"),
    ("税务局", "税务局"),
    ("邮政管理局", "邮政局"),
    ("气象局", "气象局"),
    ("消防救援支队", "消防支队"),
    ("住房公积金管理中心", "公积金中心"),
    ("总工会", "总工会"),
    ("工商业联合会", "工商联"),
    ("委政法委", "委政法委"),
    ("委组织部", "委组织部"),
    ("中级人民法院", "中级法院"),
];

/// Departments of a district, county or county-level city.
const COUNTY: &[(&str, &str)] = &[
    ("发展和改革委员会", "发展改革委"),
    ("财政局", "财政局"),
    ("工业和信息化局", "工信局"),
    ("人力资源和社会保障局", "人社局"),
    ("自然资源局", "自然资源局"),
    ("商务局", "商务局"),
    ("住房和城乡建设局", "住建局"),
    ("市场监督管理局", "市场监管局"),
    ("交通运输局", "交通局"),
    ("行政审批和政务信息管理局", "审批政务局"),
    ("应急管理局", "应急局"),
    ("科学技术局", "科技局"),
    ("城市管理局", "城管局"),
    ("生态环境分局", "生态环境分局"),
    ("金融服务中心", "金融服务中心"),
    ("委政法委", "委政法委"),
];

/// Departments of a development zone's administration.
const ZONE: &[(&str, &str)] = &[
    ("经济发展局", "经济发展局"),
    ("财政金融局", "财政金融局"),
    ("科技创新局", "科技创新局"),
    ("人力资源和社会保障局", "人社局"),
    ("自然资源和规划局", "资源规划局"),
    ("投资促进局", "投资促进局"),
    ("建设局", "建设局"),
    ("市场监督管理局", "市场监管局"),
    ("政务服务局", "政务服务局"),
    ("应急管理局", "应急局"),
    ("商务和物流局", "商务物流局"),
    ("城市管理局", "城管局"),
    ("生态环境分局", "生态环境分局"),
    ("政法工作部", "政法工作部"),
];

const TOWNSHIPS: [&str; 16] = [
    "林山寨街道 建设路街道 棉纺路街道 秦岭路街道 桐柏路街道 西流湖街道 须水街道",
    "淮河路街道 大学路街道 嵩山路街道 铭功路街道 蜜蜂张街道 五里堡街道 马寨镇",
    "北下街街道 南关街道 城东路街道 二里岗街道 紫荆山南路街道 十八里河街道 南曹街道",
    "经八路街道 花园路街道 文化路街道 东风路街道 丰产路街道 国基路街道 杨金路街道 兴达路街道",
    "济源路街道 中心路街道 新安路街道 工业路街道 矿山街道 峡窝镇",
    "刘寨街道 老鸦陈街道 长兴路街道 迎宾路街道 新城街道 花园口镇 古荥镇",
    "东风路街道 青年路街道 广惠街街道 官渡镇 韩寺镇 雁鸣湖镇 姚家镇 黄店镇",
    "孝义街道 杜甫路街道 紫荆路街道 回郭镇 米河镇 竹林镇 小关镇 站街镇",
    "索河街道 京城路街道 豫龙镇 乔楼镇 广武镇 崔庙镇 贾峪镇",
    "青屏街街道 新华路街道 西大街街道 超化镇 大隗镇 来集镇 苟堂镇 曲梁镇",
    "新建路街道 新华路街道 新烟街道 龙湖镇 薛店镇 辛店镇 郭店镇 和庄镇",
    "嵩阳街道 少林街道 中岳街道 大冶镇 告成镇 卢店镇 宣化镇 唐庄镇",
    "明湖街道 潮河街道 京航街道 前程街道 九龙街道 祥云街道",
    "枫杨街道 石佛街道 沟赵街道 梧桐街道 双桥街道",
    "郑港街道 新港街道 银河街道 张庄街道 明港街道 八岗街道",
    "如意湖街道 博学路街道 龙子湖街道 祭城路街道 商都路街道 圃田街道",
];

const PARKS: [&str; 16] = [
    "须水装备产业园 常西湖科创园 中原智谷产业园",
    "马寨先进制造业开发区 二七运河新区产业园 侯寨都市工业园",
    "金岱先进制造业开发区 商都创意产业园 南曹物流园",
    "金水科教园区 杨金高新技术园 国基信息产业园",
    "上街通用航空产业园 铝基新材料产业园 上街装备产业园",
    "惠济都市农业产业园 花园口电商产业园 江山路食品产业园",
    "中牟汽车产业园 官渡工业园 雁鸣湖文旅产业园",
    "巩义先进制造业开发区 回郭镇铝加工产业园 豫联新材料产业园",
    "荥阳先进制造业开发区 豫龙智能装备园 广武建筑科技产业园",
    "新密先进制造业开发区 曲梁服装产业园 大隗造纸产业园",
    "新郑先进制造业开发区 薛店食品产业园 龙湖纺织服装园",
    "登封先进制造业开发区 告成耐材产业园 卢店光伏产业园",
    "经开智能制造产业园 国际物流园 汽车零部件产业园",
    "高新电子电器产业园 传感器产业园 超硬材料产业园",
    "航空港智能终端产业园 综合保税区 生物医药产业园",
    "龙子湖智慧岛 白沙科技产业园 龙湖金融产业园",
];

/// Groups whose lead is a city department; the county-level ones are spread evenly, the first areas having one more.
pub const CITY_GROUPS: usize = 25;
pub const COUNTY_GROUPS: usize = 186;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// 市工业和信息化局, 中原区工业和信息化局
    pub name: String,
    /// 市工信局, 中原区工信局
    pub short_name: String,
    /// Position of its area; none for a city department.
    pub area: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub name: String,
    /// None for a city-level group.
    pub area: Option<usize>,
    /// Full name of the lead unit (组长单位).
    pub lead_unit: String,
}

pub fn city_units() -> Vec<Unit> {
    called("市", CITY, None)
}

/// The departments of one area. Panics when there is no such area.
pub fn county_units(area: usize) -> Vec<Unit> {
    called(AREAS[area], county_table(area), Some(area))
}

fn county_table(area: usize) -> &'static [(&'static str, &'static str)] {
    if area < FIRST_ZONE { COUNTY } else { ZONE }
}

fn called(place: &str, table: &[(&str, &str)], area: Option<usize>) -> Vec<Unit> {
    let unit = |(name, short): &(&str, &str)| {
        // 中原区 + 委政法委 reads 中原区委政法委, 中牟县委政法委, 市委政法委.
        let (name, short_name) = (format!("{place}{name}"), format!("{place}{short}"));
        Unit { name, short_name, area }
    };
    table.iter().map(unit).collect()
}

/// All 211 groups: city-level ones first, then area by area.
pub fn groups() -> Vec<Group> {
    let group =
        |unit: Unit| Group { name: format!("{}工作组", unit.short_name), area: unit.area, lead_unit: unit.name };
    let mut groups: Vec<Group> = city_units().into_iter().take(CITY_GROUPS).map(group).collect();
    for area in 0..AREAS.len() {
        let count = COUNTY_GROUPS / AREAS.len() + usize::from(area < COUNTY_GROUPS % AREAS.len());
        groups.extend(county_units(area).into_iter().take(count).map(group));
    }
    groups
}

/// Townships and streets of an area. Panics when there is no such area.
pub fn townships(area: usize) -> Vec<&'static str> {
    TOWNSHIPS[area].split(' ').collect()
}

/// Industrial parks of an area. Panics when there is no such area.
pub fn parks(area: usize) -> Vec<&'static str> {
    PARKS[area].split(' ').collect()
}

/// The city department that usually handles a category (its identifier such as `financing`). What `categories.json`
/// leaves to the locality (属地) or to triage goes to a department that takes such matters.
pub fn city_lead(category: &str) -> &'static str {
    match category {
        "financing" => "市地方金融监管部门",
        "labor_talent" => "市人力资源和社会保障局",
        "land_factory" | "legacy_title" => "市自然资源和规划局",
        "utilities" => "市城市管理局",
        "approval" => "市行政审批和政务信息管理局",
        "policy_delivery" => "市财政局",
        "market_match" | "arrears" => "市工业和信息化局",
        "logistics" => "市交通运输局",
        "environment" => "市生态环境局",
        "safety_enforcement" => "市应急管理局",
        "innovation" => "市科学技术局",
        "legal" => "市委政法委",
        "amenities" => "市城乡建设局",
        _ => "市发展和改革委员会",
    }
}

/// The area's department that usually handles a category. Panics when there is no such area.
pub fn county_lead(area: usize, category: &str) -> String {
    let (county, zone) = match category {
        "financing" => ("金融服务中心", "财政金融局"),
        "labor_talent" => ("人力资源和社会保障局", "人力资源和社会保障局"),
        "land_factory" | "legacy_title" => ("自然资源局", "自然资源和规划局"),
        "utilities" => ("城市管理局", "城市管理局"),
        "approval" => ("行政审批和政务信息管理局", "政务服务局"),
        "policy_delivery" => ("财政局", "财政金融局"),
        "market_match" => ("商务局", "商务和物流局"),
        "arrears" => ("工业和信息化局", "经济发展局"),
        "logistics" => ("交通运输局", "商务和物流局"),
        "environment" => ("生态环境分局", "生态环境分局"),
        "safety_enforcement" => ("应急管理局", "应急管理局"),
        "innovation" => ("科学技术局", "科技创新局"),
        "legal" => ("委政法委", "政法工作部"),
        "amenities" => ("住房和城乡建设局", "建设局"),
        _ => ("发展和改革委员会", "经济发展局"),
    };
    format!("{}{}", AREAS[area], if area < FIRST_ZONE { county } else { zone })
}
