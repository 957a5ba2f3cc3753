"""The published directory: what servers read, and the only thing they read.

`layout` says what every octet means and is pure; `writer` is the one place that changes an index,
`reader` the one that serves from it. LMDB and zstandard live in this package and nowhere else.
"""
