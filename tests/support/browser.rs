//! A person at a browser: headless Chromium, which follows links and submits the forms that are on the page, by the
//! words that stand there. Everything but `axe`, `no_horizontal_scroll` and `run` works with JavaScript off as well.
use super::{chromedriver, wire};
use fantoccini::{Client, ClientBuilder, Locator, elements::Element};
use serde_json::{Value, json};
use std::{
    path::Path,
    time::{Duration, Instant},
};

const AXE: &str = include_str!("../vendor/axe-core-4.14.1/axe.min.js");
const PATIENCE: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// 360 × 740, touch.
    Phone,
    /// 1280 × 900.
    Desk,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scripts {
    On,
    Off,
}

/// Closed when dropped.
pub struct Browser {
    client: Client,
    session: String,
    base: String,
    size: Size,
    scripts: Scripts,
    _profile: tempfile::TempDir,
}

impl Size {
    /// In CSS pixels.
    pub fn pixels(self) -> (u32, u32) {
        match self {
            Self::Phone => (360, 740),
            Self::Desk => (1280, 900),
        }
    }
    fn metrics(self) -> Value {
        let (width, height) = self.pixels();
        let is_phone = self == Self::Phone;
        json!({"width": width, "height": height, "pixelRatio": 1.0, "mobile": is_phone, "touch": is_phone})
    }
}

/// The words as an XPath string.
fn quoted(words: &str) -> String {
    if words.contains('"') { format!("'{words}'") } else { format!("\"{words}\"") }
}

