//! Walks a tree along a path, by the rules of client-go (also the surprising ones, for printer
//! columns must show what the API server shows).

use super::{Filter, Node, Op, Path, Slice, Step};
use std::cmp::Ordering;

/// Most values one step may find: a path from a CRD must not eat the memory.
const MAX_FOUND: usize = 65_536;

type Nodes<'n> = Vec<&'n Node<'n>>;

/// Values, or (where client-go gives an error) what it held when it gave up: the existence filter
/// looks at that.
type Found<'n> = Result<Nodes<'n>, Nodes<'n>>;

impl Path {
    /// The first value that the path finds, as the API server's table takes it. None where there
    /// is nothing, and where the path does not fit the object (an index beyond the end).
    pub fn first<'n>(&'n self, root: &'n Node<'n>) -> Option<&'n Node<'n>> {
        walk(&self.steps, vec![root]).ok()?.first().copied()
    }

    /// Every value that the path finds.
    pub fn all<'n>(&'n self, root: &'n Node<'n>) -> Vec<&'n Node<'n>> {
        walk(&self.steps, vec![root]).unwrap_or_default()
    }
}

fn walk<'n>(steps: &'n [Step], input: Nodes<'n>) -> Found<'n> {
    steps.iter().try_fold(input, |nodes, step| {
        let found = apply(step, nodes)?;
        if found.len() > MAX_FOUND { Err(Vec::new()) } else { Ok(found) }
    })
}

fn apply<'n>(step: &'n Step, input: Nodes<'n>) -> Found<'n> {
    match step {
        Step::Field(name) => Ok(input.iter().filter_map(|node| node.get(name)).collect()),
        Step::Wildcard => Ok(input.iter().flat_map(|node| children(node)).collect()),
        Step::Recursive => {
            let mut found = Vec::new();
            for node in input {
                descend(node, &mut found)?;
            }
            Ok(found)
        }
        Step::Slice(slice) => slices(*slice, input),
        Step::Filter(filter) => filtered(filter, input),
        Step::Union(paths) => {
            let mut found = Vec::new();
            for path in paths {
                match walk(path, input.clone()) {
                    Ok(more) => found.extend(more),
                    Err(_) => return Err(input),
                }
            }
            Ok(found)
        }
        Step::Word => Err(input),
        // A quoted text stands for itself once, numbers once for each value.
        Step::Literal(node @ Node::Str(_)) => Ok(vec![node]),
        Step::Literal(node) => Ok(vec![node; input.len()]),
    }
}

fn children<'n>(node: &'n Node<'n>) -> Box<dyn Iterator<Item = &'n Node<'n>> + 'n> {
    match node {
        Node::List(items) => Box::new(items.iter()),
        Node::Map(fields) => Box::new(fields.iter().map(|(_, value)| value)),
        _ => Box::new(std::iter::empty()),
    }
}

/// The value itself and all below it, where there is something in it (so for texts too, whose
/// bytes client-go counts as things).
fn descend<'n>(node: &'n Node<'n>, found: &mut Nodes<'n>) -> Result<(), Nodes<'n>> {
    let has_parts = match node {
        Node::List(items) => !items.is_empty(),
        Node::Map(fields) => !fields.is_empty(),
        Node::Str(s) => !s.is_empty(),
        _ => false,
    };
    if !has_parts {
        return Ok(());
    }
    if found.len() >= MAX_FOUND {
        return Err(Vec::new());
    }
    found.push(node);
    children(node).try_for_each(|child| descend(child, found))
}

fn slices<'n>(slice: Slice, input: Nodes<'n>) -> Found<'n> {
    let mut found = Vec::new();
    for &node in &input {
        let items = match node {
            Node::Null => continue,
            Node::List(items) => items,
            _ => return Err(input),
        };
        let len = i64::try_from(items.len()).unwrap_or(i64::MAX);
        let mut from = slice.from.unwrap_or(0);
        if from < 0 {
            from = from.saturating_add(len);
        }
        let mut to = if slice.one {
            slice.from.unwrap_or(0).saturating_add(1)
        } else {
            slice.to.unwrap_or(len)
        };
        if to < 0 || (to == 0 && slice.one) {
            to = to.saturating_add(len);
        }
        if from == to {
            return Ok(found);
        }
        if from < 0 || from >= len || to < 0 || to > len || from > to {
            return Err(input);
        }
        let step = match slice.step {
            Some(step) if step <= 0 => return Err(input),
            step => usize::try_from(step.unwrap_or(1)).unwrap_or(usize::MAX),
        };
        let range = usize::try_from(from).unwrap_or(0)..usize::try_from(to).unwrap_or(0);
        found.extend(items.get(range).unwrap_or_default().iter().step_by(step));
    }
    Ok(found)
}

fn filtered<'n>(filter: &'n Filter, input: Nodes<'n>) -> Found<'n> {
    let mut found = Vec::new();
    for &node in &input {
        let Node::List(items) = node else { return Err(input) };
        for item in items {
            let left = walk(&filter.left, vec![item]);
            if filter.op == Op::Exists {
                if !left.unwrap_or_else(|partial| partial).is_empty() {
                    found.push(item);
                }
                continue;
            }
            let Ok(left) = left else { return Err(input) };
            let left = match left.as_slice() {
                [] => continue,
                [one] => *one,
                _ => return Err(input),
            };
            let Ok(right) = walk(&filter.right, vec![item]) else { return Err(input) };
            let right = match right.as_slice() {
                [] => continue,
                [one] => *one,
                _ => return Err(input),
            };
            match compare(filter.op, left, right) {
                Some(true) => found.push(item),
                Some(false) => {}
                None => return Err(found),
            }
        }
    }
    Ok(found)
}

/// None where the two cannot be compared: of different types, or arrays, objects, null.
fn compare(op: Op, left: &Node<'_>, right: &Node<'_>) -> Option<bool> {
    let order = match (left, right) {
        (Node::Bool(a), Node::Bool(b)) => {
            return match op {
                Op::Equal => Some(a == b),
                Op::NotEqual => Some(a != b),
                _ => None,
            };
        }
        (Node::Int(a), Node::Int(b)) => a.cmp(b),
        (Node::Float(a), Node::Float(b)) => a.partial_cmp(b)?,
        (Node::Str(a), Node::Str(b)) => a.cmp(b),
        _ => return None,
    };
    Some(match op {
        Op::Exists => true,
        Op::Unknown => return None,
        Op::Equal => order == Ordering::Equal,
        Op::NotEqual => order != Ordering::Equal,
        Op::Less => order == Ordering::Less,
        Op::LessEqual => order != Ordering::Greater,
        Op::Greater => order == Ordering::Greater,
        Op::GreaterEqual => order != Ordering::Less,
    })
}
