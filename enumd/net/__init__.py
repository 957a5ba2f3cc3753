"""Sockets, processes and the log of a server: what is neither DNS nor SIP.

Addresses and listeners, connections and their limits, bursts of datagrams and ICMP errors about
them, child processes, the counters they share, and the log. The services stand on this
(`enumd.serve`).
"""
