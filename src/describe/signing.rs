//! Certificate signing requests, with what they ask for.

use super::Context;
use super::conditions;
use super::node::Node;
use super::words;
use super::writer::{Cell, Out};
use crate::model::Tone;
use crate::text::age;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use core::net::{Ipv4Addr, Ipv6Addr};
use x509_parser::certification_request::X509CertificationRequest;
use x509_parser::extensions::{GeneralName, ParsedExtension};
use x509_parser::pem::Pem;
use x509_parser::prelude::FromDer;

pub(super) fn write(context: &Context<'_>, out: &mut Out) {
    let object = context.object;
    let (meta, spec) = (object.get("metadata"), object.get("spec"));
    out.field(0, "Name", meta.get("name").text());
    out.field(0, "Labels", words::labels(meta.get("labels")));
    out.field(0, "Annotations", words::labels(meta.get("annotations")));
    out.field(0, "CreationTimestamp", out.date(meta.get("creationTimestamp")));
    out.field(0, "Requesting User", spec.get("username").text());
    if !spec.get("signerName").is_empty() {
        out.field(0, "Signer", spec.get("signerName").text());
    }
    if let Some(seconds) = spec.get("expirationSeconds").int() {
        out.field(0, "Requested Duration", age::human(seconds));
    }
    status(out, object.get("status"));
    match Request::read(spec.get("request").str()) {
        Ok(request) => request.write(out),
        Err(why) => {
            let words = format!("<the request cannot be read: {why}>");
            out.own(|out| out.field(0, "Subject", Cell::toned(words, Tone::Bad)));
        }
    }
    conditions::ours(out, object, context.now);
}

fn status(out: &mut Out, status: Node<'_>) {
    let has =
        |kind: &str| status.get("conditions").items().any(|one| one.get("type").str() == kind);
    let (mut words, mut tone) = if has("Denied") {
        ("Denied".to_owned(), Tone::Bad)
    } else if has("Approved") {
        ("Approved".to_owned(), Tone::Good)
    } else {
        ("Pending".to_owned(), Tone::Busy)
    };
    if has("Failed") {
        words.push_str(",Failed");
        tone = Tone::Bad;
    }
    if !status.get("certificate").is_empty() {
        words.push_str(",Issued");
    }
    out.field(0, "Status", Cell::toned(words, tone));
}

/// Attributes of a subject that are told: title, object identifier, whether there is only one.
const ATTRIBUTES: [(&str, &str, bool); 9] = [
    ("Common Name", "2.5.4.3", true),
    ("Serial Number", "2.5.4.5", true),
    ("Organization", "2.5.4.10", false),
    ("Organizational Unit", "2.5.4.11", false),
    ("Country", "2.5.4.6", false),
    ("Locality", "2.5.4.7", false),
    ("Province", "2.5.4.8", false),
    ("StreetAddress", "2.5.4.9", false),
    ("PostalCode", "2.5.4.17", false),
];

#[derive(Debug, Default)]
struct Request {
    /// Values of [`ATTRIBUTES`].
    subject: [Vec<String>; ATTRIBUTES.len()],
    dns: Vec<String>,
    mail: Vec<String>,
    uris: Vec<String>,
    ips: Vec<String>,
}

impl Request {
    /// Reads what `spec.request` holds: PEM in base64.
    fn read(text: &str) -> Result<Self, String> {
        let bytes = STANDARD.decode(text).map_err(|error| error.to_string())?;
        let pem = Pem::iter_from_buffer(&bytes).next();
        let pem = pem.ok_or("it is no PEM")?.map_err(|error| error.to_string())?;
        if pem.label != "CERTIFICATE REQUEST" {
            return Err("PEM block type must be CERTIFICATE REQUEST".to_owned());
        }
        let (_, request) =
            X509CertificationRequest::from_der(&pem.contents).map_err(|error| error.to_string())?;
        let mut found = Self::default();
        for attribute in request.certification_request_info.subject.iter_attributes() {
            let id = attribute.attr_type().to_id_string();
            let at = ATTRIBUTES.iter().position(|(_, known, _)| *known == id);
            if let (Some(at), Ok(value)) = (at, attribute.as_str()) {
                found.subject[at].push(value.to_owned());
            }
        }
        for extension in request.requested_extensions().into_iter().flatten() {
            if let ParsedExtension::SubjectAlternativeName(names) = extension {
                names.general_names.iter().for_each(|name| found.name(name));
            }
        }
        Ok(found)
    }

    fn name(&mut self, name: &GeneralName<'_>) {
        match name {
            GeneralName::DNSName(text) => self.dns.push((*text).to_owned()),
            GeneralName::RFC822Name(text) => self.mail.push((*text).to_owned()),
            GeneralName::URI(text) => self.uris.push((*text).to_owned()),
            GeneralName::IPAddress(bytes) => {
                let v4 = <[u8; 4]>::try_from(*bytes).map(|b| Ipv4Addr::from(b).to_string());
                let v6 = <[u8; 16]>::try_from(*bytes).map(|b| Ipv6Addr::from(b).to_string());
                self.ips.extend(v4.or(v6).ok());
            }
            _ => {}
        }
    }

    fn write(&self, out: &mut Out) {
        let row = |out: &mut Out, title: &str, value: &str| {
            let title =
                if title.is_empty() { Cell::default() } else { Cell::label(format!("{title}:")) };
            out.row(0, [Cell::default(), title, value.into()]);
        };
        let list = |out: &mut Out, title: &str, values: &[String]| {
            for (at, value) in values.iter().enumerate() {
                row(out, if at == 0 { title } else { "" }, value);
            }
        };
        out.head(0, "Subject");
        for ((title, _, single), values) in ATTRIBUTES.iter().zip(&self.subject) {
            if *single {
                row(out, title, values.last().map_or("", String::as_str));
            } else {
                list(out, title, values);
            }
        }
        let names = [
            ("DNS Names", &self.dns),
            ("Email Addresses", &self.mail),
            ("URIs", &self.uris),
            ("IP Addresses", &self.ips),
        ];
        if names.iter().all(|(_, values)| values.is_empty()) {
            return;
        }
        out.head(0, "Subject Alternative Names");
        for (title, values) in names {
            list(out, title, values);
        }
    }
}
