pub mod db;
pub mod error;
pub mod key;
pub mod schema;
pub mod text_enum;
pub mod time;
