"""Commands: one module a command group, and the only place click and rich are used.

`main` is the root and loads a command's module only when that command runs, because reaction
time is part of the product; for the same reason a command module imports the database, the index
and the sockets inside the commands that need them. `output` is the only module that prints,
`errors` decides how a failure looks and what the process exits with, `session` knows the home.
"""
