//! Entries of an inventory, as kustomize-controller, helm-controller and the operator write them.

use crate::relations::ObjectId;

/// The object of an entry `<namespace>_<name>_<group>_<kind>`; None for what is none. Namespace and
/// group may be empty. No part but the name can have an underscore in it, and that only where `:` was
/// written as `__`, as names of RBAC objects may have it (cli-utils `object.ObjMetadata`).
pub(super) fn object(id: &str) -> Option<ObjectId> {
    let (namespace, rest) = id.split_once('_')?;
    let (rest, kind) = rest.rsplit_once('_')?;
    let (name, group) = rest.rsplit_once('_')?;
    let clean = |text: &str| crate::text::sanitise::clean(text).into_owned().into();
    (!name.is_empty() && !kind.is_empty()).then(|| ObjectId {
        group: clean(group),
        kind: clean(kind),
        namespace: clean(namespace),
        name: clean(&name.replace("__", ":")),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn written(id: &ObjectId) -> String {
        let name = id.name.replace(':', "__");
        format!("{}_{name}_{}_{}", id.namespace, id.group, id.kind)
    }

    #[test]
    fn empty_groups_and_colons_in_names_are_told_apart() {
        for (id, read) in [
            ("default_podinfo_apps_Deployment", ["default", "podinfo", "apps", "Deployment"]),
            ("default_podinfo__Service", ["default", "podinfo", "", "Service"]),
            ("_demo__Namespace", ["", "demo", "", "Namespace"]),
            (
                "_system__x_rbac.authorization.k8s.io_ClusterRole",
                ["", "system:x", "rbac.authorization.k8s.io", "ClusterRole"],
            ),
        ] {
            let object = object(id).unwrap();
            let parts = [&*object.namespace, &*object.name, &*object.group, &*object.kind];
            assert_eq!(parts, read);
        }
        for odd in ["", "_", "a_b", "a_b_c", "a__c_", "___Kind"] {
            assert_eq!(object(odd), None, "{odd}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_was_written_is_read_again(
            namespace in "([a-z0-9-]{1,12})?", name in "[a-z0-9.:-]{1,20}",
            group in "([a-z0-9.-]{1,20})?", kind in "[A-Z][A-Za-z0-9]{0,12}",
        ) {
            let id = ObjectId {
                group: group.as_str().into(), kind: kind.as_str().into(),
                namespace: namespace.as_str().into(), name: name.as_str().into(),
            };
            prop_assert_eq!(object(&written(&id)), Some(id));
        }

        #[test]
        fn nothing_that_is_written_there_breaks_it(id in "\\PC{0,40}") {
            let _ = object(&id);
        }
    }
}
