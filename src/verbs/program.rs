//! Running a program of the person's for an object: a plugin, as k9s knows them. The words of a
//! program are filled with what is selected; what comes from the cluster can neither become an
//! option nor a command of a shell.

use super::{Choice, Draft, Value};
use crate::model::{ClusterId, Fault, FaultKind, ObjRef, Plan, PlanId, Program, Text};
use std::collections::BTreeMap;

/// What is known where a program is run: `NAME`, `NAMESPACE`, `COL-READY`; names are upper-case.
pub type Variables = BTreeMap<String, String>;

/// Programs that read an argument as a script.
const SHELLS: [&str; 7] = ["sh", "bash", "zsh", "dash", "ksh", "fish", "ash"];

/// How a program is run, before anything is filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipe {
    /// What people call it.
    pub name: String,
    /// One line on what it does.
    pub doc: String,
    /// The program.
    pub command: String,
    /// Its arguments, with `$VARIABLES` in them.
    pub args: Vec<String>,
    /// Programs that the output goes through, one after the other.
    pub pipes: Vec<Vec<String>>,
    /// It runs beside us.
    pub background: bool,
    /// Its output is told, rather than that it has ended.
    pub tells: bool,
    /// The person is asked before, even where it is safe.
    pub confirm: bool,
    /// It is declared to change nothing.
    pub safe: bool,
    /// What is asked before it runs.
    pub inputs: Vec<Input>,
}

/// Something that is asked before a program runs; `$INPUT_NAME` in its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its name.
    pub name: String,
    /// What people read.
    pub label: String,
    /// It cannot be left empty.
    pub required: bool,
    /// What sort of value.
    pub kind: InputKind,
}

/// What sort of value an input has, with the one it begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// Any text.
    Text(String),
    /// A number.
    Number(String),
    /// True or false.
    Truth(bool),
    /// One of several.
    OneOf(usize, Vec<String>),
}

/// Replaces `$NAME`, `${NAME}` and `$!NAME` (the opposite of a truth) by what they stand for.
///
/// # Errors
/// A variable that is not known here. `${…}` of an unknown name is left for the program.
pub fn fill(text: &str, variables: &Variables) -> Result<String, String> {
    filled(text, variables, &mut |_, _| Ok(()))
}

fn filled(
    text: &str,
    variables: &Variables,
    check: &mut dyn FnMut(&str, &str) -> Result<(), String>,
) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        let (inner, braced) = match after.strip_prefix('{') {
            Some(inner) => (inner, true),
            None => (after, false),
        };
        let (name_and_more, opposite) = match inner.strip_prefix('!') {
            Some(name) => (name, true),
            None => (inner, false),
        };
        let belongs = |c: char| {
            c.is_alphanumeric()
                || matches!(c, '_' | '-')
                || (braced && matches!(c, '%' | '/' | ' ' | ':'))
        };
        let end = name_and_more.find(|c| !belongs(c)).unwrap_or(name_and_more.len());
        let (name, tail) = name_and_more.split_at(end);
        let closed = if braced { tail.strip_prefix('}') } else { Some(tail) };
        let (Some(tail), false) = (closed, name.is_empty()) else {
            // A dollar that stands for itself.
            out.push('$');
            rest = after;
            continue;
        };
        match variables.get(&name.to_uppercase()) {
            Some(value) => {
                let value = match (value.parse::<bool>(), opposite) {
                    (Ok(truth), true) => (!truth).to_string(),
                    _ => value.clone(),
                };
                check(name, &value)?;
                out.push_str(&value);
            }
            None if braced => out.push_str(&rest[at..rest.len() - tail.len()]),
            None => return Err(format!("${name} is not known here")),
        }
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

/// Characters that mean something to no shell.
fn harmless(value: &str) -> bool {
    value.chars().all(|c| c.is_alphanumeric() || " ._:/@=,+%-".contains(c))
}

/// A program in the making.
#[derive(Debug)]
pub struct Run {
    recipe: Recipe,
    variables: Variables,
    targets: Vec<ObjRef>,
    cluster: ClusterId,
    context: Text,
    /// What is worth knowing before.
    notes: Vec<String>,
}

impl Run {
    /// For the selected object, if one is selected.
    pub fn new(
        recipe: Recipe,
        variables: Variables,
        target: Option<ObjRef>,
        cluster: ClusterId,
        context: Text,
    ) -> Self {
        let targets = target.into_iter().collect();
        Self { recipe, variables, targets, cluster, context, notes: Vec::new() }
    }

    /// The same, with something that should be known before.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Whether it runs without anybody being asked.
    pub fn goes_unasked(&self) -> bool {
        self.recipe.safe && !self.recipe.confirm && self.recipe.inputs.is_empty()
    }

    fn fault(&self, why: impl Into<String>) -> Fault {
        Fault::new(FaultKind::Input, self.title(), why.into())
    }

