"""The sockets of the DNS service: UDP and TCP around `enumd.dns`, which has none."""
