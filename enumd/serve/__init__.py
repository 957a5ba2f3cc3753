"""Services on the sockets of `enumd.net`: DNS, SIP, an ENUM client, and their metrics.

A parent process (`supervisor`) binds every address, forks workers and sees that they live. Each
`worker` owns one socket for each address and transport and answers from the index: `dns` by the
authority, `sip` by the redirect server, which asks `enum` for what another tree knows.
"""
