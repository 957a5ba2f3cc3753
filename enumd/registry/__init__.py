"""The system of record: zones, pools, numbers, endpoints, parties, and every change ever made.

The rules of a number's life stand in `lifecycle`, what is stored in `schema`, how it is reached
in `database`, and each kind of thing has a module with the verbs it knows. Other people's files are
read in `files` and taken in `imports`; `render` and `publish` bring what is stored into the index.
Import the modules you need: this package imports nothing, so that commands without a registry
start fast.
"""
