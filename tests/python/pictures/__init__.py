"""The README's pictures, taken from a build by `make pictures`.

They lie with the tests because they share the browser with the tests of the pages, and
because nobody who uses the package needs them.
"""
