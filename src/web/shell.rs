//! The frame of every page: who is signed in, the menu with its counts, where I am, what was just done.
use super::{App, AppData, page};
use crate::{
    access::{Permission, Role, Viewer},
    db::Conn,
    error::Result,
    inbox,
    instruction::{self, Standing},
    issue::{
        count::Counts,
        ledger::{LedgerFilter, Limits},
    },
    spot_check,
    time::Time,
};
use actix_web::HttpRequest;

#[derive(Debug, Clone, Default)]
pub struct Shell {
    pub city: String,
    pub viewer: Option<ShellViewer>,
    pub menu: Vec<MenuSection>,
    pub bottom: Vec<BottomItem>,
    /// Label and address; the last one has none.
    pub crumbs: Vec<(String, Option<String>)>,
    pub notice: Option<String>,
    pub demo: bool,
    pub feedback_href: String,
}

#[derive(Debug, Clone)]
pub struct ShellViewer {
    pub name: String,
    pub role_label: String,
    pub home_label: String,
}

#[derive(Debug, Clone)]
pub struct MenuSection {
    pub title: Option<&'static str>,
    pub items: Vec<MenuItem>,
}

#[derive(Debug, Clone)]
pub struct MenuItem {
    pub label: &'static str,
    pub href: String,
    pub current: bool,
    pub count: Option<i64>,
    pub alarm: bool,
    pub mine: bool,
    /// A part of the item above it.
    pub part: bool,
}

#[derive(Debug, Clone)]
pub struct BottomItem {
    pub label: &'static str,
    pub href: String,
    pub current: bool,
    pub count: Option<i64>,
    pub icon: &'static str,
}

/// What the menu needs to know of a request, taken before the work moves to a reading thread.
#[derive(Debug, Clone)]
pub struct Frame {
    path: String,
    notice: Option<String>,
    demo: bool,
    now: Time,
}

impl Frame {
    pub fn of(app: &App, request: &HttpRequest) -> Self {
        Self { path: request.path().to_owned(), notice: page::notice(request), demo: app.is_demo(), now: app.now() }
    }
}

fn item(label: &'static str, href: &str, path: &str) -> MenuItem {
    let target = href.split('?').next().unwrap_or(href);
    let current = if target == "/" || target != href {
        // The address of a filter is one of many at its path.
        path == href
    } else {
        path == target || path.strip_prefix(target).is_some_and(|rest| rest.starts_with('/'))
    };
    MenuItem { label, href: href.to_owned(), current, count: None, alarm: false, mine: false, part: false }
}

impl Shell {
    /// Without counts: for pages of people who are not signed in, and for refusals.
    pub fn plain(request: &HttpRequest, viewer: Option<&Viewer>) -> Self {
        let app = request.app_data::<AppData>();
        let frame = Frame {
            path: request.path().to_owned(),
            notice: page::notice(request),
            demo: app.is_some_and(|app| app.is_demo()),
            now: app.map_or_else(Time::system, |app| app.now()),
        };
        Self::frame(&frame, viewer)
    }

    fn frame(frame: &Frame, viewer: Option<&Viewer>) -> Self {
        let mut shell = Self {
            city: "郑州市".to_owned(),
            notice: frame.notice.clone(),
            demo: frame.demo,
            feedback_href: format!("/feedback?page={}", frame.path),
            ..Self::default()
        };
        if let Some(viewer) = viewer {
            shell.viewer = Some(ShellViewer {
                name: viewer.name.clone(),
                role_label: viewer.role.map_or("未授权", Role::label).to_owned(),
                home_label: viewer.home.clone(),
            });
            shell.menu = menu(viewer, &frame.path);
            shell.bottom = bottom(viewer, &frame.path);
        }
        shell
    }

    /// With the counts of the viewer's work lists.
    pub fn load(conn: &mut Conn, frame: &Frame, viewer: &Viewer, crumbs: &[(&str, Option<&str>)]) -> Result<Self> {
        let mut shell = Self::frame(frame, Some(viewer));
        shell.crumbs = std::iter::once(("首页".to_owned(), Some("/".to_owned())))
            .chain(crumbs.iter().map(|(label, href)| ((*label).to_owned(), href.map(str::to_owned))))
            .collect();
        if viewer.may(Permission::SeeIssues) {
            shell.count(conn, frame, viewer)?;
        }
        Ok(shell)
    }

