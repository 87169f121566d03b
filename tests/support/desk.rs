//! Somebody at work: opens pages and sends forms over HTTP, keeps cookies as a browser does, and sends a form as it
//! stands on the page, with its hidden fields and what is already filled in.
use actix_web::{
    cookie::Cookie,
    http::{StatusCode, header},
    test::{TestRequest, call_service, init_service, read_body},
};
use scraper::{ElementRef, Html, Selector};
use zhuqi::web::{App, server::application};

pub struct Desk {
    pub app: App,
    pub cookies: Vec<Cookie<'static>>,
}

#[derive(Debug, Clone)]
pub struct Page {
    pub status: StatusCode,
    pub location: Option<String>,
    pub headers: header::HeaderMap,
    pub bytes: Vec<u8>,
}

pub fn selector(css: &str) -> Selector {
    Selector::parse(css).unwrap_or_else(|cause| panic!("{css}: {cause}"))
}

fn text_of(element: ElementRef) -> String {
    element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Page {
    pub fn html(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
    /// The texts of all elements that match, spaces folded.
    pub fn texts(&self, css: &str) -> Vec<String> {
        Html::parse_document(&self.html()).select(&selector(css)).map(text_of).collect()
    }
    /// Text and address of all links that match.
    pub fn links(&self, css: &str) -> Vec<(String, String)> {
        let html = Html::parse_document(&self.html());
        let link = |one: ElementRef| (text_of(one), one.attr("href").unwrap_or_default().to_owned());
        html.select(&selector(css)).map(link).collect()
    }
    /// The text of the whole page as people see it.
    pub fn text(&self) -> String {
        self.texts("body").join(" ")
    }
    pub fn says(&self, words: &str) -> bool {
        self.text().contains(words)
    }
    pub fn attribute(&self, css: &str, name: &str) -> Option<String> {
        let html = Html::parse_document(&self.html());
        html.select(&selector(css)).next().and_then(|element| element.attr(name)).map(str::to_owned)
    }
    /// The fields of the first form with this address, as a browser would send it untouched.
    pub fn fields(&self, action: &str) -> Vec<(String, String)> {
        let html = Html::parse_document(&self.html());
        let form = html
            .select(&selector("form"))
            .find(|form| form.attr("action") == Some(action))
            .unwrap_or_else(|| panic!("no form for {action} on {}", self.html()));
        let mut fields = Vec::new();
        for field in form.select(&selector("input[name], select[name], textarea[name]")) {
            let name = field.attr("name").unwrap_or_default().to_owned();
            if field.attr("multiple").is_some() {
                for option in field.select(&selector("option[selected]")) {
                    fields.push((name.clone(), option.attr("value").unwrap_or_default().to_owned()));
                }
                continue;
            }
            let value = match field.value().name() {
                "select" => {
                    let options: Vec<_> = field.select(&selector("option")).collect();
                    let chosen = options.iter().find(|option| option.attr("selected").is_some());
                    chosen.or(options.first()).and_then(|option| option.attr("value")).unwrap_or_default().to_owned()
                }
                "textarea" => field.text().collect::<String>().trim_start_matches('\n').to_owned(),
                _ if matches!(field.attr("type"), Some("radio" | "checkbox")) && field.attr("checked").is_none() => {
                    continue;
                }
                _ if matches!(field.attr("type"), Some("file" | "submit" | "button")) => continue,
                _ => field.attr("value").unwrap_or_default().to_owned(),
            };
            fields.push((name, value));
        }
        fields
    }
    /// Panics with the page when it is not what was expected.
    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{:?} {}", self.location, self.text());
        self
    }
}

impl Desk {
    pub fn new(app: App, cookie: Option<Cookie<'static>>) -> Self {
        Self { app, cookies: cookie.into_iter().collect() }
    }

    pub async fn send(&mut self, request: TestRequest) -> Page {
        let service = init_service(application(self.app.clone())).await;
        let mut request = request.peer_addr("127.0.0.1:40000".parse().expect("an address"));
        for cookie in &self.cookies {
            request = request.cookie(cookie.clone());
        }
        let response = call_service(&service, request.to_request()).await;
        for cookie in response.response().cookies() {
            self.cookies.retain(|kept| kept.name() != cookie.name());
            if cookie.max_age() != Some(actix_web::cookie::time::Duration::ZERO) {
                self.cookies.push(cookie.into_owned());
            }
        }
        let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
        Page {
            status: response.status(),
            location: location.map(str::to_owned),
            headers: response.headers().clone(),
            bytes: read_body(response).await.to_vec(),
        }
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.send(TestRequest::get().uri(path)).await
    }

    /// Sends these fields from a page of our own.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let request = TestRequest::post().uri(path).insert_header(("sec-fetch-site", "same-origin"));
        self.send(request.set_form(fields)).await
    }

    /// Sends the form with this address that stands on the page, with these fields filled in anew.
    pub async fn submit(&mut self, page: &Page, action: &str, filled: &[(&str, &str)]) -> Page {
        let mut fields = page.fields(action);
        for (name, value) in filled {
            fields.retain(|(field, _)| field != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        let fields: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        self.post(action, &fields).await
    }

    /// Opens a page that must be there.
    pub async fn open(&mut self, path: &str) -> Page {
        let page = self.get(path).await;
        assert_eq!(page.status.as_u16(), 200, "{path} {:?} {}", page.location, page.text());
        page
    }

    /// Follows a redirect, which must be one.
    pub async fn follow(&mut self, page: &Page) -> Page {
        let to = page.location.clone().unwrap_or_else(|| panic!("no redirect but {} {}", page.status, page.text()));
        self.open(&to).await
    }
}

impl Desk {
    /// Sends fields as a form with files does, without a file.
    pub async fn send_multipart(&mut self, path: &str, fields: &[(String, String)]) -> Page {
        self.send_files(path, fields, &[]).await
    }

    /// The same with files: (field, name, content).
    pub async fn send_files(&mut self, path: &str, fields: &[(String, String)], files: &[(&str, &str, &[u8])]) -> Page {
        const MARK: &str = "----zhuqi-test-boundary";
        let mut body = Vec::new();
        for (name, value) in fields {
            let head = format!("--{MARK}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
            body.extend_from_slice(head.as_bytes());
        }
        for (field, name, content) in files {
            let head = format!(
                "--{MARK}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{MARK}--\r\n").as_bytes());
        let request = TestRequest::post()
            .uri(path)
            .insert_header(("sec-fetch-site", "same-origin"))
            .insert_header((header::CONTENT_TYPE, format!("multipart/form-data; boundary={MARK}")));
        self.send(request.set_payload(body)).await
    }
}

impl Desk {
    /// Records a problem of the mill with these fields; whoever it is, by the form of the page.
    pub async fn record(&mut self, filled: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> Page {
        let form = self.open("/issues/new").await;
        let mut fields = form.fields("/issues");
        for (name, value) in [("enterprise", "1"), ("text", "用电不稳。想增容。")].iter().chain(filled) {
            fields.retain(|(field, _)| field != name);
            fields.push(((*name).to_owned(), (*value).to_owned()));
        }
        self.send_files("/issues", &fields, files).await
    }
}
