//! Evaluates jq for ourselves: a child of the program is given an expression and values, tells the places
//! that the expression names in each of them, and is killed if that takes too long.

use jaq_core::load::{Arena, File, Loader};
use jaq_core::{Compiler, Ctx, Vars, data, unwrap_valr};
use jaq_json::{Val, read};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::process::ExitCode;

/// The name of this command; it is none for people.
pub const NAME: &str = crate::cluster::JQ;

#[derive(Deserialize)]
struct Question<'a> {
    expression: String,
    #[serde(borrow)]
    inputs: Vec<&'a RawValue>,
}

/// Answers the one question on standard input.
pub fn main() -> ExitCode {
    let mut text = String::new();
    if std::io::stdin().read_to_string(&mut text).is_err() {
        return ExitCode::from(super::USAGE);
    }
    let Ok(question) = serde_json::from_str::<Question<'_>>(&text) else {
        return ExitCode::from(super::USAGE);
    };
    let answer = match paths(&question.expression, &question.inputs) {
        Ok(all) => json!({ "paths": all }),
        Err(why) => json!({ "fault": why }),
    };
    match write!(std::io::stdout(), "{answer}") {
        Ok(()) => ExitCode::from(super::OK),
        Err(_) => ExitCode::from(super::FAILED),
    }
}

/// The places that an expression names, per input; what fails for one of them names none there, as
/// `del` would then change nothing.
fn paths(expression: &str, inputs: &[&RawValue]) -> Result<Vec<Value>, String> {
    let program = format!("[path({expression})]");
    let defs = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    let funs = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    let arena = Arena::default();
    let file = File { code: program.as_str(), path: () };
    let modules = Loader::new(defs).load(&arena, file).map_err(|_| "it is no jq".to_owned())?;
    let filter = Compiler::default().with_funs(funs).compile(modules).map_err(|errors| {
        let names = errors.iter().flat_map(|(_, names)| names.iter().map(|(name, _)| *name));
        format!("jq does not know {}", names.collect::<Vec<_>>().join(", "))
    })?;
    let of = |input: &&RawValue| {
        let value: Val = read::parse_single(input.get().as_bytes()).ok()?;
        let context = Ctx::<data::JustLut<Val>>::new(&filter.lut, Vars::new([]));
        let first = filter.id.run((context, value)).map(unwrap_valr).next()?.ok()?;
        serde_json::from_str(&first.to_string()).ok()
    };
    Ok(inputs.iter().map(|input| of(input).unwrap_or_else(|| json!([]))).collect())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn told(expression: &str) -> Result<Value, String> {
        let input =
            r#"{"spec": {"containers": [{"name": "a", "env": [{"name": "X"}]}, {"name": "b"}]}}"#;
        let input: &RawValue = serde_json::from_str(input).unwrap();
        paths(expression, &[input]).map(|mut all| all.remove(0))
    }

    #[test]
    fn places_are_told_as_jq_names_them() {
        assert_eq!(
            told(r#".spec.containers[] | select(.name == "b")"#),
            Ok(json!([["spec", "containers", 1]]))
        );
        assert_eq!(
            told(r#".spec.containers[].env[]? | select(.name | startswith("X"))"#),
            Ok(json!([["spec", "containers", 0, "env", 0]]))
        );
        assert_eq!(told(".spec.nothing[]"), Ok(json!([])));
        assert_eq!(told(".spec."), Err("it is no jq".into()));
        assert_eq!(told(".spec | nonsense"), Err("jq does not know nonsense".into()));
    }
}
