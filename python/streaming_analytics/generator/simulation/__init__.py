"""Unit blocks of users moved through the months."""
