#!/usr/bin/python3
"""A wire between two interfaces that misbehaves by plan, so that loss and reordering come out the same every time.

    wire.py LEFT RIGHT [RULE...]

A rule is DIRECTION.KIND.DEED[=NUMBERS], for example right.data.drop=3,5.
DIRECTION  right or left: where the frame is going
KIND       syn, fin, data (neither of them, with payload), ack (without payload), udp, fragment or any
DEED       drop, double, swap (let the next frame overtake), late (deliver again 0.3 s later), mark (congestion
           experienced), flip (a bit of the last byte), delay (0.1 s), tag (VLAN 5, priority 3), tag2 (VLAN 7 in VLAN 5)
NUMBERS    which frames of that kind and direction, from 1; all by default
"""
import heapq
import itertools
import select
import socket
import sys
import time

VLAN_TAG = bytes.fromhex("81006005")
VLAN_TAGS = bytes.fromhex("88a86005" "81000007")


def transport(frame):
    """(protocol, offset of the transport header, end of the packet), or None."""
    ethertype = frame[12:14]
    if ethertype == b"\x08\x00":
        return frame[23], 14 + 4 * (frame[14] & 15), 14 + int.from_bytes(frame[16:18], "big")
    if ethertype == b"\x86\xdd":
        return frame[20], 54, 54 + int.from_bytes(frame[18:20], "big")
    return None


def kinds(frame):
    found = transport(frame)
    if found is None:
        return {"any"}
    protocol, start, end = found
    if protocol == 44 or (frame[12] == 8 and (frame[20] & 0x3F or frame[21])):
        return {"any", "fragment"}
    if protocol == 17:
        return {"any", "udp"}
    if protocol != 6:
        return {"any"}
    flags, payload = frame[start + 13], end - start - 4 * (frame[start + 12] >> 4)
    if flags & 2:
        return {"any", "syn"}
    if flags & 1:
        return {"any", "fin"}
    return {"any", "data" if payload else "ack"}


def mark(frame):
    """Sets ECN to congestion experienced (RFC 3168, section 5) in an IPv4 packet that allows it."""
    frame = bytearray(frame)
    if frame[12:14] == b"\x08\x00" and frame[15] & 3:
        frame[15] |= 3
        frame[24:26] = b"\0\0"
        end = 14 + 4 * (frame[14] & 15)
        total = sum(int.from_bytes(frame[i : i + 2], "big") for i in range(14, end, 2))
        while total >> 16:
            total = (total & 0xFFFF) + (total >> 16)
        frame[24:26] = (total ^ 0xFFFF).to_bytes(2, "big")
    return bytes(frame)


class Rule:
    def __init__(self, text):
        what, _, numbers = text.partition("=")
        self.direction, self.kind, self.deed = what.split(".")
        self.numbers = {int(n) for n in numbers.split(",")} if numbers else None
        self.seen = 0

    def applies(self, direction, of_kinds):
        if direction != self.direction or self.kind not in of_kinds:
            return False
        self.seen += 1
        return self.numbers is None or self.seen in self.numbers


def deliveries(frame, deeds):
    """What goes out: (seconds from now, frame)."""
    wait = 0.1 if "delay" in deeds else 0.0
    if "drop" in deeds:
        return
    if "mark" in deeds:
        frame = mark(frame)
    if "flip" in deeds:
        frame = frame[:-1] + bytes([frame[-1] ^ 1])
    if "tag" in deeds:
        frame = frame[:12] + VLAN_TAG + frame[12:]
    if "tag2" in deeds:
        frame = frame[:12] + VLAN_TAGS + frame[12:]
    yield wait + (0.001 if "swap" in deeds else 0.0), frame
    if "double" in deeds:
        yield wait, frame
    if "late" in deeds:
        yield wait + 0.3, frame


def open_port(interface):
    port = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    port.bind((interface, 0))
    return port


def main():
    left, right = open_port(sys.argv[1]), open_port(sys.argv[2])
    rules = [Rule(text) for text in sys.argv[3:]]
    ways = {left: ("right", right), right: ("left", left)}
    pending, order = [], itertools.count()
    print("ready", flush=True)
    while True:
        timeout = max(0.0, pending[0][0] - time.monotonic()) if pending else None
        for port in select.select(list(ways), [], [], timeout)[0]:
            frame, sender = port.recvfrom(65536)
            if sender[2] == socket.PACKET_OUTGOING:
                continue
            direction, out = ways[port]
            # The kernel takes an outer VLAN tag off before it hands a frame over; an inner one is still there.
            if frame[12:14] == b"\x81\x00":
                frame = frame[:12] + frame[16:]
            of_kinds = kinds(frame)
            deeds = {rule.deed for rule in rules if rule.applies(direction, of_kinds)}
            for wait, copy in deliveries(frame, deeds):
                heapq.heappush(pending, (time.monotonic() + wait, next(order), out, copy))
        while pending and pending[0][0] <= time.monotonic():
            _, _, out, frame = heapq.heappop(pending)
            out.send(frame)


main()
