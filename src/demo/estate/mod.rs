//! The cluster that the demo shows: a small company run by Argo CD, Flux, Helm and some kubectl,
//! with the troubles such a cluster has. One seed and one time give one cluster.

mod apps;
mod argo;
mod around;
mod by;
mod catalog;
mod controllers;
mod delivery;
mod extensions;
mod flux;
mod happenings;
mod helm;
mod load;
mod make;
mod others;
mod pods;
mod scene;
mod sets;
mod story;
#[cfg(test)]
mod tests;
mod tour;
mod workloads;

use serde_json::Value;

use self::delivery::git::Git;

pub use story::Story;

use super::DemoOptions;
use super::store::Store;

/// Fills the store, and tells what will happen there.
pub fn build(store: &mut Store, options: &DemoOptions) -> Story {
    let mut maker = make::Maker::new(store, options.seed);
    maker.tour = options.tour;
    scene::build(&mut maker);
    catalog::build(&mut maker);
    apps::build(&mut maker);
    argo::sources(&mut maker);
    flux::sources(&mut maker);
    extensions::build(&mut maker);
    let mut git = Git::default();
    git.take(&mut maker);
    argo::ahead(&mut git);
    if options.tour {
        tour::prepare(&mut maker);
    }
    argo::build(&mut maker, &mut git);
    flux::build(&mut maker, &mut git);
    helm::build(&mut maker);
    others::build(&mut maker);
    let load = load::Load::build(store, options);
    Story::new(store, options, load, git)
}

/// Puts one object of the start into the store, with what the server would set.
pub fn place(store: &mut Store, mut object: Value) {
    let text = |field: &str| object[field].as_str().unwrap_or_default().to_owned();
    let (api_version, kind) = (text("apiVersion"), text("kind"));
    let Some(id) = store.find_kind(&api_version, &kind) else {
        tracing::warn!(api_version, kind, "the demo does not serve this type: object left out");
        return;
    };
    if object["metadata"]["uid"].is_null() {
        object["metadata"]["uid"] = store.random.uid().into();
    }
    if object["metadata"]["creationTimestamp"].is_null() {
        object["metadata"]["creationTimestamp"] = store.clock.stamp().into();
    }
    if kind == "CustomResourceDefinition" {
        if object["status"].is_null() {
            super::crd::complete(&mut object, &store.clock.stamp());
        }
        super::crd::serve(store, &object);
    }
    store.put(id, object);
}