    /// The program as it would run now.
    ///
    /// # Errors
    /// A variable is not known here, or holds what would be obeyed as an option or by a shell.
    pub fn built(&self) -> Result<Program, Fault> {
        let mut variables = self.variables.clone();
        let mut own = Vec::new();
        for input in &self.recipe.inputs {
            let name = format!("INPUT_{}", input.name.to_uppercase());
            let value = match &input.kind {
                InputKind::Text(text) | InputKind::Number(text) => text.clone(),
                InputKind::Truth(on) => on.to_string(),
                InputKind::OneOf(at, of) => of.get(*at).cloned().unwrap_or_default(),
            };
            own.push(name.clone());
            variables.insert(name, value);
        }
        let program = self.recipe.command.rsplit('/').next().unwrap_or_default();
        let shell = SHELLS.contains(&program);
        let mut argv = vec![self.recipe.command.clone()];
        for (at, template) in self.recipe.args.iter().enumerate() {
            let before = at.checked_sub(1).and_then(|at| self.recipe.args.get(at));
            // `bash -c`, `sh -ec`: what follows is a script, even where it is nothing but a variable.
            let script =
                shell && before.is_some_and(|flag| flag.starts_with('-') && flag.ends_with('c'));
            let mut check = |name: &str, value: &str| {
                // What the person typed is theirs.
                if own.contains(&name.to_uppercase()) {
                    return Ok(());
                }
                let whole =
                    template.trim_start_matches(['$', '{', '!']).trim_end_matches('}') == name;
                if shell && (script || !whole) && !harmless(value) {
                    return Err(format!(
                        "${name} is {value:?} here: a shell would obey what is in it"
                    ));
                }
                if template.starts_with('$') && value.starts_with('-') {
                    return Err(format!(
                        "${name} is {value:?} here: {program} would take it for an option"
                    ));
                }
                Ok(())
            };
            let filled = filled(template, &variables, &mut check).map_err(|why| self.fault(why))?;
            if filled.contains('\0') {
                return Err(self.fault("a word has a zero byte in it"));
            }
            argv.push(filled);
        }
        let recipe = &self.recipe;
        Ok(Program {
            name: recipe.name.clone(),
            argv,
            pipes: recipe.pipes.clone(),
            background: recipe.background,
            tells: recipe.tells,
            safe: recipe.safe,
            context: self.context.clone(),
        })
    }
}

impl Draft for Run {
    fn title(&self) -> String {
        match self.targets.first() {
            Some(target) => format!("Run {} for {target}", self.recipe.name),
            None => format!("Run {}", self.recipe.name),
        }
    }

    fn button(&self) -> String {
        "Run".into()
    }

    fn targets(&self) -> &[ObjRef] {
        &self.targets
    }

    fn choices(&self) -> Vec<Choice> {
        self.recipe
            .inputs
            .iter()
            .map(|input| {
                let (name, label) = (input.name.as_str(), input.label.as_str());
                match &input.kind {
                    InputKind::Truth(on) => Choice::toggle(name, label, *on),
                    InputKind::OneOf(at, of) => Choice::one_of(name, label, *at, of.clone()),
                    InputKind::Text(text) | InputKind::Number(text) => {
                        let choice = Choice::typed(name, label, text.as_str());
                        match &input.kind {
                            _ if text.is_empty() && input.required => choice.wrong("it is needed"),
                            InputKind::Number(text)
                                if !text.is_empty() && text.parse::<f64>().is_err() =>
                            {
                                choice.wrong(format!("{text:?} is no number"))
                            }
                            _ => choice,
                        }
                    }
                }
            })
            .collect()
    }

    fn set(&mut self, id: &str, value: Value) {
        let Some(input) = self.recipe.inputs.iter_mut().find(|input| input.name == id) else {
            return;
        };
        match (&mut input.kind, value) {
            (InputKind::Truth(on), Value::Toggle(new)) => *on = new,
            (InputKind::OneOf(at, _), Value::OneOf { at: new, .. }) => *at = new,
            (InputKind::Text(text) | InputKind::Number(text), Value::Typed(new)) => *text = new,
            _ => {}
        }
    }

    fn plan(&self, id: PlanId, context: &Text) -> Result<Plan, Fault> {
        let program = self.built()?;
        let mut plan = Plan::empty(id, self.cluster, context.clone(), self.title());
        if !self.recipe.doc.is_empty() {
            plan = plan.note(self.recipe.doc.as_str());
        }
        plan = plan.note(format!("runs: {}", program.words()));
        plan = plan.note(if program.background {
            "in the background: what it prints becomes a message"
        } else {
            "it gets the terminal until it ends"
        });
        for note in &self.notes {
            plan = plan.warn(note.as_str());
        }
        if !program.safe {
            plan = plan.warn("wheelhouse cannot know what it does, nor follow or undo it").losing();
        }
        Ok(plan)
    }

