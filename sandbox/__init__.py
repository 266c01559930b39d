"""A local Unified.to: a separate small program that speaks the vendor's HTTP contract over invented books.

It exists so that the demo, the tests and the benchmarks need neither the network nor an account. It knows
nothing of the product and the product never imports it: the two meet over HTTP only, so a misunderstanding
of the contract shows up as a failing request instead of being shared by both sides.
"""
