//! What must hold for every message.

mod emission;
mod messages;
mod names;
mod resolver;

use alloc::string::String;

use super::Parsed;
use crate::Property;
use crate::check::row;

pub type Check = fn(&Parsed<'_>) -> Result<(), String>;

const HICKORY: Option<&str> = Some("hickory-proto");
const REFEREE: Option<&str> = Some("a plain reading of RFC 1035");
const MODEL: Option<&str> = Some("the model");

/// The properties and their checks, in one order: what a message is read as before what is made of it.
pub static TABLE: [(Property, Check); 37] = [
    row(
        "header_length",
        "RFC 1035 section 4.1.1",
        "a header is accepted exactly if it has 12 octets",
        HICKORY,
        messages::header_length,
    ),
    row(
        "header_agrees",
        "RFC 1035 section 4.1.1",
        "both decoders read the same header",
        HICKORY,
        messages::header_agrees,
    ),
    row(
        "name_limits",
        "RFC 1035 section 2.3.4",
        "a name of 255 octets is accepted, a longer one is not; labels of 63 octets are accepted",
        REFEREE,
        names::name_limits,
    ),
    row(
        "pointers_backward",
        "RFC 1035 section 4.1.4",
        "a pointer to anything but a prior name is refused, so that decompression ends",
        REFEREE,
        names::pointers_backward,
    ),
    row(
        "label_types",
        "RFC 1035 section 4.1.4",
        "labels of the types 01 and 10, which are reserved, are refused",
        REFEREE,
        names::label_types,
    ),
    row(
        "names_agree",
        "RFC 1035 section 4.1.4",
        "hickory reads the labels that are there",
        REFEREE,
        names::names_agree,
    ),
    row(
        "stack_names_agree",
        "RFC 1035 section 4.1.4",
        "smoltcp reads the labels that are there",
        REFEREE,
        names::stack_names_agree,
    ),
    row(
        "stack_names_end",
        "RFC 1035 section 4.1.4",
        "smoltcp reads no octet of a message twice for one name",
        None,
        names::stack_names_end,
    ),
    row("case_kept", "RFC 4343 section 4.1", "names keep their case", REFEREE, names::case_kept),
    row(
        "case_ignored",
        "RFC 4343 section 3",
        "names are equal, and hashed alike, without regard to the case of ASCII letters, and of nothing else",
        None,
        names::case_ignored,
    ),
    row(
        "questions_agree",
        "RFC 1035 section 4.1.2",
        "both decoders read the same questions",
        HICKORY,
        messages::questions_agree,
    ),
    row(
        "stack_acceptance_exact",
        "RFC 1035 section 4.1.3",
        "smoltcp takes a message exactly if its parts are whole, of class IN, and its addresses have their length",
        REFEREE,
        messages::stack_acceptance_exact,
    ),
    row(
        "counts_equal",
        "RFC 1035 section 4.1.1",
        "a message that is accepted has as many records as its header says",
        None,
        messages::counts_equal,
    ),
    row(
        "records_agree",
        "RFC 1035 section 4.1.3",
        "both decoders read the same records",
        HICKORY,
        messages::records_agree,
    ),
    row(
        "record_fields_agree",
        "RFC 1035 section 4.1.3",
        "hickory reads the type, class and time to live that are there",
        REFEREE,
        messages::record_fields_agree,
    ),
    row(
        "wellformed_accepted",
        "RFC 1035 section 4.1, RFC 3597 section 3",
        "a message whose parts and data are as their RFCs demand is accepted",
        REFEREE,
        messages::wellformed_accepted,
    ),
    row(
        "malformed_refused",
        "RFC 1035 section 4.1, RFC 9460 section 2.2",
        "a message that is cut, or has data that their type does not have, is refused",
        REFEREE,
        messages::malformed_refused,
    ),
    row(
        "opt_single",
        "RFC 6891 section 6.1.1",
        "a message with more than one OPT record is refused",
        REFEREE,
        messages::opt_single,
    ),
    row(
        "opt_fields_agree",
        "RFC 6891 section 6.1.3",
        "the OPT record's payload size, response code, version, flags and options are read as they are",
        REFEREE,
        messages::opt_fields_agree,
    ),
    row(
        "txt_exact",
        "RFC 1035 section 3.3.14",
        "the strings of a TXT record are those that fill its data",
        REFEREE,
        messages::txt_exact,
    ),
    row(
        "data_kept",
        "RFC 3597 section 4",
        "a message without compression has the data that came, record by record, of known types and others",
        MODEL,
        messages::data_kept,
    ),
    row(
        "decompression_equal",
        "RFC 1035 section 4.1.4",
        "a message with compressed names is read as the same message without compression",
        MODEL,
        messages::decompression_equal,
    ),
    row(
        "cost_bounded",
        "RFC 1035 section 2.3.4",
        "what a message decodes to is at most 44 times as long, for a name is at most 255 octets",
        None,
        messages::cost_bounded,
    ),
    row(
        "reencodes",
        "RFC 1035 section 4.1",
        "what was decoded can be encoded, if it is not too long",
        None,
        emission::reencodes,
    ),
    row(
        "emit_parse_identity",
        "RFC 1035 section 4.1",
        "a message that is encoded and decoded again is the same",
        None,
        emission::emit_parse_identity,
    ),
    row(
        "compression_sound",
        "RFC 1035 section 4.1.4",
        "pointers that are written lead to prior names that are the same, and save octets",
        REFEREE,
        emission::compression_sound,
    ),
    row(
        "truncation_exact",
        "RFC 2181 section 9",
        "a message that is cut to fit says so, one that is not does not, and what is left is whole",
        None,
        emission::truncation_exact,
    ),
    row(
        "tsig_stays_last",
        "RFC 8945 section 5.1",
        "a TSIG record that was last is sent last",
        None,
        emission::tsig_stays_last,
    ),
    row(
        "response_read_alike",
        "RFC 1035 section 4.1",
        "smoltcp reads what hickory sends as hickory meant it",
        HICKORY,
        emission::response_read_alike,
    ),
    row(
        "query_read_alike",
        "RFC 1035 section 4.1.2",
        "hickory reads a query that smoltcp sends as smoltcp meant it",
        HICKORY,
        emission::query_read_alike,
    ),
    row(
        "query_overwrites",
        "RFC 1035 section 4.1.1",
        "a query that smoltcp writes does not depend on what was in its buffer",
        None,
        emission::query_overwrites,
    ),
    row(
        "framing_invariant",
        "RFC 7766 section 8",
        "messages on a TCP stream are the same in whatever pieces the stream comes",
        MODEL,
        emission::framing_invariant,
    ),
    row(
        "resolver_answers_agree",
        "RFC 1034 section 3.6.2",
        "smoltcp's resolver gives the address that hickory finds by following the aliases",
        HICKORY,
        resolver::resolver_answers_agree,
    ),
    row(
        "resolver_ignores_queries",
        "RFC 1035 section 7.3",
        "a message that is no response is no answer",
        None,
        resolver::resolver_ignores_queries,
    ),
    row(
        "resolver_matches_question",
        "RFC 5452 section 9.1",
        "a response to another question, by name or by type, is no answer",
        None,
        resolver::resolver_matches_question,
    ),
    row(
        "resolver_checks_source",
        "RFC 5452 section 9.1",
        "a response of another host is no answer",
        None,
        resolver::resolver_checks_source,
    ),
    row(
        "resolver_keeps_question",
        "RFC 1035 section 7.3",
        "behind a response that was refused, the right answer to the question is taken",
        None,
        resolver::resolver_keeps_question,
    ),
];
