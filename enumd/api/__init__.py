"""The door over HTTP: the table of operations as an API, in a process of its own.

Paths, schemas, errors and scopes are made of the table; nothing is decided here. Changes wait in
one queue and are performed one after the other, what only reads is performed beside them.
"""