impl Browser {
    /// A new browser with an empty profile; `base` is the server's address, as in [`super::server::Server::url`].
    pub async fn open(base: &str, size: Size, scripts: Scripts) -> Self {
        let driver = chromedriver::running();
        let profile = tempfile::tempdir_in(&driver.folder).expect("a temporary directory");
        let (width, height) = size.pixels();
        let mut options = json!({
            "args": [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
                "--disable-dev-shm-usage", "--lang=en-US",
                format!("--window-size={width},{height}"),
                format!("--user-data-dir={}", profile.path().display()),
            ],
            "mobileEmulation": {"deviceMetrics": size.metrics()},
            "prefs": {"intl.accept_languages": "zh-CN"},
        });
        if scripts == Scripts::Off {
            options["prefs"]["profile.managed_default_content_settings.javascript"] = json!(2);
        }
        let Value::Object(capabilities) = json!({
            "browserName": "chrome",
            "goog:chromeOptions": options,
            "timeouts": {"pageLoad": 60_000, "script": 60_000},
        }) else {
            unreachable!("an object");
        };
        let client = ClientBuilder::new(hyper_util::client::legacy::connect::HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://{}", driver.address))
            .await
            .unwrap_or_else(|why| panic!("Chromium does not start: {why}"));
        let session = client.session_id().await.expect("a session").expect("a session");
        Self { client, session, base: base.to_owned(), size, scripts, _profile: profile }
    }

    /// For what this module has no words for.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Opens a path of the server, such as `/issues`.
    pub async fn visit(&self, path: &str) {
        let address = format!("{}{path}", self.base);
        if let Err(why) = self.client.goto(&address).await {
            panic!("{address} does not open: {why}");
        }
    }

    /// Path and query of the page.
    pub async fn path(&self) -> String {
        let url = self.client.current_url().await.expect("an address");
        url.as_str().trim_start_matches(&self.base).to_owned()
    }

    pub async fn title(&self) -> String {
        self.client.title().await.expect("a title")
    }

    /// What can be read on the page.
    pub async fn text(&self) -> String {
        // The page may be on its way out between the two commands.
        for _ in 0..20 {
            if let Ok(body) = self.client.find(Locator::Css("body")).await
                && let Ok(text) = body.text().await
            {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the page has no text");
    }

    /// Waits until the words stand on the page.
    pub async fn see(&self, words: &str) {
        self.wait_for(words, true).await;
    }

    /// Waits until the page does not say so any more.
    pub async fn see_no(&self, words: &str) {
        self.wait_for(words, false).await;
    }

    async fn wait_for(&self, words: &str, wanted: bool) {
        let begun = Instant::now();
        loop {
            let text = self.text().await;
            if text.contains(words) == wanted {
                return;
            }
            if begun.elapsed() > PATIENCE {
                let what = if wanted { "does not appear" } else { "does not go away" };
                panic!("“{words}” {what} on {}:\n{text}", self.path().await);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub async fn sign_in(&self, account: &str, password: &str) {
        self.visit("/login").await;
        for (name, value) in [("account", account), ("password", password)] {
            let field = self.client.find(Locator::Css(&format!("main [name={name}]"))).await;
            let field = field.expect("a field of the sign-in form");
            field.clear().await.expect("can be emptied");
            field.send_keys(value).await.expect("can be typed into");
        }
        self.click("登录").await;
    }

    /// Clicks the link, button or fold with these words; one in `main` before one elsewhere.
    pub async fn click(&self, label: &str) {
        let words = quoted(label);
        let named = format!(
            "[self::a or self::button or self::summary or self::input[@type='submit' or @type='button']]\
             [normalize-space(.)={words} or normalize-space(text()[normalize-space(.)][1])={words} or \
             @aria-label={words} or (self::input and @value={words})]"
        );
        let places = [format!("//main//*{named}"), format!("//body//*{named}")];
        let found = self.wait_for_shown(&places, &format!("link or button “{label}”")).await;
        if let Err(why) = self.press(&found, "\u{E007}").await {
            panic!("“{label}” cannot be clicked on {}: {why}", self.path().await);
        }
    }

    /// Types into the field with this label, picks the option of a select by its text, or gives a file field the
    /// path. Dates are `2026-11-24`.
    pub async fn fill(&self, label: &str, value: &str) {
        let field = self.field(label).await;
        let kind = match field.tag_name().await.expect("a tag").as_str() {
            "input" => field.attr("type").await.expect("a type").unwrap_or_default(),
            other => other.to_owned(),
        };
        let done = match kind.as_str() {
            "select" => field.select_by_label(value).await,
            "file" => field.send_keys(value).await,
            "checkbox" | "radio" => panic!("“{label}” is chosen, not filled"),
            "date" => {
                // Typed part by part in the order of the browser's own language: month, day, year.
                let parts: Vec<&str> = value.split('-').collect();
                field.send_keys(&format!("{}{}{}", parts[1], parts[2], parts[0])).await
            }
            _ => match field.clear().await {
                Ok(()) => field.send_keys(value).await,
                failed => failed,
            },
        };
        if let Err(why) = done {
            panic!("“{label}” does not take “{value}”: {why}");
        }
    }

    /// Ticks the box or the round button with this label.
    pub async fn choose(&self, label: &str) {
        let field = self.field(label).await;
        if !field.is_selected().await.expect("a state") {
            self.press(&field, " ").await.unwrap_or_else(|why| panic!("“{label}” cannot be chosen: {why}"));
        }
    }

    /// A click. chromedriver waits for a timer of the page after one, which never comes where JavaScript is off:
    /// there the key does it, as for those who work without a mouse.
    pub async fn press(&self, element: &Element, key: &str) -> Result<(), fantoccini::error::CmdError> {
        match self.scripts {
            Scripts::On => {
                // chromedriver scrolls to the very edge of the window, where a fraction of a pixel makes it miss.
                let element_as_value = serde_json::to_value(element)?;
                let script = "arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})";
                self.client.execute(script, vec![element_as_value]).await?;
                element.click().await
            }
            Scripts::Off => element.send_keys(key).await,
        }
    }

    /// What stands in the field with this label.
    pub async fn value(&self, label: &str) -> String {
        let field = self.field(label).await;
        field.prop("value").await.expect("a value").unwrap_or_default()
    }

    /// The field of a label, exactly by its words or else by how the label begins.
    async fn field(&self, label: &str) -> Element {
        let words = quoted(label);
        let mut places = Vec::new();
        for fits in [
            format!("normalize-space(.)={words} or normalize-space(text()[normalize-space(.)][1])={words}"),
            format!("starts-with(normalize-space(.),{words})"),
        ] {
            places.push(format!("//*[self::input or self::select or self::textarea][@id=//label[{fits}]/@for]"));
            places.push(format!("//label[{fits}]//*[self::input or self::select or self::textarea]"));
        }
        places.push(format!("//*[self::input or self::select or self::textarea][@aria-label={words}]"));
        self.wait_for_shown(&places, &format!("field “{label}”")).await
    }

    /// The first element that can be seen, in the order of the places.
    async fn wait_for_shown(&self, places: &[String], what: &str) -> Element {
        let begun = Instant::now();
        loop {
            for place in places {
                for element in self.client.find_all(Locator::XPath(place)).await.unwrap_or_default() {
                    if element.is_displayed().await.unwrap_or(false) {
                        return element;
                    }
                }
            }
            if begun.elapsed() > PATIENCE {
                panic!("no {what} on {}:\n{}", self.path().await, self.text().await);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The value of a script, `return …` included.
    pub async fn run(&self, script: &str) -> Value {
        self.client.execute(script, Vec::new()).await.unwrap_or_else(|why| panic!("{script}: {why}"))
    }

    /// What axe-core objects to on this page, a line for each element.
    pub async fn axe(&self) -> Vec<String> {
        self.run(&format!("{AXE}; return true")).await;
        let script = "const done = arguments[arguments.length - 1];\
            axe.run(document, {resultTypes: ['violations']}).then(found => done(found.violations.flatMap(rule =>\
            rule.nodes.map(node => `${rule.id} (${rule.impact}): ${node.target.join(' ')}: ${rule.help}: ${node.html}`))),\
            why => done(['axe failed: ' + why]));";
        let found = self.client.execute_async(script, Vec::new()).await;
        let found = found.unwrap_or_else(|why| panic!("axe-core: {why}"));
        let lines = found.as_array().expect("a list");
        lines.iter().map(|line| line.as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Panics with what sticks out when the page is wider than the window.
    pub async fn no_horizontal_scroll(&self) {
        let lines = self.sticking_out().await;
        assert!(lines.is_empty(), "{}:\n{}", self.path().await, lines.join("\n"));
    }

    /// What makes the page wider than the window, a line for each element; nothing when it is not.
    pub async fn sticking_out(&self) -> Vec<String> {
        let (width, _) = self.size.pixels();
        let script = format!(
            "const wide = document.documentElement.scrollWidth, out = [];\
             if (wide <= {width}) return out;\
             for (const e of document.body.querySelectorAll('*')) {{\
               const right = Math.round(e.getBoundingClientRect().right);\
               if (right > {width} && out.length < 10) out.push(e.outerHTML.slice(0, 120) + ' ends at ' + right);\
             }}\
             return ['the page is ' + wide + ' wide'].concat(out);"
        );
        let found = self.run(&script).await;
        let lines = found.as_array().expect("a list").iter();
        lines.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// The whole page as a PNG, beyond the window too.
    pub async fn screenshot(&self, file: impl AsRef<Path>) {
        let (width, height) = self.size.pixels();
        let is_phone = self.size == Size::Phone;
        let measured = self.devtools("Page.getLayoutMetrics", json!({}));
        let full = measured["cssContentSize"]["height"].as_f64().unwrap_or(f64::from(height)).ceil();
        let view = |height: f64| json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_phone});
        self.devtools("Emulation.setDeviceMetricsOverride", view(full.max(f64::from(height))));
        let png = self.client.screenshot().await.expect("a screenshot");
        self.devtools("Emulation.setDeviceMetricsOverride", view(f64::from(height)));
        std::fs::write(file, png).expect("the file can be written");
    }

    /// A command of the DevTools protocol.
    pub fn devtools(&self, command: &str, parameters: Value) -> Value {
        let path = format!("/session/{}/goog/cdp/execute", self.session);
        let body = json!({"cmd": command, "params": parameters}).to_string();
        let (status, answer) =
            wire::request(&chromedriver::running().address, "POST", &path, &body).expect("chromedriver answers");
        assert_eq!(status, 200, "{command}: {answer}");
        let mut answer: Value = serde_json::from_str(&answer).expect("JSON");
        answer["value"].take()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let path = format!("/session/{}", self.session);
        let _ = wire::request(&chromedriver::running().address, "DELETE", &path, "");
    }
}
