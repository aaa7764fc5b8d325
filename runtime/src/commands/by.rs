//! Who gives a command: the name that is noted with what they do, so that it is never blank.

/// `--by`, of a command that decides something.
#[derive(Debug, clap::Args)]
pub(crate) struct By {
    /// Who decides.
    #[arg(long, default_value_t = user(), value_parser = name)]
    pub(crate) by: String,
}

/// The name in `--by`.
///
/// # Errors
/// When it says nobody, or would break the line that it is noted in.
pub(crate) fn name(said: &str) -> Result<String, String> {
    match said.trim() {
        "" => Err("it says nobody".to_owned()),
        name if name.chars().any(char::is_control) => {
            Err("a name has no control characters".to_owned())
        }
        name => Ok(name.to_owned()),
    }
}

/// Who it is without `--by`: whoever is signed in to the machine, if that is known.
pub(crate) fn user() -> String {
    let user = std::env::var("USER").ok();
    let user = user.and_then(|user| name(&user).ok());
    user.unwrap_or_else(|| "operator".to_owned())
}
