//! The rules of the source tree that no compiler keeps: who may know what, how long a file may be, what old browsers
//! and the content security policy refuse.
use std::{
    fs,
    path::{Path, PathBuf},
};

const WARN_LINES: usize = 300;
const MOST_LINES: usize = 400;

/// Longer files, each with its ceiling and the reason. A line goes as soon as its file fits.
const LONG: &[(&str, usize, &str)] = &[("src/schema.rs", 800, "one hand-written list of all tables")];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All files below `folder` with one of the extensions: (path from the root, text).
fn files(folder: &str, extensions: &[&str]) -> Vec<(String, String)> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    collect(&root().join(folder), &mut found);
    found.sort();
    let found: Vec<_> = found
        .into_iter()
        .filter(|path| path.extension().is_some_and(|e| extensions.iter().any(|wanted| e == *wanted)))
        .map(|path| {
            let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(&path).unwrap();
            (name, text)
        })
        .collect();
    assert!(!found.is_empty(), "no file to check under {folder}");
    found
}

fn rust_sources() -> Vec<(String, String)> {
    files("src", &["rs"])
}

/// Line numbers (from 1) with `word` outside line comments.
fn lines_with(text: &str, word: &str) -> Vec<usize> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| line.split("//").next().unwrap_or(line).contains(word))
        .map(|(index, _)| index + 1)
        .collect()
}

fn refuse(what: &str, offences: &[String]) {
    assert!(offences.is_empty(), "{what}:\n{}", offences.join("\n"));
}

fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Nouns, workflow and queries of a feature. `web` and `db` are no features.
fn knows_no_http(path: &str) -> bool {
    let is_feature = path.matches('/').count() >= 2 && !path.starts_with("src/web/") && !path.starts_with("src/db/");
    let name = file_name(path);
    is_feature && (name == "mod.rs" || name.starts_with("query") || name.starts_with("workflow"))
}

#[test]
fn queries_workflow_and_nouns_know_no_http_and_no_template() {
    let mut offences = Vec::new();
    let mut checked = 0;
    for (path, text) in rust_sources().iter().filter(|(path, _)| knows_no_http(path)) {
        checked += 1;
        for word in ["actix_web", "askama"] {
            for line in lines_with(text, word) {
                offences.push(format!("{path}:{line}: {word}"));
            }
        }
    }
    assert!(checked >= 5, "only {checked} files looked at");
    refuse("HTTP or templates below the pages", &offences);
}

#[test]
fn pages_know_no_sql() {
    let mut offences = Vec::new();
    let mut checked = 0;
    for (path, text) in &rust_sources() {
        if file_name(path).starts_with("pages") || path.contains("/pages/") {
            checked += 1;
            for word in ["diesel::", "schema::", "sql_query"] {
                for line in lines_with(text, word) {
                    offences.push(format!("{path}:{line}: {word}"));
                }
            }
        }
    }
    assert!(checked >= 1, "no page was looked at");
    refuse("SQL in pages", &offences);
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    const EMPTY_NAMES: &[&str] = &["util", "helper", "common", "service", "manager", "repository", "dto"];
    let mut offences = Vec::new();
    for (path, _) in rust_sources().into_iter().chain(files("tests", &["rs"])) {
        for part in path.trim_end_matches(".rs").split('/') {
            let singular = part.strip_suffix('s').unwrap_or(part);
            if EMPTY_NAMES.iter().any(|name| singular == *name || part.ends_with(&format!("_{name}"))) {
                offences.push(path.clone());
            }
        }
    }
    refuse("name the file after what it holds", &offences);
}

