#!/usr/bin/python3
"""Odd but legal packets, made with Scapy, for a real stack to answer.

    odd.py tcp     SYNs with every kind of option, and segments with odd flags, to an open and a closed port
    odd.py ip      IPv4 options, IPv6 extension headers, fragments that overlap, unknown protocols
"""
import sys
import time

from scapy.all import (
    ICMP, IP, TCP, UDP, Ether, ICMPv6EchoRequest, IPOption, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment, IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting, PadN, RouterAlert, Raw, conf, fragment, sendp,
)

conf.verb = 0
ETHERNET = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
IP4 = dict(src="192.0.2.1", dst="192.0.2.2")
IP6 = dict(src="2001:db8::1", dst="2001:db8::2")
OPEN, CLOSED = 7777, 7778

NOP, EOL = ("NOP", None), ("EOL", None)
OPTIONS = {
    "none": [],
    "size only": [("MSS", 536)],
    "all that is common": [("MSS", 1460), ("SAckOK", b""), ("Timestamp", (1, 0)), NOP, ("WScale", 7)],
    "in another order": [("WScale", 0), ("Timestamp", (0xFFFFFFFF, 0)), ("SAckOK", b""), ("MSS", 65535)],
    "a scale above 14": [("MSS", 1460), NOP, ("WScale", 15)],
    "the least size": [("MSS", 1)],
    "no-operations only": [NOP] * 40,
    "end, then rubbish": [("MSS", 1460), EOL, (0x55, b"")],
    "one twice": [("MSS", 1460), ("MSS", 536)],
    "echo and echo reply (RFC 1072)": [(6, b"\x01\x02\x03\x04"), (7, b"\x05\x06\x07\x08")],
    "T/TCP (RFC 1644)": [(11, b"\0\0\0\1"), (12, b"\0\0\0\2"), (13, b"\0\0\0\3")],
    "alternate checksum (RFC 1146)": [(14, b"\x01")],
    "MD5 signature (RFC 2385)": [(19, bytes(range(16)))],
    "quick start (RFC 4782)": [(27, b"\x0f\x05\0\0\0\x04")],
    "user timeout (RFC 5482)": [(28, b"\x80\x3c")],
    "authentication (RFC 5925)": [(29, b"\x01\x01" + bytes(12))],
    "multipath capable (RFC 8684)": [(30, b"\x01\x81"), ("MSS", 1460)],
    "fast open cookie (RFC 7413)": [(34, bytes(range(8)))],
    "encryption negotiation (RFC 8547)": [(69, b"\x21\x22")],
    "accurate ECN (RFC 9768)": [(172, bytes([0, 0, 1, 0, 0, 1, 0, 0, 1])), NOP],
    "experiments (RFC 6994)": [(253, b"\xf9\x89\x01\x02"), (254, b"\xe2\xd4\xc3\xd9")],
    "forty bytes of one": [(253, bytes(38))],
}


def send(packet):
    sendp(ETHERNET / packet, iface="eth0")
    time.sleep(0.02)


def tcp():
    port = 20000
    for options in OPTIONS.values():
        port += 1
        send(IP(**IP4) / TCP(sport=port, dport=OPEN, seq=port, flags="S", window=1024, options=options))
    # What each combination of flags meets, at an open port and at a closed one.
    for destination in OPEN, CLOSED:
        for flags in "", "F", "R", "A", "P", "U", "FA", "SA", "SF", "SR", "FPU", "SEC", "SFRPAUEC":
            port += 1
            send(IP(**IP4) / TCP(sport=port, dport=destination, seq=port, ack=1, flags=flags, urgptr=1))
    # Data in the SYN, the reserved bits, the ends of the number space, port 0.
    send(IP(**IP4) / TCP(sport=30001, dport=OPEN, seq=1, flags="S") / b"data in the SYN")
    send(IP(**IP4) / TCP(sport=30002, dport=OPEN, seq=1, flags="S", reserved=7))
    send(IP(**IP4) / TCP(sport=30003, dport=OPEN, seq=0xFFFFFFFF, flags="S", window=0))
    send(IP(**IP4) / TCP(sport=30004, dport=CLOSED, seq=0xFFFFFFFF, ack=0xFFFFFFFF, flags="A", window=65535) / b"at the end")
    send(IP(**IP4) / TCP(sport=0, dport=0, seq=1, flags="S"))
    send(IPv6(**IP6) / TCP(sport=30005, dport=OPEN, seq=1, flags="S", options=OPTIONS["all that is common"]))


