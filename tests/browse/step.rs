//! A form of a page, by where it sends: the page of a problem has one for each step, and the same words in several.
use crate::support::browser::Browser;
use fantoccini::{Locator, elements::Element};

pub struct StepForm<'a> {
    browser: &'a Browser,
    form: Element,
}

impl<'a> StepForm<'a> {
    /// The form that sends to an address with this end, unfolded.
    pub async fn open(browser: &'a Browser, end: &str) -> Self {
        let fold = format!("//details[not(@open)][.//form[contains(@action, '{end}')]]/summary");
        if let Ok(summary) = browser.client().find(Locator::XPath(&fold)).await {
            browser.press(&summary, "\u{E007}").await.expect("unfolds");
        }
        let css = format!("main form[action$='{end}']");
        let form = browser.client().find(Locator::Css(&css)).await;
        let Ok(form) = form else {
            panic!("no form {css} on {}:\n{}", browser.path().await, browser.text().await);
        };
        Self { browser, form }
    }

    async fn find(&self, xpath: &str) -> Element {
        let found = self.form.find(Locator::XPath(xpath)).await;
        found.unwrap_or_else(|why| panic!("{xpath}: {why}"))
    }

    async fn labelled(&self, around: &str, label: &str) -> Element {
        let label = self.find(&format!(".{around}//label[normalize-space(.)='{label}']")).await;
        let id = label.attr("for").await.expect("an attribute").expect("a field");
        self.find(&format!(".//*[@id='{id}']")).await
    }

    /// One of the round buttons under a legend.
    pub async fn choose(&self, legend: &str, label: &str) {
        let around = format!("//fieldset[legend[normalize-space(.)='{legend}']]");
        let button = self.labelled(&around, label).await;
        self.browser.press(&button, " ").await.expect("can be chosen");
        assert!(button.is_selected().await.expect("a state"), "{legend}: {label}");
    }

    pub async fn tick(&self, label: &str) {
        let tick_box = self.labelled("", label).await;
        self.browser.press(&tick_box, " ").await.expect("can be ticked");
        assert!(tick_box.is_selected().await.expect("a state"), "{label}");
    }

    pub async fn select(&self, label: &str, option: &str) {
        let list = self.labelled("", label).await;
        list.select_by_label(option).await.expect("has the option");
    }

    pub async fn write(&self, label: &str, text: &str) {
        let field = self.labelled("", label).await;
        field.clear().await.expect("can be emptied");
        field.send_keys(text).await.expect("can be typed into");
    }

    pub async fn send(self) {
        let button = self.find(".//button").await;
        self.browser.press(&button, "\u{E007}").await.expect("can be sent");
    }
}
