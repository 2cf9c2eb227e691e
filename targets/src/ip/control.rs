//! Checks of neighbour discovery, listener discovery and RPL, field by field against Halligan's models: no other decoder
//! at hand reads them.

use core::time::Duration;

use halligan_generators::model::icmpv6::{
    Body, Message,
    ndp::{NdpOption, OptionData},
    rpl::Object,
};
use halligan_generators::model::ip::{Packet, Payload};
use halligan_generators::model::ipv6;
use smoltcp::wire::{Icmpv6Repr, MldAddressRecord, MldRepr, NdiscRepr, RawHardwareAddress, RplRepr};

use super::{Parsed, upper};
use crate::check::{Checked, ensure, same};
use crate::planted::planted;

/// The message that the model reads.
fn message<'p>(parsed: &'p Parsed<'_>) -> Option<&'p Message> {
    match &parsed.model {
        Packet::V6(ipv6::Packet::Whole { payload: Payload::Icmpv6 { message, .. }, .. }) => Some(message),
        _ => None,
    }
}

/// The last link address among the options; none where an option has another length than link addresses of Ethernet.
fn link_address(options: &[NdpOption], source: bool) -> Result<Option<[u8; 6]>, ()> {
    let mut last = None;
    for option in options {
        let NdpOption::Full { data, .. } = option else { continue };
        match data {
            OptionData::SourceLinkAddress(address) if source => last = Some(*address),
            OptionData::TargetLinkAddress(address) if !source => last = Some(*address),
            OptionData::Other { kind: 1 | 2, .. } => return Err(()),
            _ => {}
        }
    }
    Ok(last)
}

fn same_link_address(options: &[NdpOption], source: bool, seen: Option<RawHardwareAddress>) -> Checked {
    let Ok(expected) = link_address(options, source) else { return Ok(()) };
    same("link address", expected.as_ref().map(|address| &address[..]), seen.as_ref().map(RawHardwareAddress::as_bytes))
}

pub fn ndp_agrees(parsed: &Parsed<'_>) -> Checked {
    let Some(Icmpv6Repr::Ndisc(repr)) = upper::icmp6(parsed) else { return Ok(()) };
    let Some(Message::Whole { body, .. }) = message(parsed) else { return Ok(()) };
    let fault = u8::from(planted("ip_parser/ndp_agrees"));
    match (body, repr) {
        (Body::RouterSolicitation(model), NdiscRepr::RouterSolicit { lladdr }) => {
            same_link_address(&model.options, true, lladdr)
        }
        (
            Body::RouterAdvertisement(model),
            NdiscRepr::RouterAdvert {
                hop_limit,
                flags,
                router_lifetime,
                reachable_time,
                retrans_time,
                lladdr,
                mtu,
                prefix_info,
            },
        ) => {
            same("hop limit", model.hop_limit, hop_limit ^ fault)?;
            same("flags", model.flags & 0xc0, flags.bits())?;
            same("router lifetime", Duration::from_secs(model.lifetime.into()), router_lifetime.into())?;
            same("reachable time", Duration::from_millis(model.reachable_time.into()), reachable_time.into())?;
            same(
                "retransmission timer",
                Duration::from_millis(model.retransmission_timer.into()),
                retrans_time.into(),
            )?;
            same_link_address(&model.options, true, lladdr)?;
            let data = || {
                model.options.iter().rev().filter_map(|option| match option {
                    NdpOption::Full { data, .. } => Some(data),
                    NdpOption::Rest(_) => None,
                })
            };
            let odd = data().any(|data| matches!(data, OptionData::Other { kind: 3 | 5, .. }));
            if odd {
                return Ok(());
            }
            let expected =
                data().find_map(|data| if let OptionData::Mtu(option) = data { Some(option.mtu) } else { None });
            same("MTU", expected, mtu)?;
            let expected = data().find_map(|data| match data {
                OptionData::PrefixInformation(option) => Some((option.prefix_length, option.prefix)),
                _ => None,
            });
            same("prefix", expected, prefix_info.map(|prefix| (prefix.prefix_len, prefix.prefix.octets())))
        }
        (Body::NeighborSolicitation(model), NdiscRepr::NeighborSolicit { target_addr, lladdr }) => {
            let mut target = target_addr.octets();
            target[15] ^= fault;
            same("target", model.target, target)?;
            same_link_address(&model.options, true, lladdr)
        }
        (Body::NeighborAdvertisement(model), NdiscRepr::NeighborAdvert { flags, target_addr, lladdr }) => {
            same("flags", (model.flags >> 24) as u8 & 0xe0, flags.bits() ^ fault)?;
            same("target", model.target, target_addr.octets())?;
            same_link_address(&model.options, false, lladdr)
        }
        (Body::Redirect(model), NdiscRepr::Redirect { target_addr, dest_addr, lladdr, .. }) => {
            same("target", model.target, target_addr.octets())?;
            same("destination", model.destination, dest_addr.octets())?;
            same_link_address(&model.options, false, lladdr)
        }
        (body, repr) => Err(alloc::format!("one reads {}, the other {repr:?}", body.name())),
    }
}