def ip():
    for options in (
        b"\x01\x01\x01\x00",  # no-operation, end
        b"\x82\x0b" + bytes(9) + b"\0",  # security
        b"\x83\x07\x04\xc0\x00\x02\x02\0",  # loose source route
        b"\x89\x07\x04\xc0\x00\x02\x02\0",  # strict source route
        b"\x88\x04\x12\x34",  # stream identifier
        b"\x94\x04\0\0",  # router alert
        b"\x9e\x04\0\0",  # experiment
    ):
        send(IP(**IP4, options=[IPOption(options)]) / ICMP(id=1) / b"options")
    send(IP(**IP4, flags="DF", id=0, tos=0xB8) / ICMP(id=2) / b"expedited")
    send(IP(**IP4, flags="evil") / ICMP(id=3) / b"reserved bit (RFC 3514)")
    send(IP(**IP4, ttl=1) / ICMP(id=4) / b"time to live 1")
    send(IP(**IP4, proto=253) / b"an experimental protocol")
    send(IP(**IP4) / UDP(sport=1, dport=9, chksum=0) / b"no checksum")
    send(IP(**IP4) / UDP(sport=1, dport=9))
    send(IP(**IP4) / ICMP(type=13, id=5))  # timestamp
    send(IP(**IP4) / ICMP(type=17, id=6))  # address mask
    for piece in fragment(IP(**IP4, id=7) / ICMP(id=7) / bytes(64), fragsize=8):  # eight bytes in each
        send(piece)
    whole = bytes(ICMP(id=8) / bytes(56))
    send(IP(**IP4, id=8, proto=1, flags="MF") / whole[:40])
    send(IP(**IP4, id=8, proto=1, frag=3) / whole[24:])  # overlaps
    segment = bytes(IP(**IP4) / TCP(sport=31000, dport=OPEN, seq=1, flags="S"))[20:]
    send(IP(**IP4, id=9, proto=6, flags="MF") / segment[:8])  # a TCP header in two
    send(IP(**IP4, id=9, proto=6, frag=1) / segment[8:])
    echo = ICMPv6EchoRequest(id=10, data=b"extension headers")
    for header in (
        IPv6ExtHdrHopByHop(options=[RouterAlert()]),
        IPv6ExtHdrHopByHop(options=[PadN(optdata=bytes(4))]),
        IPv6ExtHdrDestOpt(options=[PadN(optdata=bytes(12))]),
        IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / IPv6ExtHdrFragment(id=1),  # an atomic fragment last
        IPv6ExtHdrRouting(addresses=["2001:db8::3"], segleft=0),
        IPv6ExtHdrRouting(addresses=["2001:db8::3"], segleft=1, type=0),  # deprecated (RFC 5095)
        IPv6ExtHdrDestOpt(options=[PadN(otype=0x9E, optdata=b"\0\0")]),  # unknown: parameter problem
        IPv6ExtHdrDestOpt(options=[PadN(otype=0x1E, optdata=b"\0\0")]),  # unknown: skipped
    ):
        send(IPv6(**IP6) / header / echo)
    send(IPv6(**IP6, nh=59) / b"after the last header")
    send(IPv6(**IP6, nh=253) / b"an experimental protocol")
    send(IPv6(**IP6, tc=0xB8, fl=0xFFFFF, hlim=1) / echo)
    segment = bytes(IPv6(**IP6) / TCP(sport=31001, dport=OPEN, seq=1, flags="S"))[40:]
    send(IPv6(**IP6) / IPv6ExtHdrFragment(id=2, m=1, nh=6) / Raw(segment[:8]))
    send(IPv6(**IP6) / IPv6ExtHdrFragment(id=2, offset=1, nh=6) / Raw(segment[8:]))
    message = bytes(IPv6(**IP6) / echo)[40:]
    send(IPv6(**IP6) / IPv6ExtHdrFragment(id=3, m=1, nh=58) / Raw(message[:16]))
    send(IPv6(**IP6) / IPv6ExtHdrFragment(id=3, offset=1, nh=58) / Raw(message[8:]))  # overlaps (RFC 5722)


{"tcp": tcp, "ip": ip}[sys.argv[1]]()