    fn program(&self) -> Option<Program> {
        self.built().ok()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
    use super::super::testing::object;
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Variables {
        pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
    }

    fn run(command: &str, args: &[&str], pairs: &[(&str, &str)]) -> Run {
        let recipe = Recipe {
            name: "trace".into(),
            command: command.into(),
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            ..Recipe::default()
        };
        let target = object("", "pods", "Pod", "api");
        Run::new(recipe, variables(pairs), Some(target), ClusterId(0), "dev".into())
    }

    #[test]
    fn variables_are_filled_in_as_k9s_does() {
        let known = variables(&[
            ("NAME", "api"),
            ("NAMESPACE", "shop"),
            ("COL-READY", "1/1"),
            ("SUSPENDED", "false"),
            ("COL-%CPU/R", "12%"),
        ]);
        let fill = |text| fill(text, &known);
        assert_eq!(fill("$NAMESPACE/$NAME").unwrap(), "shop/api");
        assert_eq!(fill("--ready=$COL-READY").unwrap(), "--ready=1/1");
        assert_eq!(fill("$name").unwrap(), "api");
        assert_eq!(fill("$!SUSPENDED").unwrap(), "true");
        assert_eq!(fill("${COL-%CPU/R}").unwrap(), "12%");
        assert_eq!(fill("a ${HOME} $(date) 5$").unwrap(), "a ${HOME} $(date) 5$");
        assert_eq!(fill("$NOPE").unwrap_err(), "$NOPE is not known here");
    }

    #[test]
    fn words_stay_words_whatever_is_in_them() {
        let run = run(
            "kubectl",
            &["get", "pod", "$NAME", "-l", "$COL-LABELS"],
            &[("NAME", "a b; c"), ("COL-LABELS", "x=$(y)")],
        );
        let program = run.built().unwrap();
        assert_eq!(program.argv, ["kubectl", "get", "pod", "a b; c", "-l", "x=$(y)"]);
        assert_eq!(program.words(), "kubectl get pod 'a b; c' -l 'x=$(y)'");
    }

    #[test]
    fn what_comes_from_the_cluster_is_neither_an_option_nor_a_script() {
        let option = run("kubectl", &["get", "$COL-TEAM"], &[("COL-TEAM", "--kubeconfig=/tmp/x")]);
        assert!(option.built().unwrap_err().why.contains("for an option"));
        let script =
            |value| run("/bin/bash", &["-c", "echo $NAME | less"], &[("NAME", value)]).built();
        assert_eq!(script("system:node-1").unwrap().argv[2], "echo system:node-1 | less");
        assert!(script("$(reboot)").unwrap_err().why.contains("a shell would obey"));
        assert!(script("a'b").is_err() && script("a\nb").is_err());
        assert!(run("sh", &["-ec", "$NAME"], &[("NAME", "a; b")]).built().is_err());
        // As a word of its own the shell does not read it.
        let word =
            run("bash", &["-c", "echo \"$0\"", "$COL-NOTE"], &[("0", "x"), ("COL-NOTE", "a; b")]);
        assert_eq!(word.built().unwrap().argv[3], "a; b");
    }

    #[test]
    fn inputs_are_asked_for_and_become_variables() {
        let mut run = run(
            "flux",
            &["reconcile", "$NAME", "--with-source=$INPUT_SOURCE", "$INPUT_WHY"],
            &[("NAME", "web")],
        );
        run.recipe.inputs = vec![
            Input {
                name: "source".into(),
                label: "With source".into(),
                required: false,
                kind: InputKind::Truth(false),
            },
            Input {
                name: "why".into(),
                label: "Why".into(),
                required: true,
                kind: InputKind::Text(String::new()),
            },
            Input {
                name: "n".into(),
                label: "N".into(),
                required: false,
                kind: InputKind::Number("x".into()),
            },
        ];
        let errors: Vec<String> = run.choices().into_iter().map(|choice| choice.error).collect();
        assert_eq!(errors, ["", "it is needed", "\"x\" is no number"]);
        run.set("source", Value::Toggle(true));
        run.set("why", Value::Typed("-; rm".into()));
        assert_eq!(run.built().unwrap().argv[3..], ["--with-source=true", "-; rm"]);
        assert!(!run.goes_unasked());
    }

    #[test]
    fn only_what_is_declared_safe_goes_unasked_and_the_rest_loses() {
        let mut run = run("kubectl", &["get", "$NAME"], &[("NAME", "api")]);
        assert!(!run.goes_unasked());
        let plan = run.plan(PlanId(1), &"dev".into()).unwrap();
        assert!(plan.loses && plan.requests.is_empty());
        assert!(plan.notes.iter().any(|note| note.text == "runs: kubectl get api"));
        run.recipe.safe = true;
        assert!(run.goes_unasked() && !run.plan(PlanId(1), &"dev".into()).unwrap().loses);
        run.recipe.confirm = true;
        assert!(!run.goes_unasked());
    }
}