    /// Each work list of the viewer with what waits in it, below the sum; what is overdue, in 朱.
    fn count(&mut self, conn: &mut Conn, frame: &Frame, viewer: &Viewer) -> Result<()> {
        let counts = Counts::at(conn, frame.now)?;
        let lists = counts.waiting(conn, viewer)?;
        let todo = lists.iter().map(|(_, count)| count).sum();
        for item in self.bottom.iter_mut().filter(|item| item.href == "/") {
            item.count = Some(todo);
        }
        let Some(work) = self.menu.first_mut() else { return Ok(()) };
        for item in work.items.iter_mut().filter(|item| item.href == "/messages") {
            (item.count, item.mine) = (Some(inbox::query::count(conn, viewer.id, true)?), true);
        }
        if let Some(scope) = viewer.scope(Permission::SeeSpotChecks) {
            for item in work.items.iter_mut().filter(|item| item.href == "/spot-checks") {
                let named = format!("spot_checks {scope:?}");
                let open = counts.kept(named, || spot_check::query::count_open(conn, scope))?;
                (item.count, item.mine) = (Some(open), viewer.may(Permission::CallBack));
            }
        }
        if let Some(scope) = viewer.scope(Permission::FollowInstructions) {
            for item in work.items.iter_mut().filter(|item| item.href == "/instructions") {
                let named = format!("instructions {scope:?}");
                let open = || instruction::query::count(conn, scope, Standing::Open, frame.now);
                (item.count, item.mine) = (Some(counts.kept(named, open)?), !viewer.may(Permission::Instruct));
            }
        }
        let Some(at) = work.items.iter().position(|item| item.href == "/") else { return Ok(()) };
        // An overview is no list of its own.
        if viewer.role != Some(Role::Leader) {
            work.items[at].count = Some(todo);
        }
        let parts = lists.iter().map(|(list, count)| MenuItem {
            count: Some(*count),
            part: true,
            ..item(list.label, &format!("/work/{}", list.word), &frame.path)
        });
        let mut parts: Vec<MenuItem> = parts.collect();
        if let (Some(see), false) = (viewer.scope(Permission::SeeIssues), viewer.role == Some(Role::Enterprise)) {
            let overdue = LedgerFilter { limits: Some(Limits::Overdue), ..LedgerFilter::default() };
            let count = counts.ledger(conn, &overdue, see)?;
            let href = "/issues?limits=overdue&order=due";
            parts.push(MenuItem { count: Some(count), alarm: true, part: true, ..item("逾期", href, &frame.path) });
        }
        work.items.splice(at + 1..at + 1, parts);
        Ok(())
    }
}

fn menu(viewer: &Viewer, path: &str) -> Vec<MenuSection> {
    use Permission::*;
    let company = viewer.role == Some(Role::Enterprise);
    let work: &[(&'static str, &str, Permission)] = &[
        (if viewer.role == Some(Role::Leader) { "数据总览" } else { "待办" }, "/", SeeIssues),
        (if company { "我的问题" } else { "问题台账" }, "/issues", SeeIssues),
        ("甄别交办", "/triage", Triage),
        ("督办看板", "/supervision", Supervise),
        ("批示", "/instructions", FollowInstructions),
        ("抽查回访", "/spot-checks", SeeSpotChecks),
        ("假办结线索", "/signs", SeeSpotChecks),
        ("消息", "/messages", SeeIssues),
        ("走访", "/visits", SeeVisits),
        ("座谈会", "/symposiums", SeeVisits),
        (if company { "企业信息" } else { "企业库" }, "/enterprises", SeeEnterprises),
        ("工作组", "/groups", SeeGroups),
    ];
    let figures: &[(&'static str, &str, Permission)] =
        &[("统计通报", "/reports", SeeReports), ("指标口径", "/reports/definitions", SeeReports)];
    let upkeep: &[(&'static str, &str, Permission)] = &[
        ("换届移交", "/assignments/handover", Assign),
        ("导入", "/imports", Import),
        ("问题类别", "/categories", EditCategories),
        ("时限模板", "/deadlines", EditDeadlines),
        ("统计设置", "/reporting", EditReporting),
        ("意见建议", "/feedback/list", ReadFeedback),
        ("单位", "/units", RunSystem),
        ("辖区", "/areas", RunSystem),
        ("工作日历", "/calendar", RunSystem),
        ("开设账号", "/users", RunSystem),
        ("导入", "/base-imports", RunSystem),
        ("对外发送", "/deliveries", RunSystem),
        ("权限管理", "/rights", GrantRights),
        ("导入角色", "/role-imports", GrantRights),
        ("审计日志", "/audit", SeeAudit),
    ];
    [(None, work), (Some("统计"), figures), (Some("维护"), upkeep)]
        .into_iter()
        .map(|(title, lines)| MenuSection {
            title,
            items: lines
                .iter()
                .filter(|(_, _, permission)| viewer.may(*permission))
                .map(|(label, href, _)| MenuItem { mine: *href == "/", ..item(label, href, path) })
                .collect(),
        })
        .filter(|section| !section.items.is_empty())
        .collect()
}

fn bottom(viewer: &Viewer, path: &str) -> Vec<BottomItem> {
    let lines: &[(&'static str, &str, &'static str, Permission)] = &[
        ("走访", "/visits/new", "visit", Permission::RecordVisits),
        ("问题", "/issues", "issue", Permission::SeeIssues),
        (if viewer.role == Some(Role::Leader) { "总览" } else { "待办" }, "/", "todo", Permission::SeeIssues),
        ("统计", "/reports", "more", Permission::SeeReports),
    ];
    lines
        .iter()
        .filter(|line| viewer.may(line.3))
        .map(|(label, href, icon, _)| BottomItem {
            label,
            href: (*href).to_owned(),
            current: item(label, href, path).current,
            count: None,
            icon,
        })
        .collect()
}
