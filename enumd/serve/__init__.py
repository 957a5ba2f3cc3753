"""Sockets: the only place where Twisted runs.

A parent process (`supervisor`) binds every address, forks workers and sees that they live. Each
`worker` owns one socket for each address and transport and answers from the index by the authority.
"""
