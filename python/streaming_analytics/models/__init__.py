"""Models fitted in Python from the marts; SQL scores with what they wrote."""
