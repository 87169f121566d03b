//! Companies of the demo city, each a pure function of its index: 郑州砺衡精工机械有限公司 is place + brand + trade + form.
//! Brand and trade together are different for every index, because an index is carried by a permutation to exactly one
//! pair of them. The names are composed; none is meant to be a company that exists.
use super::units;
use std::sync::LazyLock;

/// Trades by 四上 category and industry section of GB/T 4754-2017. A category's number of trades is its share.
const TRADES: &[(&str, char, &str)] = &[
    (
        "industry",
        'C',
        "精工机械 重工机械 矿山机械 建筑机械 农业机械 包装机械 印刷机械 食品机械 起重设备 输送设备 工业装备 智能装备 数控设备 \
         机床附件 模具科技 轴承制造 阀门制造 管件制造 泵业 减速机 电气设备 电力器材 变压器 开关设备 电线电缆 仪器仪表 \
         传感技术 自动化设备 光电器件 电子元件 磨料磨具 超硬材料 耐火材料 高温材料 铝业 铝箔加工 铜材加工 金属制品 钢结构制造 \
         铸造 锻造 热处理 表面工程 新型建材 装配式建材 节能门窗 石膏制品 水泥制品 管桩 陶瓷 玻璃制品 化工 精细化工 涂料 \
         胶粘材料 塑业 橡塑制品 包装材料 纸业 彩印包装 家具制造 木业 服饰 纺织 针织 制鞋 速冻食品 面业 粮油加工 调味食品 \
         烘焙食品 饮品 乳品 肉制品 饲料 生物制药 中药饮片 医疗器械 汽车零部件 汽车内饰 专用汽车 客车部件 新能源电池 光伏材料 \
         环保设备 水处理设备 制冷设备 消防器材 锅炉制造 体育用品 文具制造",
    ),
    ("industry", 'B', "矿业 石料开采"),
    ("industry", 'D', "热力 燃气 新能源发电"),
    (
        "construction",
        'E',
        "建筑工程 建设工程 市政工程 路桥工程 装饰工程 机电安装 消防工程 幕墙工程 园林工程 防水工程 地基基础工程 钢结构工程 水利工程 \
         电力工程 智能化工程 土石方工程 建筑劳务 管道工程 环保工程",
    ),
    (
        "wholesale",
        'F',
        "贸易 商贸 供应链 钢材贸易 建材贸易 医药贸易 食品贸易 粮油贸易 化工贸易 煤炭贸易 机电贸易 图书发行 农资 汽配贸易 冷鲜贸易 \
         酒业 纺织品贸易 电子商务 进出口贸易 再生资源",
    ),
    (
        "retail",
        'F',
        "百货 超市 汽车销售 汽车贸易 家电销售 大药房 家居广场 生鲜连锁 便利店管理 母婴用品 数码科技 服装销售 石油销售 珠宝 眼镜",
    ),
    ("hotel_catering", 'H', "酒店 酒店管理 餐饮管理 餐饮服务 火锅餐饮 宾馆 团膳服务 度假酒店"),
    ("real_estate", 'K', "置业 房地产开发 房地产 城市建设开发 产业园开发 地产"),
    ("service", 'G', "物流 冷链物流 货运 仓储 快递服务 客运 国际货运代理"),
    ("service", 'I', "信息技术 软件科技 网络科技 数据科技 智能科技 信息系统"),
    ("service", 'L', "人力资源 企业管理 广告 会展服务 设备租赁 保安服务 旅行社"),
    ("service", 'M', "检测技术 工程设计 工程咨询 勘测设计 技术服务 生物科技"),
    ("service", 'N', "环境科技 景区管理 园林绿化 环卫服务"),
    ("service", 'O', "汽车维修 家政服务 洗涤服务"),
    ("service", 'K', "物业管理 物业服务"),
    ("service", 'P', "职业培训"),
    ("service", 'Q', "医院管理 医疗服务"),
    ("service", 'R', "文化传媒 影视文化 体育文化"),
];

const FIRSTS: &str = "砺恒瑞宏鼎泰昌隆盛祥嘉佳润丰裕茂兴旺永安康宁睿智卓越锐锦绣辰旭晟昊骏腾翔鸿启拓创铭诺信诚德仁厚朴远博广汇聚融\
                      凯奥科正亿万金银玉星天中豫嵩洛川岳峻坤沃垚森蓝青绿云";
const TAILS: &str = "衡通达利源和顺发展华业成立基石磐固力能动航帆程途景明亮光耀辉煌升腾跃飞鹏驰骋威特尔斯迪曼菲莱美雅悦欣怡洋海河湖江\
                     澜清泽霖雨露禾谷田园林木枫松柏桥";
const LONG_TAILS: &[&str] = &[
    "嘉禾", "盛世", "联合", "东方", "中兴", "时代", "百川", "千里", "天成", "长青", "大唐", "同创", "众合", "德润",
    "启航", "万象", "新元", "四方", "九州", "三友", "佰特", "思远", "宜家", "汇智",
];

struct Trade {
    above_scale: &'static str,
    industry: char,
    name: &'static str,
}

