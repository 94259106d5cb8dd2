//! The picture of a plan before it runs: what will be sent, on which cluster, with which consequences.

use super::access::{Permission, refusal};
use crate::model::{AccessQuestion, Fault, ObjRef, Plan, PlanId, Propagation, Text};

/// What has the focus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// The Cancel button.
    Cancel,
    /// The field for the name, where one is wanted.
    Name,
    /// The button that runs the plan.
    Run,
}

/// A plan to delete, still changeable.
#[derive(Debug)]
pub struct PlanDialog {
    /// The plan as it stands.
    pub plan: Plan,
    /// What it is about.
    pub targets: Vec<ObjRef>,
    /// What happens to dependents.
    pub propagation: Propagation,
    /// Grace period in seconds; None leaves it to the object.
    pub grace: Option<u32>,
    /// The exact requests are shown.
    pub show_request: bool,
    /// What has the focus; None while facts are missing.
    pub focus: Option<Focus>,
    /// What must be typed before it runs; None where nothing is wanted.
    pub must_type: Option<Text>,
    /// What was typed so far.
    pub typed: String,
    /// The permissions it takes.
    pub questions: Vec<AccessQuestion>,
    /// Whether they are granted, as far as known.
    pub permission: Permission,
    /// The question that was answered with no.
    denied: Option<AccessQuestion>,
    /// The context is protected.
    pub protected: bool,
}

/// Grace periods that the key goes through.
const GRACES: [Option<u32>; 4] = [None, Some(30), Some(1), Some(0)];

impl PlanDialog {
    /// A plan to delete `targets` on the cluster with this context.
    pub fn delete(
        id: PlanId,
        context: Text,
        targets: Vec<ObjRef>,
        protected: bool,
    ) -> Result<Self, Fault> {
        let plan = Plan::delete(id, context, &targets, Propagation::default(), None)?;
        let mut questions: Vec<AccessQuestion> = targets
            .iter()
            .map(|target| AccessQuestion {
                cluster: target.cluster,
                verb: "delete",
                gvr: target.gvr.clone(),
                subresource: "",
                namespace: target.namespace.clone(),
            })
            .collect();
        questions.sort_by(|a, b| (&a.gvr, &a.namespace).cmp(&(&b.gvr, &b.namespace)));
        questions.dedup();
        let must_type = protected.then(|| match targets.as_slice() {
            [one] => one.name.clone(),
            _ => plan.context.clone(),
        });
        Ok(Self {
            plan,
            targets,
            propagation: Propagation::default(),
            grace: None,
            show_request: false,
            focus: None,
            must_type,
            typed: String::new(),
            questions,
            permission: Permission::Asked,
            denied: None,
            protected,
        })
    }

    /// The permissions became known; `denied` is the question that was answered with no. Something
    /// that loses starts on Cancel.
    pub fn permit(&mut self, permission: Permission, denied: Option<AccessQuestion>) {
        self.denied = denied;
        if self.permission == Permission::Asked && permission != Permission::Asked {
            self.focus = Some(Focus::Cancel);
        }
        self.permission = permission;
    }

    /// Moves the focus on, or back.
    pub fn move_focus(&mut self, forward: bool) {
        let Some(focus) = self.focus else { return };
        let ring: &[Focus] = if self.must_type.is_some() {
            &[Focus::Cancel, Focus::Name, Focus::Run]
        } else {
            &[Focus::Cancel, Focus::Run]
        };
        let at = ring.iter().position(|f| *f == focus).unwrap_or(0);
        let next = if forward { at + 1 } else { at + ring.len() - 1 };
        self.focus = Some(ring[next % ring.len()]);
    }

    /// The next propagation policy.
    pub fn cycle_propagation(&mut self) {
        self.propagation = self.propagation.next();
        self.rebuild();
    }

    /// The next grace period.
    pub fn cycle_grace(&mut self) {
        let at = GRACES.iter().position(|g| *g == self.grace).unwrap_or(0);
        self.grace = GRACES[(at + 1) % GRACES.len()];
        self.rebuild();
    }

    /// Forced: no grace period at all; or no longer.
    pub fn toggle_force(&mut self) {
        self.grace = if self.grace == Some(0) { None } else { Some(0) };
        self.rebuild();
    }

    /// Only ask the server, or do it really.
    pub fn toggle_dry_run(&mut self) {
        self.plan.dry_run = !self.plan.dry_run;
        self.caution();
    }

    /// Why it cannot run as it stands; None when it can.
    pub fn refusal(&self) -> Option<String> {
        match &self.permission {
            Permission::Asked => return Some("still asking whether it is allowed".into()),
            Permission::Denied(reason) => {
                return self.denied.as_ref().map(|question| refusal(question, reason));
            }
            Permission::Granted => {}
        }
        match &self.must_type {
            Some(name) if !self.plan.dry_run && name.as_str() != self.typed => {
                Some(format!("type {name} first"))
            }
            _ => None,
        }
    }

    fn rebuild(&mut self) {
        let (id, context, dry_run) = (self.plan.id, self.plan.context.clone(), self.plan.dry_run);
        // The targets made a plan once, so they make one again.
        if let Ok(mut plan) = Plan::delete(id, context, &self.targets, self.propagation, self.grace)
        {
            plan.dry_run = dry_run;
            self.plan = plan;
            self.caution();
        }
    }

    /// Whoever changed something has to move to the button anew.
    fn caution(&mut self) {
        if self.focus.is_some() {
            self.focus = Some(Focus::Cancel);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::model::{ClusterId, Gvr};

    fn dialog(protected: bool) -> PlanDialog {
        let target = ObjRef {
            cluster: ClusterId(0),
            gvr: Gvr::new("apps", "v1", "deployments"),
            kind: "Deployment".into(),
            namespace: "shop".into(),
            name: "api".into(),
            uid: "u1".into(),
        };
        PlanDialog::delete(PlanId(1), "prod-eu".into(), vec![target], protected).unwrap()
    }

    #[test]
    fn nothing_has_the_focus_until_the_permission_is_known_then_cancel_has() {
        let mut dialog = dialog(false);
        dialog.move_focus(true);
        assert_eq!(dialog.focus, None);
        assert!(dialog.refusal().is_some());
        dialog.permit(Permission::Granted, None);
        assert_eq!(dialog.focus, Some(Focus::Cancel));
        assert_eq!(dialog.refusal(), None);
    }

    #[test]
    fn a_protected_cluster_wants_the_name() {
        let mut dialog = dialog(true);
        dialog.permit(Permission::Granted, None);
        assert_eq!(dialog.refusal().as_deref(), Some("type api first"));
        dialog.typed = "api".into();
        assert_eq!(dialog.refusal(), None);
    }

    #[test]
    fn changing_an_option_moves_the_focus_back_to_cancel() {
        let mut dialog = dialog(false);
        dialog.permit(Permission::Granted, None);
        dialog.move_focus(true);
        assert_eq!(dialog.focus, Some(Focus::Run));
        dialog.toggle_force();
        assert_eq!(dialog.focus, Some(Focus::Cancel));
        assert!(dialog.plan.requests[0].body.contains("\"gracePeriodSeconds\":0"));
    }

    #[test]
    fn what_is_denied_says_why() {
        let mut dialog = dialog(false);
        let question = dialog.questions[0].clone();
        dialog.permit(Permission::Denied("RBAC says no".into()), Some(question));
        assert_eq!(
            dialog.refusal().as_deref(),
            Some("no permission: delete deployments in shop: RBAC says no")
        );
    }
}
