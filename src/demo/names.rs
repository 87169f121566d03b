//! People of the demo city: names, sign-in names and telephone numbers that look real and belong to nobody.
use rand::Rng;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Surname, pinyin and how many of a thousand people bear it; after the published rankings of the census, rounded.
const SURNAMES: &str = "王wang74 李li72 张zhang70 刘liu54 陈chen42 杨yang34 赵zhao26 黄huang18 周zhou22 吴wu20 徐xu16 孙sun18 \
    胡hu14 朱zhu14 高gao14 林lin8 何he12 郭guo16 马ma14 罗luo8 梁liang10 宋song12 郑zheng9 谢xie7 韩han10 \
    唐tang6 冯feng8 于yu7 董dong8 萧xiao3 程cheng7 曹cao7 袁yuan7 邓deng5 许xu8 傅fu4 沈shen4 曾zeng3 \
    彭peng4 吕lv6 苏su6 卢lu5 蒋jiang4 蔡cai4 贾jia6 丁ding6 魏wei7 薛xue4 叶ye4 阎yan3 余yu3 潘pan4 杜du6 \
    戴dai3 夏xia4 钟zhong2 汪wang3 田tian5 任ren5 姜jiang4 范fan5 方fang3 石shi4 姚yao4 谭tan2 廖liao2 \
    邹zou2 熊xiong2 金jin2 陆lu3 郝hao3 孔kong3 白bai3 崔cui5 康kang3 毛mao3 邱qiu2 秦qin4 江jiang2 史shi4 \
    顾gu2 侯hou4 邵shao3 孟meng4 龙long2 万wan2 段duan3 雷lei3 钱qian2 汤tang2 尹yin2 黎li1 易yi1 常chang3 \
    武wu3 乔qiao3 贺he2 赖lai1 龚gong1 文wen2 樊fan2 牛niu2 职zhi1 荆jing1 靳jin2 申shen2 禹yu1 司马sima1";

/// Characters of given names with their pinyin; those of the first list go before, those of the second after.
const BEFORE: &str = "建jian 国guo 志zhi 文wen 晓xiao 海hai 明ming 永yong 俊jun 春chun 红hong 玉yu 金jin 庆qing 新xin 世shi \
    立li 学xue 少shao 宏hong 东dong 振zhen 秀xiu 雪xue 丽li 艳yan 淑shu 亚ya 瑞rui 景jing 树shu 德de 占zhan 喜xi 长chang \
    广guang 福fu 万wan 宗zong 爱ai 保bao 凤feng 彩cai 巧qiao 慧hui 子zi 一yi 思si 梦meng 雨yu 佳jia 嘉jia 浩hao 宇yu 梓zi \
    若ruo 书shu 静jing 培pei 孝xiao 克ke 延yan 清qing 松song 荣rong 丙bing 会hui 治zhi 根gen 遂sui 彦yan 怀huai 润run 耀yao";
const AFTER: &str = "伟wei 军jun 勇yong 杰jie 涛tao 超chao 磊lei 鹏peng 辉hui 斌bin 波bo 刚gang 峰feng 亮liang 飞fei 浩hao \
    凯kai 林lin 龙long 健jian 敏min 静jing 丽li 娟juan 艳yan 芳fang 霞xia 燕yan 玲ling 梅mei 萍ping 红hong 英ying 华hua \
    洁jie 颖ying 琳lin 雪xue 莉li 慧hui 平ping 民min 文wen 武wu 生sheng 义yi 礼li 山shan 江jiang 河he 旭xu 阳yang 帆fan \
    栋dong 坤kun 彬bin 博bo 宁ning 璐lu 莹ying 倩qian 娜na 蕾lei 珂ke 轩xuan 豪hao 源yuan 涵han 欣xin 怡yi 妍yan 超chao \
    奇qi 锋feng 森sen 川chuan 洲zhou 岭ling 印yin 才cai 顺shun 祥xiang 成cheng 兴xing 田tian 亭ting 琴qin 云yun 枝zhi 花hua";

/// Well-known people whom the tables could name by chance.
const FAMOUS: &str = "李强 李鹏 王毅 王勇 张军 王凯 刘宁 安伟 何雄 侯红 李宁 李娜 李健 李杰 王刚 王杰 王宁 王浩 王林 王超 \
    王楠 刘洋 刘涛 刘欢 张杰 张宁 张健 张亮 陈龙 陈坤 陈红 陈雪 杨洋 杨阳 杨凯 马龙 马琳 马云 马凯 高峰 \
    高敏 高云 郭涛 郭晶 郭德 朱军 朱婷 孙杨 孙红雷 黄磊 黄海波 赵薇 赵丽颖 周杰 周迅 周涛 胡军 胡歌 许晴 \
    袁泉 董洁 董卿 唐嫣 林丹 何洁 何炅 韩红 韩磊 宋佳 宋英杰 任长霞 常香玉 金庸 李明 李少红 李金羽 王海燕 \
    张海霞 于海 谢娜 谢霆锋 龙永图 江华 武亮";

