//! The command line in Chinese: headings of the help, and one sentence for what cannot be understood.
use crate::config::Cli;
use clap::{
    Arg, ArgAction, Command, CommandFactory, FromArgMatches,
    error::{ContextKind, ContextValue, Error, ErrorKind},
};
use std::{error::Error as _, process::ExitCode};

const TEMPLATE: &str = "{about-with-newline}\n用法：{usage}\n\n{all-args}";

fn in_chinese(command: Command) -> Command {
    let help = Arg::new("help").short('h').long("help").action(ArgAction::Help).help("显示这份说明");
    command
        .help_template(TEMPLATE)
        .subcommand_help_heading("命令")
        .subcommand_value_name("命令")
        .disable_help_flag(true)
        .disable_help_subcommand(true)
        // A heading of its own stays: that of the options of all commands.
        .next_help_heading(None)
        .arg(help)
        .mut_args(|arg| match arg.get_help_heading() {
            Some(_) => arg,
            None if arg.is_positional() => arg.help_heading("参数"),
            None => arg.help_heading("选项"),
        })
        .mut_subcommands(in_chinese)
}

fn command() -> Command {
    let version = Arg::new("version").short('V').long("version").action(ArgAction::Version).help("显示版本");
    in_chinese(Cli::command().disable_version_flag(true).next_help_heading(None).arg(version))
}

/// What was asked for, or the exit code after it was told why not.
pub fn parse() -> Result<Cli, ExitCode> {
    let parsed = command().try_get_matches().and_then(|matches| Cli::from_arg_matches(&matches));
    parsed.map_err(|error| {
        if error.use_stderr() {
            eprintln!("{}。用法见 {} --help", refusal(&error), env!("CARGO_PKG_NAME"));
            return ExitCode::from(2);
        }
        // Help and version.
        let _ = error.print();
        ExitCode::SUCCESS
    })
}

fn of(error: &Error, kind: ContextKind) -> Option<String> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        ContextValue::Strings(texts) => Some(texts.join("、")),
        ContextValue::StyledStr(text) => Some(text.to_string()),
        ContextValue::Number(number) => Some(number.to_string()),
        _ => None,
    }
    .filter(|text| !text.is_empty())
}

fn refusal(error: &Error) -> String {
    let arg = of(error, ContextKind::InvalidArg).unwrap_or_default();
    let value = of(error, ContextKind::InvalidValue);
    let instead = |kind, before: &str| of(error, kind).map(|text| format!("{before}{text}")).unwrap_or_default();
    match error.kind() {
        ErrorKind::MissingRequiredArgument => format!("缺少 {arg}"),
        ErrorKind::UnknownArgument => {
            format!("不认识 {arg}{}", instead(ContextKind::SuggestedArg, "，是不是 "))
        }
        ErrorKind::InvalidSubcommand => {
            let named = of(error, ContextKind::InvalidSubcommand).unwrap_or_default();
            format!("没有 {named} 这个命令{}", instead(ContextKind::SuggestedSubcommand, "，是不是 "))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => match value {
            None => format!("{arg} 后面要写一个值{}", instead(ContextKind::ValidValue, "：")),
            Some(value) => {
                let why = match instead(ContextKind::ValidValue, "，可以写 ") {
                    valid if valid.is_empty() => error.source().map(|cause| reason(&cause.to_string())),
                    valid => Some(valid),
                };
                format!("{arg} 不能是“{value}”{}", why.unwrap_or_default())
            }
        },
        ErrorKind::ArgumentConflict => format!("{arg} 写了两次，或者不能一起写"),
        _ => "命令写得不对".into(),
    }
}

/// Of a value that is no number, day or address: ours are in Chinese already, those of libraries are not.
fn reason(cause: &str) -> String {
    if cause.is_ascii() { String::new() } else { format!("：{cause}") }
}
