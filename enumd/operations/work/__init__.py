"""The work behind each operation, a module a subject: request in, result out, one transaction.

A function that reads is given a `Look`, one that changes a `Deed`; `perform` opens what is in
them, commits and publishes. What needs transactions of its own is given a `Desk` and returns all
that was performed.
"""
