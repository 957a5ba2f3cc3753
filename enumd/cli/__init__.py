"""Commands: one module a command group, and the only place click and rich are used.

A command is a door: it turns words into a request, has it performed and turns the result into
words; it decides nothing and never sees the registry. `main` is the root and loads a command's
module only when that command runs, because reaction time is part of the product; `commands` lists
them, so that help loads none. `session` knows the home and how something is performed there,
`output` is the only module that prints, `errors` decides how a failure looks and what the process
exits with.
"""