static TRADE: LazyLock<Vec<Trade>> = LazyLock::new(|| {
    let of_line = |&(above_scale, industry, names): &(&'static str, char, &'static str)| {
        names.split_whitespace().map(move |name| Trade { above_scale, industry, name })
    };
    TRADES.iter().flat_map(of_line).collect()
});
static BRAND: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut tails: Vec<String> = TAILS.chars().map(String::from).collect();
    tails.extend(LONG_TAILS.iter().map(|tail| tail.to_string()));
    let brand = |first: char, tail: &String| (!tail.starts_with(first)).then(|| format!("{first}{tail}"));
    FIRSTS.chars().flat_map(|first| tails.iter().filter_map(move |tail| brand(first, tail))).collect()
});

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    pub name: String,
    /// Position of its area in `areas.json`; a county's name stands in front only when the company is there.
    pub area: usize,
    /// Position in `units::townships(area)`.
    pub township_index: usize,
    /// Position in `units::parks(area)`; two of three companies are in none.
    pub park_index: Option<usize>,
    /// Section of GB/T 4754-2017.
    pub industry: char,
    pub above_scale: &'static str,
    /// `large`, `medium`, `small` or `micro`.
    pub size: &'static str,
    pub tags: Vec<&'static str>,
}

/// How many indices have a name of their own.
pub fn limit() -> u64 {
    (BRAND.len() * TRADE.len()) as u64
}

/// The company of an index, in the city's usual mixture of areas. Panics when `i` is not below `limit()`.
pub fn company(i: u64) -> Company {
    let draw = Draws(i);
    let mut share = draw.below(1, units::COMPANY_SHARES.iter().map(|&share| share as usize).sum());
    let area = units::COMPANY_SHARES.iter().position(|&of_area| {
        let here = share < of_area as usize;
        share = share.wrapping_sub(of_area as usize);
        here
    });
    company_in(i, area.expect("the draw is below the sum of the shares"))
}

/// The company of an index, placed in an area. Panics when `i` is not below `limit()` or there is no such area.
pub fn company_in(i: u64, area: usize) -> Company {
    let (draw, pair) = (Draws(i), pair_of(i) as usize);
    let (trade, brand) = (&TRADE[pair % TRADE.len()], &BRAND[pair / TRADE.len()]);
    let size = match (trade.above_scale, draw.below(2, 100)) {
        (_, 0..3) => "large",
        ("industry" | "construction" | "real_estate", 3..20) | (_, 3..14) => "medium",
        ("industry" | "construction" | "real_estate", 90..) | (_, 86..) => "micro",
        _ => "small",
    };
    let form = match (size, draw.below(3, 10)) {
        ("large", 0..4) => "集团有限公司",
        ("large", 4..7) | ("medium", 0) => "股份有限公司",
        (_, 9) => "有限责任公司",
        _ => "有限公司",
    };
    let county = matches!(area, 6..=11).then(|| units::AREAS[area]);
    let place = match (draw.below(4, 10), county) {
        (0..6, Some(county)) => county,
        (_, _) if size == "large" => "河南",
        (7.., _) => "河南",
        (6, None) => "郑州市",
        _ => "郑州",
    };
    Company {
        name: format!("{place}{brand}{}{form}", trade.name),
        area,
        township_index: draw.below(5, units::townships(area).len()),
        park_index: (draw.below(6, 3) == 0).then(|| draw.below(7, units::parks(area).len())),
        industry: trade.industry,
        above_scale: trade.above_scale,
        size,
        tags: tags(&draw, trade, size),
    }
}

fn tags(draw: &Draws, trade: &Trade, size: &str) -> Vec<&'static str> {
    let technical = matches!(trade.industry, 'C' | 'I' | 'M');
    let small = matches!(size, "small" | "micro");
    let rules: [(bool, usize, &'static str); 7] = [
        (technical, 34, "高新技术企业"),
        (technical && size != "large", 22, "专精特新"),
        (technical && small, 30, "科技型中小企业"),
        (trade.above_scale == "industry" && small, 14, "小升规"),
        (trade.above_scale != "industry" && small, 6, "新纳统"),
        (size == "large", 40, "龙头企业"),
        (matches!(size, "large" | "medium"), 10, "上市后备"),
    ];
    let drawn = rules.iter().enumerate().filter(|(at, rule)| rule.0 && draw.below(10 + *at as u64, 100) < rule.1);
    drawn.map(|(_, rule)| rule.2).collect()
}

/// Carries an index to its pair of brand and trade: a permutation of 22 bits, repeated until it is below the limit, so
/// that different indices below the limit never meet.
fn pair_of(i: u64) -> u64 {
    const BITS: u32 = 22;
    const MASK: u64 = (1 << BITS) - 1;
    let limit = limit();
    assert!(i < limit && limit <= MASK + 1, "there are names for {limit} companies");
    let mut x = i;
    loop {
        for odd in [0x2F_C1A5, 0x1B_56C5, 0x35_1E8D] {
            x = (x * odd + 0x5BD1) & MASK;
            x ^= x >> (BITS / 2);
        }
        if x < limit {
            return x;
        }
    }
}

/// Independent draws for one index.
struct Draws(u64);

impl Draws {
    fn below(&self, what: u64, end: usize) -> usize {
        super::texts::mix(self.0, what) as usize % end
    }
}
