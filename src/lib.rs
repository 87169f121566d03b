pub mod key;
pub mod text_enum;
pub mod time;
