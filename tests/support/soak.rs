//! How much a test does: little in the usual run, everything with ZHUQI_SOAK=1.
pub fn count(usual: usize, full: usize) -> usize {
    if std::env::var("ZHUQI_SOAK").is_ok_and(|set| set == "1") { full } else { usual }
}
