"""From what is known of a number and of the call to where it goes, and why.

Pure: the same function decides for SIP, for `enumd trace` and for whatever comes later.
"""
