//! Apps, objects and namespaces as they are named on the command line, turned into comparisons and made.

use super::exact::Exact;
use super::gathered::Gathered;
use super::report::Report;
use crate::apps::Destination;
use crate::cli::apps::book::{self, Book};
use crate::cli::apps::names;
use crate::cli::args::Global;
use crate::cli::headless::{self, CLUSTER, Headless};
use crate::cli::tell;
use crate::drift::noise::Rules;
use crate::drift::{Around, Depth, Drift, Job, Piece, Subject, Survey};
use crate::model::{Catalogue, ClusterId, EngineId, Fault, FaultKind, ObjRef, Scope, Text};
use crate::runtime::now;
use crate::ui::settings::Loaded;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is asked for, and how.
pub struct Question<'a> {
    /// What every command takes.
    pub global: &'a Global,
    /// The configuration: for the person's own names of kinds.
    pub config: &'a Loaded,
    /// Where.
    pub place: &'a headless::Where,
    /// The name that was given.
    pub target: Option<&'a str>,
    /// How far comparisons go.
    pub depth: Depth,
    /// What is not counted.
    pub rules: Arc<Rules>,
}

/// Makes all comparisons that were asked for; `exact` where Argo CD's own are wanted.
///
/// # Errors
/// There is no such app or object, or the cluster cannot be read.
pub fn answer(
    cluster: &mut Headless,
    question: &Question<'_>,
    mut exact: Option<Exact<'_>>,
    report: &mut Report,
) -> Result<(), Fault> {
    let mut book = Book::read(cluster, question.global, None)?;
    book.look_at(&match question.global.namespace {
        Some(_) => book::scope(question.global, question.place)?,
        None => Scope::All,
    });
    if book.partial {
        // What belongs to a missing app is told of as if it belonged to none.
        eprintln!("wheelhouse: some apps are missing, so that not all can be compared");
    }
    let others = Others { question, book: &book, open: RefCell::default() };
    for subject in subjects(cluster, question, &book)? {
        let pieces = survey(cluster, question, &others, &subject);
        let alone = pieces.len() == 1;
        let mut jobs = Vec::new();
        // In the order of the pieces, whichever ends first.
        let mut drifts: Vec<Option<Drift>> = Vec::new();
        for piece in pieces {
            drifts.push(match piece {
                Piece::Compare(mut job) => {
                    if let Some(exact) = &mut exact {
                        exact.lend(cluster, &mut job);
                    }
                    jobs.push((drifts.len(), *job));
                    None
                }
                Piece::Cannot(_, _, fault) if alone && fault.kind == FaultKind::NotFound => {
                    return Err(fault);
                }
                Piece::Cannot(app, engine, fault) => {
                    Some(Drift { fault: Some(fault), ..Drift::new(app, engine) })
                }
            });
        }
        others.compared(cluster, jobs, &mut drifts);
        // Where nothing was applied beside the apps there is nothing to say of it.
        let says = |drift: &Drift| {
            !(drift.objects.is_empty() && drift.fault.is_none() && drift.app.is_empty())
        };
        report.drifts.extend(drifts.into_iter().flatten().filter(says));
    }
    Ok(())
}

/// Connections to the clusters that apps deliver to, made when the first app needs one.
struct Others<'a> {
    question: &'a Question<'a>,
    book: &'a Book,
    /// By the context's name; None where none could be made. The first is `ClusterId(1)`.
    open: RefCell<Vec<(Text, Option<Headless>)>>,
}

impl Others<'_> {
    fn find(&self, there: &Destination) -> Option<(ClusterId, Catalogue)> {
        let context = self.book.context(there);
        if context.is_empty() {
            return None;
        }
        let mut open = self.open.borrow_mut();
        let at = open.iter().position(|(known, _)| *known == context).unwrap_or_else(|| {
            let made = self.connect(&context);
            if let Err(fault) = &made {
                tell(fault);
            }
            open.push((context, made.ok()));
            open.len() - 1
        });
        let other = open.get(at)?.1.as_ref()?;
        Some((ClusterId(u32::try_from(at + 1).ok()?), other.catalogue.clone()))
    }

    fn connect(&self, context: &str) -> Result<Headless, Fault> {
        let global = Global { context: Some(context.to_owned()), ..self.question.global.clone() };
        let place = headless::place(&global)?;
        let options = headless::options(&global, &place, self.question.config);
        let other = Headless::connect(options, &place.context)?;
        if self.question.depth == Depth::Rehearsals
            && !self.question.config.settings.readonly_in(context)
        {
            other.writable();
        }
        Ok(other)
    }

    /// Makes comparisons, one cluster after another. Each has its place in `drifts`.
    fn compared(&self, here: &mut Headless, jobs: Vec<(usize, Job)>, drifts: &mut [Option<Drift>]) {
        let mut open = self.open.borrow_mut();
        let mut by_cluster: BTreeMap<ClusterId, Vec<(usize, Job)>> = BTreeMap::new();
        for (place, job) in jobs {
            by_cluster.entry(job.cluster).or_default().push((place, job));
        }
        for (id, jobs) in by_cluster {
            let (places, mut jobs): (Vec<usize>, Vec<Job>) = jobs.into_iter().unzip();
            let at = usize::try_from(id.0).unwrap_or(0);
            let other = at.checked_sub(1).and_then(|at| open.get_mut(at));
            let found = match other {
                Some((context, Some(other))) => {
                    let readonly = self.question.config.settings.readonly_in(context);
                    for job in &mut jobs {
                        job.cluster = CLUSTER;
                        if readonly {
                            job.depth = Depth::Reads;
                        }
                    }
                    compared(other, jobs)
                }
                _ => compared(here, jobs),
            };
            for (place, drift) in places.into_iter().zip(found) {
                if let Some(at) = drifts.get_mut(place) {
                    *at = Some(drift);
                }
            }
        }
    }
}

