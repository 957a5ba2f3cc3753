"""What people do: each thing a frozen request that is performed and gives a frozen result.

A door turns words into a request, has it performed, and turns the result into words; it decides
nothing. `table` names every operation, `rights` says who may do it, `perform` does it: it opens
the registry, changes, commits, publishes and looks whether the change is live, once for all doors.

The modules named after things (`number`, `zone` …) hold requests and results, plain values that
JSON can say; `work` does what they ask. A door loads the first alone: the database and the index
are loaded when something is performed.
"""
