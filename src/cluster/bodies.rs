//! A LIST body and a watch stream, in whichever form the server answered.

use super::split::{EventKind, LineSplitter, ListMeta, ListSplitter, SplitError};
use super::split::{parsed_event, watch_event};
use super::split_protobuf::{self, FrameSplitter};
use super::wire::Reply;
use crate::kinds::Object;
use crate::kinds::proto::Message;
use http::header;

/// Protobuf where the server has it, else JSON.
pub(crate) const PROTOBUF: &str = "application/vnd.kubernetes.protobuf, application/json";

/// What the server sends is protobuf.
fn is_protobuf(reply: &Reply) -> bool {
    let kind = reply.headers.get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/vnd.kubernetes.protobuf"))
}

/// The objects of a list.
pub(crate) enum ListBody {
    Json(ListSplitter),
    Protobuf(split_protobuf::ListSplitter, &'static Message),
}

impl ListBody {
    /// By what the answer says it is, where protobuf was asked for.
    pub(crate) fn of(reply: &Reply, proto: Option<&'static Message>) -> Self {
        match proto.filter(|_| is_protobuf(reply)) {
            Some(message) => Self::Protobuf(split_protobuf::ListSplitter::default(), message),
            None => Self::Json(ListSplitter::default()),
        }
    }

    /// The next object, or None when `input` is used up.
    pub(crate) fn next<'s, 'i: 's>(
        &'s mut self,
        input: &mut &'i [u8],
    ) -> Result<Option<Object<'s>>, SplitError> {
        Ok(match self {
            Self::Json(splitter) => splitter.next(input)?.map(Object::Json),
            Self::Protobuf(splitter, message) => {
                splitter.next(input)?.map(|bytes| Object::Protobuf(message, bytes))
            }
        })
    }

    /// What the list says about itself, when its body ended.
    pub(crate) fn finish(self) -> Result<ListMeta, SplitError> {
        match self {
            Self::Json(splitter) => splitter.finish(),
            Self::Protobuf(splitter, _) => splitter.finish(),
        }
    }
}

/// The events of a watch.
pub(crate) enum WatchBody {
    Json(LineSplitter),
    Protobuf(FrameSplitter, &'static Message),
}

/// One event as it came.
#[derive(Clone, Copy)]
pub(crate) enum Event<'a> {
    Json(&'a [u8]),
    Protobuf(&'static Message, &'a [u8]),
}

impl WatchBody {
    /// By what the answer says it is, where protobuf was asked for.
    pub(crate) fn of(reply: &Reply, proto: Option<&'static Message>) -> Self {
        match proto.filter(|_| is_protobuf(reply)) {
            Some(message) => Self::Protobuf(FrameSplitter::default(), message),
            None => Self::Json(LineSplitter::default()),
        }
    }

    /// The next event, or None when `input` is used up.
    pub(crate) fn next<'s, 'i: 's>(
        &'s mut self,
        input: &mut &'i [u8],
    ) -> Result<Option<Event<'s>>, SplitError> {
        Ok(match self {
            Self::Json(lines) => lines.next(input)?.map(Event::Json),
            Self::Protobuf(frames, message) => {
                frames.next(input)?.map(|bytes| Event::Protobuf(message, bytes))
            }
        })
    }
}

impl<'a> Event<'a> {
    /// How many bytes it has.
    pub(crate) const fn len(self) -> usize {
        match self {
            Self::Json(bytes) | Self::Protobuf(_, bytes) => bytes.len(),
        }
    }

    /// What it tells of which object; for an error the object is a Status as it came, whatever its form.
    pub(crate) fn read(self) -> Option<(EventKind, Object<'a>)> {
        match self {
            Self::Json(line) => watch_event(line).map(|(kind, json)| (kind, Object::Json(json))),
            Self::Protobuf(message, frame) => split_protobuf::watch_event(frame)
                .map(|(kind, bytes)| (kind, Object::Protobuf(message, bytes))),
        }
    }

    /// Another reading of it, should the first object not be readable: the quick cut of a line may
    /// have been wrong about where the object ends.
    pub(crate) fn again(self) -> Option<Object<'a>> {
        match self {
            Self::Json(line) => parsed_event(line).map(|(_, json)| Object::Json(json)),
            Self::Protobuf(..) => None,
        }
    }
}