pub fn mld_agrees(parsed: &Parsed<'_>) -> Checked {
    let Some(Icmpv6Repr::Mld(repr)) = upper::icmp6(parsed) else { return Ok(()) };
    let Some(Message::Whole { body, .. }) = message(parsed) else { return Ok(()) };
    let fault = u16::from(planted("ip_parser/mld_agrees"));
    match (body, repr) {
        (
            Body::ListenerQueryV2(model),
            MldRepr::Query { max_resp_code, mcast_addr, s_flag, qrv, qqic, num_srcs, data },
        ) => {
            same("maximum response code", model.maximum_response_code, max_resp_code ^ fault)?;
            same("multicast address", model.group, mcast_addr.octets())?;
            same("suppress", model.flags >> 3 & 1 == 1, s_flag)?;
            same("robustness", model.flags & 7, qrv)?;
            same("interval", model.interval, qqic)?;
            same("number of sources", model.count.or(model.sources.len() as u16), num_srcs)?;
            let sources = model.sources.as_flattened();
            ensure(data.starts_with(sources), || "sources: they lie elsewhere".into())
        }
        (Body::ListenerReportV2(model), MldRepr::Report { nr_mcast_addr_rcrds, data }) => {
            let count = model.count.or(model.records.len() as u16);
            same("number of records", count, nr_mcast_addr_rcrds ^ fault)?;
            let mut rest = data;
            for expected in &model.records {
                let Ok(record) = MldAddressRecord::new_checked(rest) else {
                    return ensure(expected.count.is_lie(), || "a record: smoltcp finds it malformed".into());
                };
                same("record type", expected.kind, record.record_type().into())?;
                same("multicast address", expected.group, record.mcast_addr().octets())?;
                same("number of sources", expected.count.or(expected.sources.len() as u16), record.num_srcs())?;
                if expected.count.is_lie() || expected.auxiliary_length.is_lie() {
                    return Ok(());
                }
                let Some(behind) = rest.get(20 + 16 * expected.sources.len() + expected.auxiliary.len()..) else {
                    return Ok(());
                };
                rest = behind;
            }
            Ok(())
        }
        (body, repr) => Err(alloc::format!("one reads {}, the other {repr:?}", body.name())),
    }
}

pub fn rpl_agrees(parsed: &Parsed<'_>) -> Checked {
    let Some(Icmpv6Repr::Rpl(repr)) = upper::icmp6(parsed) else { return Ok(()) };
    let Some(Message::Rpl { object, .. }) = message(parsed) else { return Ok(()) };
    let fault = u8::from(planted("ip_parser/rpl_agrees"));
    match (object, repr) {
        (Object::Solicitation(_), RplRepr::DodagInformationSolicitation { .. }) => Ok(()),
        (
            Object::Information(model),
            RplRepr::DodagInformationObject {
                rpl_instance_id,
                version_number,
                rank,
                grounded,
                mode_of_operation,
                dodag_preference,
                dtsn,
                dodag_id,
                ..
            },
        ) => {
            same("instance", model.instance, rpl_instance_id.into())?;
            same("version", model.version, version_number ^ fault)?;
            same("rank", model.rank, rank)?;
            same("grounded", model.mode >> 7 == 1, grounded)?;
            same("mode of operation", model.mode >> 3 & 7, mode_of_operation.into())?;
            same("preference", model.mode & 7, dodag_preference)?;
            same("DTSN", model.trigger, dtsn)?;
            same("DODAG", model.dodag, dodag_id.octets())
        }
        (
            Object::Advertisement(model),
            RplRepr::DestinationAdvertisementObject { rpl_instance_id, expect_ack, sequence, dodag_id, .. },
        ) => {
            same("instance", model.instance, rpl_instance_id.into())?;
            same("acknowledge", model.acknowledge, expect_ack)?;
            same("sequence", model.sequence, sequence ^ fault)?;
            same("DODAG", model.dodag, dodag_id.map(|dodag| dodag.octets()))
        }
        (
            Object::Acknowledgment(model),
            RplRepr::DestinationAdvertisementObjectAck { rpl_instance_id, sequence, status, dodag_id },
        ) => {
            same("instance", model.instance, rpl_instance_id.into())?;
            same("sequence", model.sequence, sequence)?;
            same("status", model.status, status)?;
            same("DODAG", model.dodag, dodag_id.map(|dodag| dodag.octets()))
        }
        (object, repr) => Err(alloc::format!("one reads {}, the other {repr:?}", object.name())),
    }
}
