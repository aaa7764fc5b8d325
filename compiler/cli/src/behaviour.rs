//! The behaviour that a command is about, by its name.

use std::sync::Arc;

use silex_bundle::{Behaviour, Bundle};
use silex_compiler::edit_distance::nearest;
use silex_compiler::typeck::ty;

use crate::Failure;

/// The behaviour of a qualified name, or of a bare one that only one has.
pub(crate) fn find<'a>(
    bundle: &'a Bundle,
    wanted: &str,
) -> Result<(&'a str, &'a Behaviour), Failure> {
    let all = &bundle.behaviours;
    let of_name =
        |(name, _): &(&String, &Arc<Behaviour>)| *name == wanted || ty::bare(name) == wanted;
    let found: Vec<_> = match all.get_key_value(wanted) {
        Some(exact) => vec![exact],
        None => all.iter().filter(of_name).collect(),
    };
    match found.as_slice() {
        [(name, behaviour)] => Ok((name.as_str(), behaviour)),
        [] => {
            let names: Vec<_> = all.keys().map(String::as_str).collect();
            let near = nearest(
                wanted,
                names.iter().flat_map(|name| [*name, ty::bare(name)]),
            );
            let help = near.map_or_else(
                || format!("there are: {}", names.join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            Err(Failure::new(format!(
                "there is no behaviour `{wanted}`: {help}"
            )))
        }
        several => {
            let names: Vec<_> = several.iter().map(|(name, _)| name.as_str()).collect();
            Err(Failure::new(format!(
                "`{wanted}` is the name of several behaviours: say one of {}",
                names.join(", ")
            )))
        }
    }
}