/// Makes comparisons on one cluster; what each came to, in their order.
pub fn compared(cluster: &mut Headless, jobs: Vec<Job>) -> Vec<Drift> {
    let gathered = |job: &Job| match job.origin.app() {
        Some(app) => Gathered::new(app.name.clone(), app.engine),
        None => Gathered::new(Text::new(), EngineId::None),
    };
    let mut all: Vec<Gathered> = jobs.iter().map(gathered).collect();
    cluster.compare(jobs, |job, news| {
        if let Some(one) = all.get_mut(job) {
            one.take(news);
        }
    });
    all.into_iter().map(Gathered::finish).collect()
}

fn subjects(
    cluster: &Headless,
    question: &Question<'_>,
    book: &Book,
) -> Result<Vec<Subject>, Fault> {
    let Some(word) = question.target else {
        return Ok(match book::scope(question.global, question.place)? {
            Scope::All => vec![Subject::Namespace(Text::new())],
            Scope::Namespaces(names) => names.into_iter().map(Subject::Namespace).collect(),
        });
    };
    // An app is meant first: its names are what most are about.
    let fault = match names::find(&book.estate, "compare", word, None) {
        Ok(app) => return Ok(vec![Subject::App(app.id.clone())]),
        Err(fault) => fault,
    };
    let object = (fault.kind == FaultKind::NotFound).then(|| word.rsplit_once('/')).flatten();
    let Some((kind, name)) = object.filter(|(_, name)| !name.is_empty()) else {
        return Err(match fault.kind {
            FaultKind::NotFound if !word.contains('/') => {
                let hint = format!("{}; an object is named KIND/NAME", fault.hint);
                fault.hint(hint)
            }
            _ => fault,
        });
    };
    let kind = question.config.settings.alias(kind).unwrap_or(kind);
    let Some(resource) = cluster.catalogue.find(kind) else { return Err(fault) };
    let default = question.place.namespace.as_str();
    let namespace = match (resource.namespaced, &question.global.namespace) {
        (false, _) => "",
        (true, Some(name)) => name,
        (true, None) if default.is_empty() => "default",
        (true, None) => default,
    };
    let all = resource.namespaced && question.global.all_namespaces;
    if all || namespace.contains(',') {
        let what = format!("compare {word}");
        let why = "an object is looked for in one namespace: -n NAME";
        return Err(Fault::new(FaultKind::Input, what, why));
    }
    Ok(vec![Subject::Object(ObjRef {
        cluster: CLUSTER,
        gvr: resource.gvr.clone(),
        kind: resource.kind.clone(),
        namespace: namespace.into(),
        name: name.into(),
        uid: Text::new(),
    })])
}

fn survey(
    cluster: &mut Headless,
    question: &Question<'_>,
    others: &Others<'_>,
    subject: &Subject,
) -> Vec<Piece> {
    let elsewhere = |there: &Destination| others.find(there);
    let around = Around { estate: &others.book.estate, elsewhere: &elsewhere, now: now() };
    let mut survey = Survey::new(subject, question.depth, Arc::clone(&question.rules), around);
    let mut pieces = survey.pieces();
    while !survey.is_over() {
        let (numbers, reads): (Vec<u32>, Vec<_>) = survey.reads().into_iter().unzip();
        if reads.is_empty() {
            break;
        }
        let whats: Vec<String> = reads.iter().map(|read| read.what.clone()).collect();
        let answers = cluster.read_all(reads);
        for ((number, what), answer) in numbers.into_iter().zip(whats).zip(answers) {
            let answer = answer.and_then(|text| {
                serde_json::from_str(&text)
                    .map_err(|error| Fault::new(FaultKind::Invalid, what, error.to_string()))
            });
            survey.answer(number, answer, around);
        }
        pieces.append(&mut survey.pieces());
    }
    pieces
}
