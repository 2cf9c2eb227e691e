/* A small C library: the ports of the UDP datagram in an IPv4 packet (RFC 791, RFC 768). */

#include <stddef.h>
#include <stdint.h>

static uint16_t word(const uint8_t *bytes) {
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* Reads source and destination port of a packet of `length` bytes. Returns 0, or -1 where there are none.
 *
 * The mistake: of the fragments it knows those with "more fragments" set. The last one of a datagram has an offset instead, and
 * what it carries is no header (RFC 791 section 3.2). */
int udp_ports(const uint8_t *packet, size_t length, uint16_t ports[2]) {
    if (length < 20 || packet[0] >> 4 != 4) {
        return -1;
    }
    size_t header = 4 * (size_t)(packet[0] & 15), total = word(packet + 2);
    if (header < 20 || total < header + 8 || total > length) {
        return -1;
    }
    if (packet[9] != 17 || packet[6] & 0x20) {
        return -1;
    }
    ports[0] = word(packet + header);
    ports[1] = word(packet + header + 2);
    return 0;
}
