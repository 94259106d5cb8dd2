//! `--exact`: Argo CD's own comparison, and what a Kustomization applies next, are read before an app is compared.

use crate::apps::argo::cache::{Kept, Places, ReadCache, reason};
use crate::apps::flux::artifact::ReadArtifact;
use crate::cli::headless::Headless;
use crate::drift::{Job, Origin, Own};
use crate::model::{
    CacheEvent, EngineId, Fault, FaultKind, PlanId, StreamEvent, StreamId, StreamSpec, Text,
};
use crate::text::sanitise::clean;
use crate::verbs::Draft;

/// How it is asked for.
pub struct Exact<'a> {
    /// The context's name.
    pub context: &'a str,
    /// Where Redis is.
    pub places: &'a Places,
    /// The command line or the configuration says read-only.
    pub readonly: bool,
    /// Streams that were opened so far.
    pub opened: u64,
}

impl Exact<'_> {
    /// Reads it for a comparison of an app of Argo CD or of a Kustomization, whose object is on this cluster; others
    /// stay as they are.
    pub fn lend(&mut self, cluster: &mut Headless, job: &mut Job) {
        let Origin::App(ground) = &mut job.origin else { return };
        let name = &ground.app.id.name;
        let (what, draft): (String, Result<Box<dyn Draft>, Fault>) = match ground.app.id.engine {
            EngineId::ArgoCd => {
                let application = ground.answers.first().and_then(|answer| answer.as_ref().ok());
                let Some(kept) = Kept::of(&ground.app, application) else { return };
                let what = format!("read Argo CD's own comparison of {}", kept.application.name);
                let Some(draft) = ReadCache::new(vec![kept], self.places.clone()) else { return };
                (what, Ok(Box::new(draft)))
            }
            EngineId::Kustomization => {
                let Some(object) = ground.app.object.clone() else { return };
                let what = format!("build what the next reconcile of {name} applies");
                let draft = match ReadArtifact::of(object, &ground.answers) {
                    Ok(draft) => Ok(Box::new(draft) as Box<dyn Draft>),
                    Err(why) => Err(Fault::new(FaultKind::Refused, &what, why)),
                };
                (what, draft)
            }
            _ => return,
        };
        ground.own = match draft.and_then(|draft| self.read(cluster, &what, draft)) {
            Ok(own) => own,
            Err(fault) => Own::Unread(Text::from(reason(&fault))),
        };
    }

    fn read(
        &mut self,
        cluster: &mut Headless,
        what: &str,
        mut draft: Box<dyn Draft>,
    ) -> Result<Own, Fault> {
        if self.readonly {
            let why = "wheelhouse runs read-only, and enters no pod";
            return Err(Fault::new(FaultKind::Refused, what, why));
        }
        let nothing = || Fault::new(FaultKind::Other, what, "nothing came");
        for (number, answer) in cluster.read_all(draft.reads()).iter().enumerate() {
            draft.learn(number, answer.as_deref());
        }
        self.opened += 1;
        let plan = draft.plan(PlanId(self.opened), &self.context.into())?;
        let spec = draft.stream().ok_or_else(nothing)?;
        let line = match &spec {
            StreamSpec::Cache(spec) => format!(
                "enters {} in {} with the password in Secret {}, to {what}",
                spec.pod, spec.pod.namespace, spec.secret.name
            ),
            StreamSpec::Artifact(spec) => {
                format!("enters {} in {}, to {what}", spec.pod, spec.pod.namespace)
            }
            _ => return Err(nothing()),
        };
        eprintln!("wheelhouse: {}", clean(&line));
        let mut told = cluster.open(StreamId(self.opened), spec, Some(plan), false);
        match cluster.next_told(&mut told) {
            Some(StreamEvent::Cache(CacheEvent::Done(values))) => {
                values.into_iter().next().ok_or_else(nothing)?.map(Own::Read)
            }
            Some(StreamEvent::Cache(CacheEvent::Failed(fault))) => Err(fault),
            _ => Err(nothing()),
        }
    }
}
