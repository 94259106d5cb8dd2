//! Floor 3: how objects belong together. Rows of [`crate::model::Facet::Links`] go in, change by
//! change; trees come out. Nothing is asked here: [`needs`] says which kinds have to be watched.

mod around;
mod bond;
mod delivery;
mod graph;
mod needs;
#[cfg(test)]
mod tests;
mod tree;
mod users;

pub use around::{Neighbour, around, around_needs};
pub use bond::Bond;
pub use delivery::{Delivery, delivered_needs, delivery_needs, owned};
pub use graph::{Edge, Graph, ObjectId, Thing};
pub use needs::{Wanted, needs};
pub use tree::{Folds, Line, Presence, Tree, place};
pub use users::{User, user_needs, users};
