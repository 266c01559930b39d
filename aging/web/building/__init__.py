"""From answers of `aging.queries` to page records: one module a page, and what several of them share.

Nothing here asks the database beyond calling a query, and nothing decides a figure: amounts are placed, worded and
linked.
"""
