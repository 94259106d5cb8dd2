//! What the tour asks, step by step, as data: a question, where to look, and what has to be seen or done.
//!
//! `{command.id}` stands for the key of a command. The incidents themselves are in `demo/estate/tour.rs`.

/// One thing that has to be seen or done. What counts is what is on screen and what the cluster holds, not
/// which keys were pressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// In a pane whose step of the way here has this word, these words stand close to each other.
    Seen {
        /// Word of the pane's step: `drift`, `rollout`.
        pane: &'static str,
        /// All of them.
        words: &'static [&'static str],
    },
    /// A plan with this title says this.
    Planned {
        /// The whole title.
        title: &'static str,
        /// Part of one of its notes.
        says: &'static str,
    },
    /// Every replica of a Deployment is there, updated and ready, and none of its images is this one.
    Runs {
        /// Its namespace.
        namespace: &'static str,
        /// Its name.
        name: &'static str,
        /// The image that it must not have.
        without: &'static str,
    },
    /// An app is delivered by itself.
    On {
        /// Name of the app.
        app: &'static str,
    },
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What is asked.
    pub question: &'static str,
    /// What is known at first.
    pub text: &'static str,
    /// What helps, one after the other.
    pub hints: &'static [&'static str],
    /// What it was.
    pub answer: &'static str,
    /// What has to be seen or done, in this order.
    pub signs: &'static [Sign],
}

/// What is said before anything else.
pub const WELCOME: &str = "Five things are amiss in this cluster. Find them out and put them right, in any order. \
    It is a cluster of its own: nothing can break.";

/// What is said when nothing is asked any more.
pub const END: &str = "On a real cluster it is `wheelhouse`: nothing is written there before you \
    press the button of a plan, and nothing at all with --readonly. {global.help} lists every key, \
    README.md tells the rest. {global.tour} folds this away; :q leaves.";

/// All steps.
pub const STEPS: [Step; 5] = [
    Step {
        question: "Who changed LOG_LEVEL in payments?",
        text: "payments writes ten times as many log lines as it should: git says info, its pods say debug.",
        hints: &[
            "{global.drift} on an app shows what differs from what was deployed, field by field, and who \
             wrote it.",
            "`:apps -A`, go to payments, {global.drift}: the line of LOG_LEVEL names the writer.",
        ],
        answer: "kubectl-edit, three days ago. (Programs are named, not people: that is all the API server \
                 keeps.)",
        signs: &[Sign::Seen { pane: "drift", words: &["LOG_LEVEL", "kubectl-edit"] }],
    },
    Step {
        question: "Why is checkout stuck, and what is the way back?",
        text: "Somebody has just set another image of checkout by hand. Its new pods do not come up.",
        hints: &[
            "{apps.rollouts} on an app leads to its rollouts: one sentence says what blocks them.",
            "There, on the rollout of checkout-api, {rollout.undo} plans the way back. As something is \
             lost, the plan begins on Cancel: {plan.next}, then {plan.confirm}.",
        ],
        answer: "Nobody ever pushed checkout:1.8.1. The revision before is what git says, so that no sync takes \
                 it back.",
        signs: &[
            Sign::Seen { pane: "rollout", words: &["blocked:", "checkout-api-"] },
            Sign::Runs {
                namespace: "shop",
                name: "checkout-api",
                without: "registry.example.com/shop/checkout:1.8.1",
            },
        ],
    },
    Step {
        question: "Whose push is live on two pods of three?",
        text: "Somebody built an image anew and pushed it under the tag that it had. One of storefront, cart \
               and catalog runs both.",
        hints: &[
            "A rollout ({workloads.rollout} on a Deployment) says which pods run which digest of a tag.",
            "`:deploy shop`, go to catalog, {workloads.rollout}.",
        ],
        answer: "catalog's. A restart fetches it for the third only where the pull policy is Always.",
        signs: &[Sign::Seen { pane: "rollout", words: &["shop/catalog:", "is live on 2 of 3"] }],
    },
    Step {
        question: "What will a sync of edge-canary prune?",
        text: "edge-canary is OutOfSync: something of it is no longer in git. What would be deleted? To look \
               is enough.",
        hints: &[
            "{apps.sync} on an app plans a sync. Nothing is sent while you look.",
            "`:apps -A`, go to edge-canary, {apps.sync}. In the plan {plan.down} goes to prune, {plan.change} ticks \
             it: then it names what goes. {plan.cancel} leaves.",
        ],
        answer: "ConfigMap/edge-canary-rules. Prune is off until you tick it, whatever the app's own policy.",
        signs: &[Sign::Planned {
            title: "Sync Application/edge-canary",
            says: "ConfigMap/edge-canary-rules",
        }],
    },
    Step {
        question: "Put back what was left off.",
        text: "Days ago somebody switched the automated sync of an Argo CD app off, and told nobody.",
        hints: &[
            "Its page ({table.open} on an app) says what was left off, since when, and by which program. \
             {apps.pause} switches it off and on.",
            "`:apps -A`, go to ledger, {apps.pause}: the plan says what happens then; {plan.confirm} sends it.",
        ],
        answer: "ledger: argocd-server had switched it off, six days ago.",
        signs: &[Sign::On { app: "ledger" }],
    },
];

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ui::commands::Command;

    #[test]
    fn every_step_can_be_solved_and_every_key_in_it_is_a_command() {
        for step in STEPS {
            assert!(!step.signs.is_empty() && step.hints.len() > 1, "{}", step.question);
        }
        let texts = STEPS.iter().flat_map(|step| {
            step.hints.iter().copied().chain([step.question, step.text, step.answer])
        });
        for text in texts.chain([WELCOME, END]) {
            for part in text.split('{').skip(1) {
                let id = part.split('}').next().unwrap();
                assert!(Command::by_id(id).is_some(), "{id} in: {text}");
            }
        }
    }
}
