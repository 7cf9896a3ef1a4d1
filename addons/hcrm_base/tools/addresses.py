"""Addresses of the internet, as far as they tell visitors apart."""

import ipaddress


def network(address):
    """Return what one line has: an IPv4 address, the first 64 bits of an IPv6 one; '' for none.

    A line with IPv6 has 2^64 addresses: counted one by one, no limit would hold it.

    >>> network("192.0.2.7"), network("2001:db8:1:2:a::5"), network("2001:db8:1:2::9"), network("")
    ('192.0.2.7', '2001:db8:1:2::', '2001:db8:1:2::', '')
    >>> network("::ffff:192.0.2.7"), network("no address")
    ('192.0.2.7', 'no address')
    """
    try:
        found = ipaddress.ip_address(str(address or "").partition("%")[0])
    except ValueError:
        return str(address or "")
    if found.version == 4:
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False).network_address)
