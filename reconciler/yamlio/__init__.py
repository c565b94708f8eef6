"""Reading and writing YAML: text to plain data with positions, and data to text that every reader reads alike.

In: bytes or plain data. Out: plain data and faults, or text. It knows no field of Krampus and imports only
errors, nothing else.
"""
