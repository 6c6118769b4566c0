"""Under which names and addresses this machine is reached: its host name and its interfaces' addresses."""

import ipaddress
import socket


def own_names() -> list[str]:
    """Return host names and addresses of this machine, the likeliest for a phone first."""
    host = socket.gethostname().split(".")[0].lower()
    names = [*_towards_others(), *_resolved(host)]
    names = [name for name in names if not ipaddress.ip_address(name).is_loopback]
    if host and host != "localhost" and host.replace("-", "").isalnum():
        names += [f"{host}.local", host]
    return list(dict.fromkeys([*names, "localhost", "127.0.0.1", "::1"]))


def url_of(scheme: str, host: str, port: int | None) -> str:
    """Return the URL of a host name or address, without a slash at its end."""
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def _towards_others() -> list[str]:
    """The address from which this machine would speak to others: nothing is sent to find it out."""
    found: list[str] = []
    for family, anywhere in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect((anywhere, 9))
                found.append(str(probe.getsockname()[0]))
        except OSError:
            pass  # no network of this kind
    return found


def _resolved(host: str) -> list[str]:
    try:
        return [str(row[4][0]).partition("%")[0] for row in socket.getaddrinfo(host, None)]
    except OSError:
        return []