#[test]
fn files_are_short() {
    let mut offences = Vec::new();
    for (path, text) in rust_sources() {
        let lines = text.lines().count();
        match LONG.iter().find(|(name, ..)| *name == path) {
            Some((_, most, why)) if lines > *most => {
                offences.push(format!("{path}: {lines} lines, {most} allowed ({why})"));
            }
            Some(_) if lines <= MOST_LINES => offences.push(format!("{path} fits: take its line out of LONG")),
            Some(_) => {}
            None if lines > MOST_LINES => offences.push(format!("{path}: {lines} lines, {MOST_LINES} allowed")),
            None if lines > WARN_LINES => println!("{path}: {lines} lines, better below {WARN_LINES}"),
            None => {}
        }
    }
    for (path, ..) in LONG {
        if !root().join(path).exists() {
            offences.push(format!("{path} is gone: take its line out of LONG"));
        }
    }
    refuse("split by purpose", &offences);
}

/// A script with comments, strings and regular expressions blanked; template literals stay, they may hold code.
fn script_code(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let (this, next) = (chars[at], chars.get(at + 1).copied());
        let end = match (this, next) {
            ('/', Some('/')) => end_of(&chars, at, |rest| rest[0] == '\n', 0),
            ('/', Some('*')) => end_of(&chars, at + 2, |rest| rest.starts_with(&['*', '/']), 2),
            ('"' | '\'', _) => end_of_quoted(&chars, at, this),
            ('/', _) if starts_regex(&code) => end_of_quoted(&chars, at, '/'),
            _ => {
                code.push(this);
                at += 1;
                continue;
            }
        };
        // A string or an expression is a value; a comment is nothing.
        code.push(if next.is_some_and(|next| this == '/' && (next == '/' || next == '*')) { ' ' } else { '0' });
        at = end;
    }
    code
}

fn end_of(chars: &[char], from: usize, is_end: impl Fn(&[char]) -> bool, length: usize) -> usize {
    (from..chars.len()).find(|at| is_end(&chars[*at..])).map_or(chars.len(), |at| at + length)
}

fn end_of_quoted(chars: &[char], start: usize, quote: char) -> usize {
    let (mut at, mut in_class) = (start + 1, false);
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 1,
            '[' if quote == '/' => in_class = true,
            ']' if quote == '/' => in_class = false,
            found if found == quote && !in_class => return at + 1,
            _ => {}
        }
        at += 1;
    }
    chars.len()
}

/// After an operator or `return` a slash begins a regular expression, after a value it divides.
fn starts_regex(before: &str) -> bool {
    let before = before.trim_end();
    let word: String = before.chars().rev().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
    match before.chars().next_back() {
        None => true,
        Some(last) => "(,=:[!&|?{};+-*%<>~^".contains(last) || ["nruter", "foepyt", "esac"].contains(&word.as_str()),
    }
}

/// Syntax of a script that Chromium 78 lacks. `a?.5:b` is an ordinary condition.
fn too_new_in_script(text: &str) -> Vec<&'static str> {
    let code = script_code(text);
    let mut found = Vec::new();
    if code.contains("??") {
        found.push("??");
    }
    let chained =
        code.match_indices("?.").any(|(at, _)| !code[at + 2..].starts_with(|next: char| next.is_ascii_digit()));
    if chained {
        found.push("?.");
    }
    // Selectors stand in strings.
    if text.contains(":has(") {
        found.push(":has(");
    }
    found
}

fn too_new_in_style(text: &str) -> Vec<&'static str> {
    [":has(", "@container"].into_iter().filter(|word| text.contains(word)).collect()
}

#[test]
fn static_files_run_in_chromium_78() {
    let mut offences = Vec::new();
    for (path, text) in files("static", &["js", "css", "svg"]) {
        let found = if path.ends_with(".js") { too_new_in_script(&text) } else { too_new_in_style(&text) };
        offences.extend(found.iter().map(|word| format!("{path}: {word}")));
    }
    refuse("too new for Chromium 78", &offences);
}

