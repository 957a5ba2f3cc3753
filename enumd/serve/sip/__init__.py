"""The sockets of the SIP redirect service: UDP, TCP and TLS around `enumd.sip`, which has none.

Nothing here is imported where no SIP listener is configured.
"""
