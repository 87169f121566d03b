//! The product in a real browser against the real binary: the main story as people play it, and every page of the route
//! tree as axe-core and the width of the window see it.
mod pages;
mod played;
mod records;
mod step;
mod story;
