//! Completion scripts. What a shell can be told beforehand is told: kinds, themes, keymaps, and the
//! contexts that the kubeconfig has when the script is made; names of apps are asked for when they are
//! wanted. Nothing is refused for not being there.

use super::args::{Args, Global};
use crate::cluster::kubeconfig::{KubeconfigSource, Surroundings};
use crate::kinds::builtin;
use crate::ui::{keymap, theme};
use clap::builder::{PossibleValue, TypedValueParser};
use clap::{Arg, Command, CommandFactory as _, Error, ValueHint};
use std::ffi::OsStr;

/// Takes any text, and knows some.
#[derive(Clone, Debug)]
struct Known(Vec<&'static str>);

impl Known {
    /// The grammar keeps words for as long as the program runs, which ends with the script.
    fn new(words: impl IntoIterator<Item = String>) -> Self {
        Self(words.into_iter().map(|word| &*word.leak()).collect())
    }
}

impl TypedValueParser for Known {
    type Value = String;

    fn parse_ref(&self, cmd: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<String, Error> {
        clap::builder::StringValueParser::new().parse_ref(cmd, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().copied().map(PossibleValue::new)))
    }
}

/// The grammar with what is known of its values.
fn grammar(contexts: Vec<String>) -> Command {
    let names =
        |builtin: &[(&'static str, &str)]| Known(builtin.iter().map(|(name, _)| *name).collect());
    let (themes, keymaps) = (names(theme::BUILTIN), names(keymap::BUILTIN));
    let mut kinds: Vec<String> =
        builtin::resources().iter().map(|resource| resource.gvr.plural.to_string()).collect();
    kinds.sort();
    kinds.dedup();
    let kinds = Known::new(kinds);
    let mut grammar = Args::command()
        .mut_arg("theme", |arg| arg.value_parser(themes))
        .mut_arg("keymap", |arg| arg.value_parser(keymaps))
        .mut_arg("kubeconfig", |arg| arg.value_hint(ValueHint::FilePath))
        .mut_arg("log_file", |arg| arg.value_hint(ValueHint::FilePath));
    if !contexts.is_empty() {
        grammar = grammar.mut_arg("context", |arg| arg.value_parser(Known::new(contexts)));
    }
    let with_kind: Vec<String> = grammar
        .get_subcommands()
        .filter(|sub| sub.get_arguments().any(|arg| arg.get_id() == "kind"))
        .map(|sub| sub.get_name().to_owned())
        .collect();
    for name in with_kind {
        let kinds = kinds.clone();
        grammar = grammar.mut_subcommand(name, |sub| with_kinds(sub, &kinds));
    }
    grammar
}

/// The command with what is known of its kinds. Arguments without a flag lose their place when one of
/// them is changed, so that each is given its own.
fn with_kinds(mut command: Command, kinds: &Known) -> Command {
    let places: Vec<String> = command
        .get_arguments()
        .filter(|arg| arg.is_positional())
        .map(|arg| arg.get_id().to_string())
        .collect();
    for (at, id) in places.iter().enumerate() {
        command = command.mut_arg(id.clone(), |arg| {
            let arg = arg.index(at + 1);
            if id == "kind" { arg.value_parser(kinds.clone()) } else { arg }
        });
    }
    command
}

/// The script for a shell.
pub fn script(global: &Global, shell: clap_complete::Shell) -> String {
    let source = KubeconfigSource::new(global.kubeconfig.clone(), Surroundings::of_process());
    // Without a kubeconfig there are no contexts, which is no failure of this command.
    let contexts = source.load().map_or(Vec::new(), |kubeconfig| {
        kubeconfig.contexts().iter().map(|context| context.name.to_string()).collect()
    });
    // Into memory first: the generator panics where its writer fails.
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut grammar(contexts), "wheelhouse", &mut script);
    with_apps(&String::from_utf8_lossy(&script), shell)
}

/// Commands that take names of apps.
const OF_APPS: &str = "apps sync refresh rollback restart suspend resume terminate drift";

/// What bash is told beside what the grammar knows.
const BASH: &str = r#"
_wheelhouse_with_apps() {
    _wheelhouse "$@"
    local cur="${COMP_WORDS[COMP_CWORD]}" prev="${COMP_WORDS[COMP_CWORD-1]}" word
    [[ "$cur" == -* || "$prev" == -* ]] && return 0
    for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
        if [[ " COMMANDS " == *" $word "* ]]; then
            COMPREPLY+=( $(compgen -W "$(wheelhouse apps -A -o name 2>/dev/null)" -- "$cur") )
            return 0
        fi
    done
}
complete -F _wheelhouse_with_apps -o bashdefault -o default wheelhouse
"#;

/// What zsh is told.
const ZSH: &str = r#"
_wheelhouse_apps() {
    local -a apps
    apps=(${(f)"$(wheelhouse apps -A -o name 2>/dev/null)"})
    compadd -a apps
}
"#;

/// The script, which asks the current context's cluster for its apps where their names are wanted.
fn with_apps(script: &str, shell: clap_complete::Shell) -> String {
    use clap_complete::Shell;
    match shell {
        Shell::Bash => format!("{script}{}", BASH.replace("COMMANDS", OF_APPS)),
        Shell::Zsh => {
            let mut out = String::new();
            for line in script.lines() {
                let takes = line.contains("::apps -- ") || line.contains("::target -- An app");
                let names = takes && line.contains(":_default'");
                out.push_str(&if names {
                    line.replace(":_default'", ":_wheelhouse_apps'")
                } else {
                    line.to_owned()
                });
                out.push('\n');
                if line.starts_with("autoload ") {
                    out.push_str(ZSH);
                }
            }
            out
        }
        Shell::Fish => format!(
            "{script}complete -c wheelhouse -n \"__fish_seen_subcommand_from {OF_APPS}\" -f \
             -a '(wheelhouse apps -A -o name 2>/dev/null)'\n"
        ),
        _ => script.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use clap_complete::Shell;

    #[test]
    fn kinds_contexts_themes_and_keymaps_are_completed() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let mut script = Vec::new();
            let mut grammar = grammar(vec!["prod-eu".into()]);
            clap_complete::generate(shell, &mut grammar, "wheelhouse", &mut script);
            let script = String::from_utf8(script).unwrap();
            // Fish is told no values of arguments without a flag.
            let kind = if shell == Shell::Fish { "get" } else { "statefulsets" };
            for word in [kind, "prod-eu", "high-contrast", "vim", "hazards"] {
                assert!(script.contains(word), "{shell} lacks {word}");
            }
        }
    }

    #[test]
    fn names_of_apps_are_asked_of_the_cluster() {
        for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut grammar(Vec::new()), "wheelhouse", &mut script);
            let script = with_apps(&String::from_utf8(script).unwrap(), shell);
            assert!(script.contains("wheelhouse apps -A -o name"), "{shell}");
        }
        let zsh = with_apps(
            "autoload -U is-at-least\n'*::apps -- Names of apps:_default' \\\n",
            Shell::Zsh,
        );
        assert!(zsh.contains("'*::apps -- Names of apps:_wheelhouse_apps' \\\n"), "{zsh}");
    }

    #[test]
    fn what_is_completed_is_not_all_that_is_taken() {
        grammar(vec!["prod-eu".into()])
            .try_get_matches_from(["wheelhouse", "get", "certificates", "--context", "other"])
            .unwrap();
    }
}
