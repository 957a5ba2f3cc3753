"""What things are: numbers, owner names, records and the rules between them.

Pure: nothing here does I/O, reads a clock or draws a random number.
"""
