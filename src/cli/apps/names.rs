//! Which app a word means: `payments`, `argocd/payments`, `flux-system/infra`,
//! `ks/flux-system/infra`.

use crate::apps::{App, Estate};
use crate::model::{AppId, EngineId, Fault, FaultKind};

/// The app of a word as the verbs take it.
pub fn full(id: &AppId) -> String {
    match id.namespace.as_str() {
        "" => format!("{}/{}", id.engine.word(), id.name),
        namespace => format!("{}/{namespace}/{}", id.engine.word(), id.name),
    }
}

/// Whether a word means this app.
fn means(word: &str, id: &AppId) -> bool {
    let namespaced = |word: &str| match word.split_once('/') {
        Some((namespace, name)) => namespace == id.namespace.as_str() && name == id.name.as_str(),
        None => false,
    };
    if word == id.name.as_str() || namespaced(word) {
        return true;
    }
    match word.split_once('/') {
        Some((engine, rest)) if engine == id.engine.word() => {
            rest == id.name.as_str() || namespaced(rest)
        }
        _ => false,
    }
}

/// The one app that a word means, among those that the estate shows.
///
/// # Errors
/// There is none, or there are several.
pub fn find<'e>(
    estate: &'e Estate,
    verb: &str,
    word: &str,
    engine: Option<EngineId>,
) -> Result<&'e App, Fault> {
    let what = format!("{verb} {word}");
    let of_engine = |app: &&App| engine.is_none_or(|engine| app.id.engine == engine);
    let shown = || estate.apps().filter(|app| estate.shows(app)).filter(of_engine);
    let mut found: Vec<&App> = shown().filter(|app| means(word, &app.id)).collect();
    match found.as_slice() {
        [one] => return Ok(one),
        [] => {}
        [..] => {
            found.sort_by_key(|app| &app.id);
            let names: Vec<String> = found.iter().map(|app| full(&app.id)).collect();
            let why = format!("{} apps are called so", names.len());
            return Err(Fault::new(FaultKind::Input, what, why)
                .hint(format!("say which: {}", names.join(", "))));
        }
    }
    let last = word.rsplit('/').next().unwrap_or(word);
    let mut near: Vec<&App> =
        shown().filter(|app| !last.is_empty() && app.id.name.contains(last)).collect();
    near.sort_by_key(|app| &app.id);
    let near: Vec<String> = near.iter().take(5).map(|app| full(&app.id)).collect();
    let hint = if near.is_empty() {
        "`wheelhouse apps -A` lists them".to_owned()
    } else {
        format!("did you mean {}?", near.join(", "))
    };
    Err(Fault::new(FaultKind::NotFound, what, "there is no such app").hint(hint))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_is_called_by_name_namespace_and_engine() {
        let id = AppId::new(EngineId::Kustomization, "flux-system", "infra");
        assert_eq!(full(&id), "ks/flux-system/infra");
        for word in ["infra", "ks/infra", "flux-system/infra", "ks/flux-system/infra"] {
            assert!(means(word, &id), "{word}");
        }
        for word in ["infr", "hr/infra", "shop/infra", "ks/shop/infra", "hr/flux-system/infra", ""]
        {
            assert!(!means(word, &id), "{word}");
        }
        let odd = AppId::new(EngineId::None, "shop", "Deployment/web");
        for word in ["Deployment/web", "none/shop/Deployment/web", "shop/Deployment/web"] {
            assert!(means(word, &odd), "{word}");
        }
    }
}