/// Prefixes of mobile numbers that no operator has been given, so that no reader of a demo calls a stranger.
const PREFIXES: [&str; 10] = ["142", "143", "154", "160", "161", "163", "164", "168", "169", "194"];

static SURNAME_SHARES: LazyLock<Vec<(&str, &str, u32)>> = LazyLock::new(|| {
    let entry = |entry: &'static str| {
        let (rest, share) = entry.split_at(entry.find(|c: char| c.is_ascii_digit()).expect("a share"));
        let (surname, sound) = rest.split_at(rest.find(|c: char| c.is_ascii_lowercase()).expect("a sound"));
        (surname, sound, share.parse().expect("a number"))
    };
    SURNAMES.split_whitespace().map(entry).collect()
});
static FAMOUS_NAMES: LazyLock<HashSet<&str>> = LazyLock::new(|| FAMOUS.split_whitespace().collect());
type Sounds = LazyLock<Vec<(char, &'static str)>>;
static BEFORE_SOUNDS: Sounds = LazyLock::new(|| sounds(BEFORE));
static AFTER_SOUNDS: Sounds = LazyLock::new(|| sounds(AFTER));

fn sounds(table: &'static str) -> Vec<(char, &'static str)> {
    let entry = |entry: &'static str| {
        let first = entry.chars().next().expect("an entry begins with its character");
        (first, &entry[first.len_utf8()..])
    };
    table.split_whitespace().map(entry).collect()
}

/// A surname drawn by frequency and a given name of one (one in five) or two characters.
pub fn person(rng: &mut impl Rng) -> String {
    loop {
        let mut name = surname(rng).to_string();
        if rng.random_ratio(4, 5) {
            name.push(pick(rng, &BEFORE_SOUNDS));
        }
        let last = pick(rng, &AFTER_SOUNDS);
        if name.ends_with(last) {
            continue;
        }
        name.push(last);
        if !FAMOUS_NAMES.contains(name.as_str()) {
            return name;
        }
    }
}

fn surname(rng: &mut impl Rng) -> &'static str {
    let total: u32 = SURNAME_SHARES.iter().map(|line| line.2).sum();
    let mut draw = rng.random_range(0..total);
    for &(surname, _, share) in SURNAME_SHARES.iter() {
        if draw < share {
            return surname;
        }
        draw -= share;
    }
    unreachable!("the draw is below the sum of the shares")
}

fn pick(rng: &mut impl Rng, table: &[(char, &str)]) -> char {
    table[rng.random_range(0..table.len())].0
}

/// A person's name in pinyin without tones and spaces (吕 is `lv`, as people type it). Characters outside the tables
/// above are left out.
pub fn pinyin(name: &str) -> String {
    let (mut spelling, mut rest) = (String::new(), name);
    if let Some((surname, sound, _)) = SURNAME_SHARES.iter().find(|line| name.starts_with(line.0)) {
        spelling.push_str(sound);
        rest = &name[surname.len()..];
    }
    for c in rest.chars() {
        let sound = BEFORE_SOUNDS.iter().chain(AFTER_SOUNDS.iter()).find(|entry| entry.0 == c);
        spelling.push_str(sound.map_or("", |entry| entry.1));
    }
    spelling
}

/// Gives out sign-in names: the pinyin of the name, and from the second bearer on a number after it.
#[derive(Debug, Default)]
pub struct Accounts {
    given: HashMap<String, u32>,
}

impl Accounts {
    pub fn new() -> Self {
        Self::default()
    }
    /// `zhangwei`, then `zhangwei2`, `zhangwei3` …; never the same twice.
    pub fn give(&mut self, name: &str) -> String {
        let spelling = pinyin(name);
        let count = self.given.entry(spelling.clone()).or_default();
        *count += 1;
        if *count == 1 { spelling } else { format!("{spelling}{count}") }
    }
}

/// A mobile number of eleven digits, different for every index below 100,000,000.
pub fn phone(i: u64) -> String {
    // The factor shares no divisor with 10^8, so that the eight digits alone are different.
    let digits = (i % 100_000_000 * 61_803_399 + 27_182_818) % 100_000_000;
    let prefix = PREFIXES[(i.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize % PREFIXES.len()];
    format!("{prefix}{digits:08}")
}

/// What a company's contact person does there.
pub fn post(rng: &mut impl Rng) -> &'static str {
    const POSTS: [&str; 8] =
        ["总经理", "副总经理", "办公室主任", "财务负责人", "行政主管", "生产厂长", "项目经理", "董事长助理"];
    POSTS[rng.random_range(0..POSTS.len())]
}