#[test]
fn the_check_for_old_browsers_tells_syntax_from_look_alikes() {
    for fine in ["x=a?.5:b", "s='what??'", r#"s="a\"?.b""#, "r=/a?.b??/g", "// a?.b", "/* a??b */ x", "x=a/b?c:d/e"] {
        assert!(too_new_in_script(fine).is_empty(), "{fine}");
    }
    for (bad, word) in [
        ("x=a?.b", "?."),
        ("x=a?.[0]", "?."),
        ("x=a??b", "??"),
        ("x=a/b;y=c?.d/2", "?."),
        ("x=`${a?.b}`", "?."),
        ("s=/'/;x=a?.b", "?."),
        ("q('li:has(a)')", ":has("),
    ] {
        assert_eq!(too_new_in_script(bad), [word], "{bad}");
    }
    assert_eq!(too_new_in_style("a:has(b){}@container(x){}"), [":has(", "@container"]);
}

/// What the content security policy would block on a page, or what would leave the intranet.
fn blocked_in_template(text: &str) -> Vec<String> {
    const EVENTS: &[&str] = &[
        "click", "change", "submit", "input", "load", "error", "key", "focus", "blur", "mouse", "touch", "pointer",
        "toggle", "drag", "drop", "scroll", "reset", "select", "wheel", "before", "after",
    ];
    const ASSETS: &[&str] =
        &["link", "script", "img", "source", "iframe", "video", "audio", "use", "object", "embed", "image"];
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let mut say = |what: &str| found.push(format!("{}: {what}", index + 1));
        let lower = line.to_lowercase();
        let begins_attribute =
            |at: usize| lower[..at].ends_with(|before: char| before.is_whitespace() || "\"'".contains(before));
        if lower.contains("<style") {
            say("<style");
        }
        if lower.match_indices("style=").any(|(at, _)| begins_attribute(at)) {
            say("style=");
        }
        if lower.contains("javascript:") || lower.contains("hx-on") || lower.contains("hx-vals=\"js") {
            say("a script in an attribute");
        }
        for (at, _) in lower.match_indices("on") {
            let name: &str = &lower[at + 2..];
            let letters = name.chars().take_while(char::is_ascii_lowercase).count();
            if begins_attribute(at)
                && name[letters..].starts_with('=')
                && EVENTS.iter().any(|event| name.starts_with(event))
            {
                say(&format!("on{}=", &name[..letters]));
            }
        }
        for tag in lower.split('<').skip(1) {
            let name: String = tag.chars().take_while(char::is_ascii_alphabetic).collect();
            let inside = tag.split('>').next().unwrap_or(tag);
            let is_elsewhere = ["http://", "https://", "\"//", "'//"].iter().any(|begin| inside.contains(begin));
            if ASSETS.contains(&name.as_str()) && is_elsewhere {
                say(&format!("<{name}> from elsewhere"));
            }
        }
    }
    found
}

#[test]
fn templates_hold_no_inline_style_or_script_and_load_nothing_from_elsewhere() {
    let mut offences = Vec::new();
    for (path, text) in files("templates", &["html", "txt", "xml", "svg"]) {
        offences.extend(blocked_in_template(&text).iter().map(|what| format!("{path}:{what}")));
    }
    refuse("the content security policy blocks it", &offences);
}

#[test]
fn the_check_of_templates_finds_each_kind() {
    for bad in [
        "<p style=\"color:red\">",
        "<style>",
        "<a onclick=\"go()\">",
        "<input ONCHANGE='x'>",
        "<a href=\"javascript:go()\">",
        "<script src=\"https://cdn.example/x.js\">",
        "<img src='//elsewhere/x.png'>",
        "<div hx-on:click=\"x\">",
    ] {
        assert_eq!(blocked_in_template(bad).len(), 1, "{bad}");
    }
    for fine in [
        "<a href=\"https://example.gov.cn/\">",
        "{% if once == 1 %}",
        "<input list-style=\"x\" name=\"on\">",
        "<svg xmlns=\"http://www.w3.org/2000/svg\">",
    ] {
        assert!(blocked_in_template(fine).is_empty(), "{fine}");
    }
}
