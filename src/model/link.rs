//! Where one can go from a row.

use super::Text;
use std::sync::Arc;

/// A way from one object to others.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Link {
    /// An ownerReference: the controller comes first.
    Owner {
        /// apiVersion of the owner, such as `apps/v1`.
        api_version: Text,
        /// Its kind.
        kind: Text,
        /// Its name, in the same namespace or cluster-scoped.
        name: Text,
    },
    /// A reference held in a field.
    Ref {
        /// The field, such as `spec.nodeName`.
        field: Text,
        /// Group of the target; empty for core.
        group: Text,
        /// Kind of the target.
        kind: Text,
        /// Namespace of the target; empty when cluster-scoped.
        namespace: Text,
        /// Name of the target.
        name: Text,
    },
    /// What Enter opens: a list of other objects. At most one per row.
    Children {
        /// `pods`, `jobs.batch`: plural and group as people type them.
        plural: Text,
        /// Namespace to look in; empty for all.
        namespace: Text,
        /// Label selector; empty for none.
        labels: Text,
        /// Field selector; empty for none.
        fields: Text,
        /// Only objects owned by `Kind/name`; empty for no such condition (judged on our side).
        owner: Text,
    },
    /// The object's own labels, `a=b,c=d` sorted by key. Only in [`Facet::Links`].
    ///
    /// [`Facet::Links`]: super::Facet::Links
    Labels(Text),
    /// Labels of the pods it makes, `a=b,c=d` sorted by key. Only in [`Facet::Links`].
    ///
    /// [`Facet::Links`]: super::Facet::Links
    Makes(Text),
    /// Every object of a kind whose labels match. Only in [`Facet::Links`].
    ///
    /// [`Facet::Links`]: super::Facet::Links
    Selects {
        /// The field, such as `spec.selector`.
        field: Text,
        /// Group of the objects; empty for core.
        group: Text,
        /// Their kind.
        kind: Text,
        /// Where they are; empty for all namespaces, and for kinds that have none.
        namespace: Text,
        /// Label selector as the API takes it; empty for every object.
        labels: Text,
    },
}

/// The ways from one row. What it has in common with others, such as its owner and what the pods of one template
/// use, is held once: of many pods it would be the greater part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Links {
    common: Arc<[Link]>,
    own: Box<[Link]>,
}

impl Links {
    /// Those that it has in common with others come first.
    pub fn new(common: Arc<[Link]>, own: Box<[Link]>) -> Self {
        Self { common, own }
    }

    /// All of them; the owner that controls it before all others.
    pub fn iter(&self) -> impl Iterator<Item = &Link> {
        self.common.iter().chain(&self.own)
    }
}
